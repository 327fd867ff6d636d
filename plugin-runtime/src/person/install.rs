//! `install`: a plugin binary puts itself where its host looks, so that an image needs neither a shell nor `cp`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::declare::registry::Registry;
use crate::error::ErrorContext;
use crate::hosts::ark;
use crate::{Result, bail, ensure};

/// Where Velero and Ark mount their folder of plugins when they run an image of a plugin.
const TARGET: &str = "/target";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Install {
    target: PathBuf,
    /// A file for each plugin, named as Ark 0.9 names them.
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
                    None => bail!("--target needs a folder, as in `install --target /plugins`"),
                },
                _ => match arg.strip_prefix("--target=") {
                    Some(dir) => install.target = dir.into(),
                    None => bail!("unknown argument `{arg}`; usage: install [--target DIR] [--ark]"),
                },
            }
        }
        ensure!(
            !install.target.as_os_str().is_empty(),
            "--target needs a folder, as in `install --target /plugins`"
        );
        Ok(install)
    }

    /// What was done, a line each file.
    pub(super) fn run(&self, registry: &Registry, command: &str) -> Result<String> {
        let binary = match std::env::current_exe() {
            Ok(binary) => binary,
            // Without /proc, as in a root where nothing else is: an image's entry point is a path in full.
            Err(_) if Path::new(command).is_absolute() => command.into(),
            Err(error) => return Err(error).context("where this program is"),
        };
        self.copy(&binary, registry).with_context(|| format!("cannot install to {}", self.target.display()))
    }

    fn copy(&self, binary: &Path, registry: &Registry) -> Result<String> {
        match fs::metadata(&self.target) {
            Ok(target) => ensure!(target.is_dir(), "it is no folder"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!(
                    "there is no such folder; mount the host's folder of plugins there, or name another one with --target"
                )
            }
            Err(error) => return Err(error.into()),
        }
        let names = if self.ark {
            let names: Vec<_> = ark::plugins(registry).filter_map(ark::FileName::of).collect();
            ensure!(!names.is_empty(), "Heptio Ark has none of the kinds of plugin that are in here");
            names
        } else {
            let name = binary.file_name().context("this program has no name")?;
            vec![name.to_string_lossy().into_owned()]
        };
        let mut installed = String::new();
        let mut first: Option<PathBuf> = None;
        for name in names {
            let path = self.target.join(&name);
            // A host starts every executable in the folder, and this one is none until it is whole.
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

/// What is to be done about it.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room there: what was there before is as it was"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "; mount the folder so that it can be written to (without `readOnly: true`)"
        }
        io::ErrorKind::PermissionDenied => "; the user that runs this must be allowed to write there",
        _ => "",
    }
}

/// A hard link to what is there already, where the file system has links; else a copy.
fn make(binary: &Path, there: Option<&Path>, part: &Path) -> io::Result<()> {
    // What a run that was killed has left behind.
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
    to.sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(part, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plugins;
    use crate::declare::testing::{delete, restore};

    /// A folder that is gone when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("plugwright-install-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn files(&self) -> Vec<String> {
            let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn parse(args: &[&str]) -> Result<Install> {
        Install::parse(args.iter().copied())
    }

    #[test]
    fn target_is_where_an_init_container_has_it() {
        let install = |target: &str, ark| Install { target: target.into(), ark };
        assert_eq!(parse(&[]).unwrap(), install("/target", false));
        assert_eq!(parse(&["--ark", "--target=/p"]).unwrap(), install("/p", true));
        assert_eq!(parse(&["--target", "/p"]).unwrap(), install("/p", false));
        for (args, text) in [
            (&["--target"][..], "--target needs a folder"),
            (&["--target="], "--target needs a folder"),
            (&["/p"], "unknown argument `/p`; usage: install [--target DIR] [--ark]"),
        ] {
            assert!(parse(args).unwrap_err().to_string().starts_with(text), "{args:?}");
        }
    }

    #[test]
    fn ark_gets_a_file_for_each_plugin_that_it_can_have() {
        let folder = Folder::new("ark");
        fs::write(folder.0.join("binary"), "a program").unwrap();
        fs::write(folder.0.join(".ark-restoreitemaction-b.part"), "half").unwrap();
        let plugins =
            Plugins::new().with(restore("a.b/b")).with(restore("a.b/c").ark_name("d")).with(delete("a.b/c"));
        let install = Install { target: folder.0.clone(), ark: true };
        let said = install.copy(&folder.0.join("binary"), &plugins.into_registry().unwrap()).unwrap();
        assert_eq!(said.lines().count(), 2);
        assert_eq!(folder.files(), ["ark-restoreitemaction-b", "ark-restoreitemaction-d", "binary"]);
        for name in ["b", "d"] {
            let path = folder.0.join(format!("ark-restoreitemaction-{name}"));
            assert_eq!(fs::read(path).unwrap(), b"a program");
        }
    }

    #[test]
    fn what_cannot_be_is_an_error_with_the_folder_and_nothing_stays() {
        let folder = Folder::new("errors");
        fs::write(folder.0.join("binary"), "a program").unwrap();
        let binary = folder.0.join("binary");
        let registry = Plugins::new().with(restore("a.b/b")).into_registry().unwrap();
        let install = Install { target: folder.0.join("not-there"), ark: false };
        let error = install.copy(&binary, &registry).unwrap_err().to_string();
        assert!(error.starts_with("there is no such folder; mount"), "{error}");
        let install = Install { target: binary.clone(), ark: false };
        assert_eq!(install.copy(&binary, &registry).unwrap_err().to_string(), "it is no folder");
        let none = Plugins::new().into_registry().unwrap();
        let install = Install { target: folder.0.clone(), ark: true };
        let error = install.copy(&binary, &none).unwrap_err().to_string();
        assert_eq!(error, "Heptio Ark has none of the kinds of plugin that are in here");
        assert_eq!(folder.files(), ["binary"]);
    }
}
