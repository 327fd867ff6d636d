//! Tests `cargo plugwright new`, and builds and tests the new crates.
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

/// Runs `new` with these arguments in a folder.
fn new(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-plugwright"));
    command.arg("new").args(args).current_dir(folder).stdin(std::process::Stdio::null());
    command.output().expect("it runs")
}

fn makes(folder: &Path, args: &[&str]) {
    let output = new(folder, args);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Runs `new` with invalid arguments, and returns the error.
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

/// A folder for new crates. They share the lock file and target folder of this workspace, which saves minutes.
struct Folder(PathBuf);

impl Folder {
    fn make(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Runs Cargo in one of the crates.
    fn cargo(&self, name: &str, args: &[&str]) {
        let folder = self.0.join(name);
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        if lock.is_file() {
            fs::copy(lock, folder.join("Cargo.lock")).unwrap();
        }
        let mut cargo = Command::new(env!("CARGO"));
        let target =
            Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the parent is the target folder");
        cargo.args(args).env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target).current_dir(folder);
        let output = cargo.output().expect("cargo runs");
        let said = text(&output.stderr);
        assert!(output.status.success(), "cargo {args:?}:\n{}{said}", text(&output.stdout));
        assert!(!said.contains("warning: unused"), "{said}");
    }
}

#[test]
fn a_crate_of_all_kinds_passes_its_tests() {
    let folder = Folder::make("all-kinds");
    makes(&folder.0, &["all-plugin", "--kind", &KINDS.join(","), "--domain", "backups.example.com"]);
    folder.cargo("all-plugin", &["fmt", "--check"]);
    folder.cargo("all-plugin", &["test", "--quiet"]);
}

#[test]
fn a_crate_of_each_single_kind_builds() {
    let folder = Folder::make("each-kind");
    for kind in KINDS {
        let name = format!("{kind}-plugin");
        makes(&folder.0, &[&name, "--kind", kind]);
        folder.cargo(&name, &["check", "--quiet", "--all-targets"]);
    }
}

#[test]
fn a_new_crate_is_independent_of_an_outer_workspace() {
    let folder = Folder::make("around");
    fs::write(folder.0.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\n").unwrap();
    makes(&folder.0, &["mine", "--kind", "restore-item-action"]);
    folder.cargo("mine", &["metadata", "--format-version", "1", "--no-deps"]);
}

#[test]
fn the_dependency_is_a_path_a_version_or_a_repository() {
    let folder = Folder::make("sources");
    let kind = ["--kind", "restore-item-action"];
    for (name, given, written) in [
        ("version", &["--plugwright", "0.9"][..], "plugwright = \"0.9\""),
        (
            "git",
            &["--plugwright", "https://example.com/p"],
            "plugwright = { git = \"https://example.com/p\" }",
        ),
        ("path", &["--plugwright", concat!(env!("CARGO_MANIFEST_DIR"), "/..")], "plugin-runtime\" }"),
    ] {
        let output = new(&folder.0, &[&[name], &kind[..], given].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let manifest = fs::read_to_string(folder.0.join(name).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(written), "{manifest}");
        assert_eq!(text(&output.stdout).contains("builds only"), name == "path", "{}", text(&output.stdout));
    }
}

#[test]
fn the_current_folder_may_be_the_crate() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    makes(&mine, &[".", "--kind", "restore-item-action"]);
    assert!(fs::read_to_string(mine.join("Cargo.toml")).unwrap().contains("name = \"mine\""));
    assert_eq!(names_in(folder.path()), ["mine"]);
}

#[test]
fn a_new_crate_is_complete_and_readable() {
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
fn invalid_arguments_are_rejected_and_leave_no_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let kind = ["--kind", "object-store"];
    for (args, said) in [
        (&["full"][..], "full already exists and is not empty"),
        (&["file"], "file already exists and is not a folder"),
        (&["no/place"], "cannot create no/place: folder "),
        (&["My-Plugin"], "`My-Plugin` is not a valid crate name: it must begin with a lower-case letter"),
        (&["mine", "--domain", "Example.io"], "`Example.io` is not a valid domain: "),
        (&["mine", "--plugwright", "full"], "neither full nor full/plugin-runtime contains the crate"),
        (&["mine", "--kind", "restore-item-actions"], "a similar value exists: 'restore-item-action'"),
    ] {
        let refused = refuses(folder.path(), &[args, &kind].concat());
        assert!(refused.contains(said), "{refused}");
    }
    for args in [&[][..], &["mine"], &kind] {
        assert!(refuses(folder.path(), args).contains("are required without a terminal"), "{args:?}");
    }
    assert_eq!(names_in(folder.path()), ["file", "full"]);
}

/// A limit on the file size simulates a full disk: every write fails.
#[test]
fn a_full_disk_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" new mine --kind object-store";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_cargo-plugwright")])
        .current_dir(folder.path())
        .output()
        .expect("sh runs");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("cannot create mine: Cargo.toml: File too large"), "{said}");
    assert!(names_in(folder.path()).is_empty());
}
