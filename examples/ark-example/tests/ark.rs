//! Tests the binary as started by a user, and the files that identify plugins for Ark up to 0.9.
#![cfg(unix)] // for permissions

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// The files, and the plugin in each.
const FILES: [(&str, &str); 4] = [
    ("ark-backupitemaction-log-and-annotate", "BackupItemAction example.io/log-and-annotate"),
    ("ark-blockstore-example", "BlockStore example.io/host-path"),
    ("ark-objectstore-file", "ObjectStore example.io/file"),
    ("ark-restoreitemaction-log-and-annotate", "RestoreItemAction example.io/log-and-annotate"),
];

const BINARY: &str = env!("CARGO_BIN_EXE_ark-plugin-example");

/// The error for a missing folder.
const NO_FOLDER: &str =
    "the folder does not exist; mount the host's plugin folder there, or pass another one with --target";

/// Runs a file as a user does, without a host's cookie.
fn run(file: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(file);
    command.args(args).env_remove("ARK_PLUGIN").env_remove("VELERO_PLUGIN");
    command.output().expect("it runs")
}

fn install(target: &Path, args: &[&str]) -> Output {
    let target = target.to_str().expect("text");
    run(BINARY.as_ref(), &[&["install", "--target", target], args].concat())
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn each_file_prints_its_plugin() {
    let folder = tempfile::tempdir().unwrap();
    // The second run replaces the files.
    for _ in 0..2 {
        let output = install(folder.path(), &["--ark"]);
        assert!(output.status.success(), "{output:?}");
        let said: Vec<_> = text(&output.stdout).lines().collect();
        let files = FILES.map(|(name, _)| format!("installed {}", folder.path().join(name).display()));
        assert_eq!(said.len(), files.len());
        assert!(files.iter().all(|file| said.contains(&file.as_str())), "{said:?}");
        assert_eq!(names_in(folder.path()), FILES.map(|(name, _)| name));
    }
    for (name, plugin) in FILES {
        let file = folder.path().join(name);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755, "{name}");
        let output = run(&file, &[]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{name}");
        let said = text(&output.stderr);
        let serves = format!("As {name}, it is the {plugin} for Heptio Ark 0.9 and earlier.");
        assert_eq!(said.lines().filter(|line| line.starts_with("As ")).collect::<Vec<_>>(), [serves]);
    }
}

#[test]
fn one_file_is_installed_for_later_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let output = install(folder.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(names_in(folder.path()), ["ark-plugin-example"]);
    let output = run(&folder.path().join("ark-plugin-example"), &[]);
    assert!(!text(&output.stderr).contains("\nAs "), "{output:?}");
}

#[test]
fn a_link_to_an_undeclared_plugin_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("ark-blockstore-example-blockstore");
    std::os::unix::fs::symlink(BINARY, &link).unwrap();
    let output = run(&link, &[]);
    let said = text(&output.stderr);
    let nothing = "As ark-blockstore-example-blockstore, it is not a plugin for Heptio Ark: BlockStore plugin \
                   example-blockstore not found in this binary; plugins of this kind: example.";
    assert_eq!(said.lines().filter(|line| line.starts_with("As ")).collect::<Vec<_>>(), [nothing]);
}

#[test]
fn a_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let output = install(&missing, &["--ark"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let said = text(&output.stderr);
    let missing = missing.display();
    assert_eq!(said.trim_end(), format!("ark-plugin-example: cannot install to {missing}: {NO_FOLDER}"));
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn the_readme_shows_the_actual_output() {
    let readme = include_str!("../README.md");
    let installed = FILES.map(|(name, _)| format!("installed /tmp/plugins/{name}\n")).concat();
    assert!(readme.contains(&installed), "{installed}");
    let (name, plugin) = FILES[1];
    assert!(readme.contains(&format!("\nAs {name}, it is the {plugin} for Heptio Ark 0.9 and earlier.\n")));
    assert!(readme.contains(&format!("cannot install to /tmp/missing: {NO_FOLDER}\n")));
}
