//! `cargo plugwright new`, and whether what it makes builds and passes its tests.
#![cfg(unix)] // for permissions

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const KINDS: [&str; 9] = [
    "access-requester",
    "backup-item-action",
    "backup-item-action-v2",
    "delete-item-action",
    "item-block-action",
    "object-store",
    "restore-item-action",
    "restore-item-action-v2",
    "volume-snapshotter",
];

/// `new` with these arguments, in that folder.
fn new(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-plugwright"));
    command.arg("new").args(args).current_dir(folder).stdin(std::process::Stdio::null());
    command.output().expect("it runs")
}

fn makes(folder: &Path, args: &[&str]) {
    let output = new(folder, args);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// What it says where it refuses.
fn refuses(folder: &Path, args: &[&str]) -> String {
    let output = new(folder, args);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{args:?}");
    text(&output.stderr).to_owned()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A workspace for what `new` makes, with the same dependencies as ours and its builds among ours, so that it takes
/// seconds where they are there already.
struct Workspace(PathBuf);

impl Workspace {
    fn make(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"*-plugin\"]\n")
            .unwrap();
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        if lock.is_file() {
            fs::copy(lock, folder.join("Cargo.lock")).unwrap();
        }
        Self(folder)
    }

    fn cargo(&self, args: &[&str]) {
        let mut cargo = Command::new(env!("CARGO"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
        cargo.args(args).args(["--offline", "--quiet"]).env("CARGO_TARGET_DIR", target).current_dir(&self.0);
        let output = cargo.output().expect("cargo runs");
        let said = text(&output.stderr);
        assert!(output.status.success(), "cargo {args:?}:\n{}{said}", text(&output.stdout));
        assert!(!said.contains("warning: unused"), "{said}");
    }
}

#[test]
fn a_crate_of_all_kinds_passes_its_tests() {
    let workspace = Workspace::make("all-kinds");
    makes(&workspace.0, &["all-plugin", "--kind", &KINDS.join(","), "--domain", "backups.example.com"]);
    let format = Command::new(env!("CARGO"))
        .args(["fmt", "-p", "all-plugin", "--check"])
        .current_dir(&workspace.0)
        .output();
    let format = format.expect("cargo runs");
    assert!(format.status.success(), "{}", text(&format.stdout));
    workspace.cargo(&["test", "-p", "all-plugin"]);
}

#[test]
fn a_crate_of_each_kind_alone_has_all_that_it_needs() {
    let workspace = Workspace::make("each-kind");
    let names = KINDS.map(|kind| format!("{kind}-plugin"));
    for (kind, name) in KINDS.iter().zip(&names) {
        makes(&workspace.0, &[name, "--kind", kind]);
    }
    // One by one: together they would lend each other the features of their dependencies.
    for name in &names {
        workspace.cargo(&["check", "--all-targets", "-p", name]);
    }
}

#[test]
fn what_is_made_is_whole_and_readable() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for name in ["mine", "empty"] {
        makes(folder.path(), &[name, "--kind", "restore-item-action", "--kind", "RestoreItemAction"]);
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o700, 0o700);
        assert!(mode & 0o055 != 0, "{mode:o}");
        let files = [".github", ".gitignore", "Cargo.toml", "README.md", "manifests", "src", "tests"];
        assert_eq!(names_in(&folder.path().join(name)), files);
    }
    assert_eq!(names_in(folder.path()), ["empty", "mine"]);
}

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let kind = ["--kind", "object-store"];
    for (args, said) in [
        (&["full"][..], "full is there already, and is not empty"),
        (&["file"], "file is there already, and is no folder"),
        (&["no/place"], "cannot make no/place: there is no folder "),
        (&["My-Plugin"], "`My-Plugin` cannot be the name of the crate: it begins with a small letter"),
        (&["mine", "--domain", "Example.io"], "`Example.io` is no domain: "),
        (&["mine", "--plugwright", "full"], "neither it nor full/plugin-runtime has the crate plugwright"),
        (&["mine", "--kind", "restore-item-actions"], "a similar value exists: 'restore-item-action'"),
    ] {
        let refused = refuses(folder.path(), &[args, &kind].concat());
        assert!(refused.contains(said), "{refused}");
    }
    for args in [&[][..], &["mine"], &kind] {
        assert!(refuses(folder.path(), args).contains("where there is no terminal to ask on"), "{args:?}");
    }
    assert_eq!(names_in(folder.path()), ["file", "full"]);
}

/// A full disk: every write fails from the first byte on, as the limit on the size of files has it.
#[test]
fn a_disk_that_is_full_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" new mine --kind object-store";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_cargo-plugwright")])
        .current_dir(folder.path())
        .output()
        .expect("sh runs");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("cannot make mine: Cargo.toml: File too large"), "{said}");
    assert!(names_in(folder.path()).is_empty());
}
