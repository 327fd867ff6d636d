//! `install` of a real binary: links in the target folder, a full disk, and a process that is killed. Whatever
//! happens, the file under the plugin's name is whole.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

/// `examples/secrets.rs`, which cargo builds with the tests.
fn plugin() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let plugin = tests.parent().unwrap().with_file_name("examples").join("secrets");
    assert!(
        plugin.exists(),
        "{} is missing; run `cargo build -p plugwright --features client --example secrets`",
        plugin.display()
    );
    plugin
}

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plugwright-installs-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The content and the permissions of a file that is not a link.
    fn file(&self, name: &str) -> (Vec<u8>, u32) {
        let path = self.0.join(name);
        let about = fs::symlink_metadata(&path).unwrap();
        assert!(about.is_file(), "{name} is not a regular file");
        (fs::read(path).unwrap(), about.permissions().mode() & 0o777)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Installs after these shell commands, to the folder `$1`.
fn install_after(commands: &str, target: &Folder) -> Output {
    let script = format!("{commands}; exec \"$0\" install --target \"$1\"");
    Command::new("/bin/sh").args(["-c", &script]).arg(plugin()).arg(&target.0).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{} {}", output.status, String::from_utf8_lossy(&output.stderr))
}

#[test]
fn planted_links_are_replaced_and_not_followed() {
    let (target, outside) = (Folder::new("links"), Folder::new("outside"));
    let name = plugin().file_name().unwrap().to_str().unwrap().to_owned();
    for (link, file) in [(name.clone(), "one"), (format!(".{name}.part"), "two")] {
        fs::write(outside.0.join(file), "outside").unwrap();
        fs::set_permissions(outside.0.join(file), fs::Permissions::from_mode(0o600)).unwrap();
        symlink(outside.0.join(file), target.0.join(link)).unwrap();
    }
    let output = install_after("umask 077", &target);
    assert!(output.status.success(), "{}", said(&output));
    for file in ["one", "two"] {
        assert_eq!(outside.file(file), (b"outside".to_vec(), 0o600), "{file}");
    }
    assert_eq!(target.files(), [name.as_str()]);
    let (content, mode) = target.file(&name);
    assert_eq!(mode, 0o755);
    assert!(content == fs::read(plugin()).unwrap());
    // To a folder, nothing is installed, and nothing is removed.
    fs::remove_file(target.0.join(&name)).unwrap();
    fs::create_dir(target.0.join(&name)).unwrap();
    let output = install_after(":", &target);
    assert!(!output.status.success(), "{}", said(&output));
    assert_eq!(target.files(), [name.as_str()]);
}

#[test]
fn umask_does_not_decide_the_permissions() {
    for umask in ["000", "077", "777"] {
        let target = Folder::new(&format!("umask-{umask}"));
        let output = install_after(&format!("umask {umask}"), &target);
        assert!(output.status.success(), "{umask}: {}", said(&output));
        assert_eq!(target.file("secrets").1, 0o755, "{umask}");
    }
}

#[test]
fn full_disk_keeps_the_old_file() {
    let target = Folder::new("full");
    let folder = target.0.display();
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
    let target = Folder::new("killed");
    fs::write(target.0.join("secrets"), "old").unwrap();
    for blocks in [1, 100, 1000] {
        let output = install_after(&format!("ulimit -c 0; ulimit -f {blocks}"), &target);
        assert_eq!(output.status.code(), None, "{}", said(&output));
        assert_eq!(target.file("secrets").0, b"old");
        // No host starts the part.
        let (part, mode) = target.file(".secrets.part");
        assert!(!part.is_empty() && mode & 0o111 == 0, "{mode:o}");
    }
    // The next run replaces it.
    let output = install_after(":", &target);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(target.files(), ["secrets"]);
    assert!(target.file("secrets").0 == fs::read(plugin()).unwrap());
}
