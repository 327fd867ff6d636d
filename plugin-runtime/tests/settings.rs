//! Tests the attributes and `main!` in difficult crates: strict lints, another edition, a renamed runtime, no
//! prelude, conflicting names; and errors visible only in a whole build, such as one name in two crates.
//!
//! The crates are in `settings/`. They are copied into the target directory as one workspace with this
//! workspace's `Cargo.lock`, so that the runtime is compiled once and nothing is downloaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

static WORKSPACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("settings");
    let crates = workspace.join("crates");
    if crates.exists() {
        fs::remove_dir_all(&crates).unwrap();
    }
    copy(&runtime.join("tests/settings"), &crates);
    let manifest = format!(
        "[workspace]\n\
         members = [\"crates/*\"]\n\
         resolver = \"3\"\n\
         \n\
         [workspace.dependencies]\n\
         plugwright = {{ path = '{runtime}' }}\n\
         framework = {{ package = \"plugwright\", path = '{runtime}' }}\n\
         \n\
         [profile.dev]\n\
         debug = false\n",
        runtime = runtime.display()
    );
    fs::write(workspace.join("Cargo.toml"), manifest).unwrap();
    fs::copy(runtime.join("../Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
    workspace
});

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Runs `cargo <command>` on some of the crates.
fn cargo(command: &[&str]) -> Output {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(command)
        .args(["--offline", "--quiet"])
        .current_dir(&*WORKSPACE)
        .env("CARGO_TARGET_DIR", WORKSPACE.join("target"))
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .expect("cargo runs")
}

#[track_caller]
fn is_quiet(command: &[&str]) {
    let Output { status, stderr, .. } = cargo(command);
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success() && stderr.is_empty(), "cargo {command:?} says:\n{stderr}");
}

/// Checks that Clippy, or the compiler if Clippy is missing, reports nothing for these crates.
#[track_caller]
fn is_clean(packages: &[&str]) {
    let command = if cargo(&["clippy", "--version"]).status.success() { "clippy" } else { "check" };
    let packages = packages.iter().flat_map(|package| ["-p", package]);
    is_quiet(&std::iter::once(command).chain(packages).collect::<Vec<_>>());
}

/// The output of a binary of the crate `binaries` for a user who runs it.
fn run(binary: &str, args: &[&str]) -> (bool, String) {
    is_quiet(&["build", "--bin", binary]);
    let path = WORKSPACE.join("target/debug").join(binary).with_extension(std::env::consts::EXE_EXTENSION);
    let Output { status, stdout, stderr } = Command::new(path).args(args).output().expect("it runs");
    (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

#[test]
fn strict_lints() {
    is_clean(&["lints"]);
}

#[test]
fn documentation() {
    is_quiet(&["doc", "-p", "lints", "--no-deps", "--document-private-items"]);
}

#[test]
fn renamed_dependency() {
    is_clean(&["renamed"]);
}

#[test]
fn facade() {
    is_clean(&["facade", "behind-facade"]);
}

#[test]
fn edition_2021() {
    is_clean(&["edition-2021"]);
}

#[test]
fn no_implicit_prelude() {
    is_clean(&["no-prelude"]);
}

#[test]
fn conflicting_names() {
    is_clean(&["names"]);
}

#[test]
fn library_named_in_main_is_linked() {
    let (ok, said) = run("named", &["list"]);
    assert!(ok && said.contains("RestoreItemAction  example.io/in-two-crates"), "{said}");
}

#[test]
fn missing_library_is_reported_at_start() {
    let (_, said) = run("forgotten", &["list"]);
    assert!(said.contains("no plugins") && said.contains("plugwright::main!("), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn duplicate_name_in_two_crates_does_not_link() {
    let Output { status, stderr, .. } = cargo(&["build", "--bin", "twice"]);
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!status.success(), "it was built");
    let symbol = "plugin name declared twice: RestoreItemAction example.io/in-two-crates";
    assert!(stderr.contains(symbol), "{stderr}");
}
