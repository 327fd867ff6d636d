//! What the compiler says about a mistake, and what it must take without a word.
//!
//! One mistake a file, named after it: `ui/fail/<area>/<mistake>.rs`, with what rustc prints next to it. Files in
//! `ui/pass/` must build without warnings, and run.
//!
//! `TRYBUILD=overwrite cargo test -p plugwright --features ephemeral-access --test ui` refreshes the `.stderr` files: read them aloud before you
//! commit them. The mark must be at the mistake, the text must say what would be right, and there must be no second
//! error that only follows from the first. `cargo test … --test ui -- ui trybuild=slash` runs the files
//! that have `slash` in their names.
//!
//! The texts are those of one version of rustc. With another version the tests compare nothing: they say so on stderr, and
//! fail where the variable `CI` is set.

use std::io::Write;

/// The version of rustc whose texts these are.
const RUSTC: &str = "rustc 1.95.0";

/// Whether the compiler is the one that wrote the expected texts.
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
            // What is there with the feature `kube` cannot be missed.
            let skipped =
                area.ends_with("link") || (cfg!(feature = "kube") && area.ends_with("without_kube"));
            if !skipped {
                tests.compile_fail(area.join("*.rs"));
            }
        }
    }
}

/// With one that passes, trybuild builds instead of checking, which takes longer: only so is a name seen that is
/// declared twice.
#[test]
fn ui_that_is_built() {
    if is_that_version() {
        let tests = trybuild::TestCases::new();
        tests.compile_fail("tests/ui/fail/link/*.rs");
        tests.pass("tests/ui/pass/*.rs");
    }
}
