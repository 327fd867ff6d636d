//! `install`: copies the plugin binary to the host's plugin folder, so that an image needs neither a shell
//! nor `cp`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::declare::registry::Registry;
use crate::error::ErrorContext;
use crate::hosts::ark;
use crate::{Result, bail, ensure};

/// Where Velero and Ark mount their plugin folder in an image of a plugin.
const TARGET: &str = "/target";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Install {
    target: PathBuf,
    /// Install one file per plugin, named as Ark 0.9 expects.
    ark: bool,
}

impl Install {
    pub(super) fn parse<'a>(args: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut install = Self { target: TARGET.into(), ark: false };
        let mut args = args.peekable();
        while let Some(arg) = args.next() {
            match arg {
                "--ark" => install.ark = true,
                "--target" => match args.next() {
                    Some(dir) => install.target = dir.into(),
                    None => bail!("--target requires a folder, such as `install --target /plugins`"),
                },
                _ => match arg.strip_prefix("--target=") {
                    Some(dir) => install.target = dir.into(),
                    None => bail!("unknown argument `{arg}`; usage: install [--target DIR] [--ark]"),
                },
            }
        }
        ensure!(
            !install.target.as_os_str().is_empty(),
            "--target requires a folder, such as `install --target /plugins`"
        );
        Ok(install)
    }

    /// Returns one line per installed file.
    pub(super) fn run(&self, registry: &Registry, command: &str) -> Result<String> {
        let binary = match std::env::current_exe() {
            Ok(binary) => binary,
            // Without /proc, as in a minimal root, the command is used: an image's entry point is an absolute
            // path.
            Err(_) if Path::new(command).is_absolute() => command.into(),
            Err(error) => return Err(error).context("cannot find the path of this program"),
        };
        self.copy(&binary, registry).with_context(|| format!("cannot install to {}", self.target.display()))
    }

    fn copy(&self, binary: &Path, registry: &Registry) -> Result<String> {
        match fs::metadata(&self.target) {
            Ok(target) => ensure!(target.is_dir(), "expected a folder, found a file"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!(
                    "the folder does not exist; mount the host's plugin folder there, or pass another one with --target"
                )
            }
            Err(error) => return Err(error.into()),
        }
        let names = if self.ark {
            let names: Vec<_> = ark::plugins(registry).filter_map(ark::FileName::of).collect();
            ensure!(!names.is_empty(), "this binary has no plugin of a kind that Heptio Ark supports");
            names
        } else {
            let name = binary.file_name().context("cannot find the name of this program")?;
            vec![name.to_string_lossy().into_owned()]
        };
        let mut installed = String::new();
        let mut first: Option<PathBuf> = None;
        for name in names {
            let path = self.target.join(&name);
            // A host starts every executable in the folder, so the file becomes executable under its name
            // only when complete.
            let part = self.target.join(format!(".{name}.part"));
            let made = make(binary, first.as_deref(), &part).and_then(|()| fs::rename(&part, &path));
            if made.is_err() {
                let _ = fs::remove_file(&part);
            }
            if let Err(error) = made {
                bail!("{name}: {error}{}", hint(&error));
            }
            let _ = writeln!(installed, "installed {}", path.display());
            first.get_or_insert(path);
        }
        Ok(installed)
    }
}

/// The fix for an error.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space there: existing files are unchanged"
        }
        io::ErrorKind::ReadOnlyFilesystem => "; mount the folder writable (without `readOnly: true`)",
        io::ErrorKind::PermissionDenied => "; give the user that runs this write permission there",
        _ => "",
    }
}

/// Creates a hard link to the file already installed if the file system supports it, else a copy.
fn make(binary: &Path, there: Option<&Path>, part: &Path) -> io::Result<()> {
    // Left by a run that was killed.
    if let Err(error) = fs::remove_file(part)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    if there.is_some_and(|there| fs::hard_link(there, part).is_ok()) {
        return Ok(());
    }
    let mut from = fs::File::open(binary)?;
    let mut to = fs::File::create_new(part)?;
    io::copy(&mut from, &mut to)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Of the file, not of its name, which may be a link by now.
        to.set_permissions(fs::Permissions::from_mode(0o755))?;
    }
    to.sync_all()
}

#[cfg(test)]
mod tests {
    use tempfile::{TempDir, tempdir};

    use super::*;
    use crate::Plugins;
    use crate::declare::testing::{delete, restore};

    fn files(folder: &TempDir) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn parse(args: &[&str]) -> Result<Install> {
        Install::parse(args.iter().copied())
    }

    #[test]
    fn target_defaults_to_the_init_containers_mount() {
        let install = |target: &str, ark| Install { target: target.into(), ark };
        assert_eq!(parse(&[]).unwrap(), install("/target", false));
        assert_eq!(parse(&["--ark", "--target=/p"]).unwrap(), install("/p", true));
        assert_eq!(parse(&["--target", "/p"]).unwrap(), install("/p", false));
        for (args, text) in [
            (&["--target"][..], "--target requires a folder"),
            (&["--target="], "--target requires a folder"),
            (&["/p"], "unknown argument `/p`; usage: install [--target DIR] [--ark]"),
        ] {
            assert!(parse(args).unwrap_err().to_string().starts_with(text), "{args:?}");
        }
    }

    #[test]
    fn ark_gets_a_file_for_each_supported_plugin() {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("binary"), "a program").unwrap();
        fs::write(folder.path().join(".ark-restoreitemaction-b.part"), "half").unwrap();
        let plugins =
            Plugins::new().with(restore("a.b/b")).with(restore("a.b/c").ark_name("d")).with(delete("a.b/c"));
        let install = Install { target: folder.path().to_owned(), ark: true };
        let said = install.copy(&folder.path().join("binary"), &plugins.into_registry().unwrap()).unwrap();
        assert_eq!(said.lines().count(), 2);
        assert_eq!(files(&folder), ["ark-restoreitemaction-b", "ark-restoreitemaction-d", "binary"]);
        for name in ["b", "d"] {
            let path = folder.path().join(format!("ark-restoreitemaction-{name}"));
            assert_eq!(fs::read(path).unwrap(), b"a program");
        }
    }

    #[test]
    fn failed_install_leaves_no_files() {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("binary"), "a program").unwrap();
        let binary = folder.path().join("binary");
        let registry = Plugins::new().with(restore("a.b/b")).into_registry().unwrap();
        let install = Install { target: folder.path().join("not-there"), ark: false };
        let error = install.copy(&binary, &registry).unwrap_err().to_string();
        assert!(error.starts_with("the folder does not exist; mount"), "{error}");
        let install = Install { target: binary.clone(), ark: false };
        assert_eq!(
            install.copy(&binary, &registry).unwrap_err().to_string(),
            "expected a folder, found a file"
        );
        let none = Plugins::new().into_registry().unwrap();
        let install = Install { target: folder.path().to_owned(), ark: true };
        let error = install.copy(&binary, &none).unwrap_err().to_string();
        assert_eq!(error, "this binary has no plugin of a kind that Heptio Ark supports");
        assert_eq!(files(&folder), ["binary"]);
    }
}
