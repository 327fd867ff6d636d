//! `install` of a real binary: links in the target folder, a full disk, and a process that is killed. Whatever
//! happens, the file under the plugin's name is whole.
#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod example;
    pub(crate) mod files;
}

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::example::example;
use support::files::files;
use tempfile::{TempDir, tempdir};

fn plugin() -> PathBuf {
    example("secrets")
}

/// The content and the permissions of a file that is not a link.
fn content_and_mode(folder: &Path, name: &str) -> (Vec<u8>, u32) {
    let path = folder.join(name);
    let about = fs::symlink_metadata(&path).unwrap();
    assert!(about.is_file(), "{name} is not a regular file");
    (fs::read(path).unwrap(), about.permissions().mode() & 0o777)
}

/// Installs after these shell commands, to the folder `$1`.
fn install_after(commands: &str, target: &TempDir) -> Output {
    let script = format!("{commands}; exec \"$0\" install --target \"$1\"");
    Command::new("/bin/sh").args(["-c", &script]).arg(plugin()).arg(target.path()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{} {}", output.status, String::from_utf8_lossy(&output.stderr))
}

#[test]
fn planted_links_are_replaced_and_not_followed() {
    let (target, outside) = (tempdir().unwrap(), tempdir().unwrap());
    let name = plugin().file_name().unwrap().to_str().unwrap().to_owned();
    for (link, file) in [(name.clone(), "one"), (format!(".{name}.part"), "two")] {
        fs::write(outside.path().join(file), "outside").unwrap();
        fs::set_permissions(outside.path().join(file), fs::Permissions::from_mode(0o600)).unwrap();
        symlink(outside.path().join(file), target.path().join(link)).unwrap();
    }
    let output = install_after("umask 077", &target);
    assert!(output.status.success(), "{}", said(&output));
    for file in ["one", "two"] {
        assert_eq!(content_and_mode(outside.path(), file), (b"outside".to_vec(), 0o600), "{file}");
    }
    assert_eq!(files(target.path()), [name.as_str()]);
    let (content, mode) = content_and_mode(target.path(), &name);
    assert_eq!(mode, 0o755);
    assert!(content == fs::read(plugin()).unwrap());
    // To a folder, nothing is installed, and nothing is removed.
    fs::remove_file(target.path().join(&name)).unwrap();
    fs::create_dir(target.path().join(&name)).unwrap();
    let output = install_after(":", &target);
    assert!(!output.status.success(), "{}", said(&output));
    assert_eq!(files(target.path()), [name.as_str()]);
}

#[test]
fn umask_does_not_decide_the_permissions() {
    for umask in ["000", "077", "777"] {
        let target = tempdir().unwrap();
        let output = install_after(&format!("umask {umask}"), &target);
        assert!(output.status.success(), "{umask}: {}", said(&output));
        assert_eq!(content_and_mode(target.path(), "secrets").1, 0o755, "{umask}");
    }
}

#[test]
fn full_disk_keeps_the_old_file() {
    let target = tempdir().unwrap();
    let folder = target.path().display();
    let mount = format!("mount -t tmpfs -o size=64k none {folder} && echo old > {folder}/secrets");
    let probe = Command::new("unshare").args(["-rm", "sh", "-c", &mount]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("skipped: file systems cannot be mounted here");
        return;
    }
    let script =
        format!("{mount}; \"$0\" install --target {folder}; echo $?; ls -A {folder}; cat {folder}/secrets");
    let output = Command::new("unshare").args(["-rm", "sh", "-c", &script]).arg(plugin()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\nsecrets\nold\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("free some space there: existing files are unchanged"), "{stderr}");
}

/// The limit of a file's size kills the process in the middle of the copy.
#[test]
fn killed_in_the_middle_keeps_the_old_file() {
    let target = tempdir().unwrap();
    fs::write(target.path().join("secrets"), "old").unwrap();
    for blocks in [1, 100, 1000] {
        let output = install_after(&format!("ulimit -c 0; ulimit -f {blocks}"), &target);
        assert_eq!(output.status.code(), None, "{}", said(&output));
        assert_eq!(content_and_mode(target.path(), "secrets").0, b"old");
        // No host starts the part.
        let (part, mode) = content_and_mode(target.path(), ".secrets.part");
        assert!(!part.is_empty() && mode & 0o111 == 0, "{mode:o}");
    }
    // The next run replaces it.
    let output = install_after(":", &target);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(files(target.path()), ["secrets"]);
    assert!(content_and_mode(target.path(), "secrets").0 == fs::read(plugin()).unwrap());
}
