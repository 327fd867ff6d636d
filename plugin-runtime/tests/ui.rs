//! Compile errors for mistakes, and code that must compile without warnings.
//!
//! One mistake per file: `ui/fail/<area>/<mistake>.rs`, next to rustc's output. Files in `ui/pass/` must
//! build without warnings and run.
//!
//! `TRYBUILD=overwrite cargo test -p plugwright --features ephemeral-access --test ui` updates the `.stderr`
//! files. Read them before you commit them: the span must mark the mistake, the text must show what is
//! expected, and no second error may follow from the first. `cargo test … --test ui -- ui trybuild=slash`
//! runs the files with `slash` in their names.
//!
//! The output is that of one rustc version. With another version the tests compare nothing: they report this
//! on stderr, and fail if the variable `CI` is set.

use std::io::Write;

/// The version of rustc that produced the expected output.
const RUSTC: &str = "rustc 1.95.0";

/// Whether this is the compiler that produced the expected output.
fn is_that_version() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc).arg("--version").output().expect("rustc runs").stdout;
    let version = String::from_utf8_lossy(&version);
    if version.starts_with(RUSTC) {
        return true;
    }
    let message = format!(
        "UI tests compared nothing: expected {RUSTC}, found {}; use `rustup run {} cargo test`",
        version.trim(),
        RUSTC.trim_start_matches("rustc "),
    );
    assert!(std::env::var_os("CI").is_none(), "{message}");
    // Unlike `eprintln!`, this is shown for a test that passes.
    writeln!(std::io::stderr(), "\nWARNING: {message}").expect("stderr is writable");
    false
}

#[test]
fn ui() {
    if is_that_version() {
        let tests = trybuild::TestCases::new();
        for area in std::fs::read_dir("tests/ui/fail").expect("the areas") {
            let area = area.expect("an area").path();
            // Items of the feature `kube` are not missing with it.
            let skipped =
                area.ends_with("link") || (cfg!(feature = "kube") && area.ends_with("without_kube"));
            if !skipped {
                tests.compile_fail(area.join("*.rs"));
            }
        }
    }
}

/// With a passing case, trybuild builds instead of checking, which takes longer: only a build detects a name
/// declared twice.
#[test]
fn ui_built() {
    if is_that_version() {
        let tests = trybuild::TestCases::new();
        tests.compile_fail("tests/ui/fail/link/*.rs");
        tests.pass("tests/ui/pass/*.rs");
    }
}
