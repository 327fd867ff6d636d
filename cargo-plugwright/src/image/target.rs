//! Chooses the Rust target and the linker for a static binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Platform;
use crate::cargo::flags::configurations;
use crate::failure::{Failure, OrFail};

/// How a static binary is built for a platform.
#[derive(Debug, PartialEq)]
pub(super) struct Target {
    pub(super) triple: String,
    pub(super) rustc_flags: Vec<String>,
}

/// The installed toolchains.
pub(super) struct Machine {
    /// The toolchain's `lib/rustlib`.
    rustlib: PathBuf,
    /// The target triple of this machine.
    host: String,
    /// Whether the user's configuration names a linker for a target.
    has_linker: Box<dyn Fn(&str) -> bool>,
    /// Whether a C compiler has a static C library.
    has_static_libc: Box<dyn Fn(&str) -> bool>,
}

impl Machine {
    /// Detects the toolchains, with the Cargo configuration of a folder.
    pub(super) fn look(folder: &Path) -> Result<Self, Failure> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let run = |args: &[&str]| -> Result<String, Failure> {
            let output =
                Command::new(&rustc).args(args).current_dir(folder).output().or_fail("cannot run rustc")?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let sysroot = run(&["--print", "sysroot"])?;
        let version = run(&["-vV"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let linkers = linkers(folder);
        Ok(Self {
            rustlib: Path::new(sysroot.trim()).join("lib/rustlib"),
            host: host.to_owned(),
            has_linker: Box::new(move |triple| {
                let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"));
                std::env::var_os(variable).is_some() || linkers.iter().any(|linker| linker == triple)
            }),
            has_static_libc: Box::new(has_static_libc),
        })
    }

    /// The glibc target if it can be linked, otherwise the musl target, which needs no C toolchain.
    pub(super) fn target(&self, platform: Platform) -> Result<Target, Failure> {
        let arch = platform.arch();
        let (gnu, musl) = (format!("{arch}-unknown-linux-gnu"), format!("{arch}-unknown-linux-musl"));
        let compiler = if self.host == gnu { "cc".to_owned() } else { format!("{arch}-linux-gnu-gcc") };
        let is_linked = (self.has_linker)(&gnu) || (self.has_static_libc)(&compiler);
        let flag = |flag: &str| vec!["-C".to_owned(), flag.to_owned()];
        // Without relocations, the file and the process are smaller (docs/performance.md).
        let is_static = || [flag("target-feature=+crt-static"), flag("relocation-model=static")].concat();
        if self.is_installed(&gnu) && is_linked {
            let mut rustc_flags = is_static();
            if self.host != gnu && !(self.has_linker)(&gnu) {
                rustc_flags.extend(flag(&format!("linker={compiler}")));
            }
            return Ok(Target { triple: gnu, rustc_flags });
        }
        if self.is_installed(&musl) {
            let is_for_host = self.host.starts_with(&format!("{arch}-")) && self.host.contains("linux");
            let rustc_flags = if is_for_host || (self.has_linker)(&musl) {
                is_static()
            } else {
                [is_static(), flag("linker=rust-lld")].concat()
            };
            return Ok(Target { triple: musl, rustc_flags });
        }
        let wrong = if self.is_installed(&gnu) {
            format!(
                "`{compiler}` has no static C library (`libc.a`; on Debian it is in libc6-dev, on Fedora in glibc-static)"
            )
        } else {
            format!("Rust's standard library for {arch} is not installed")
        };
        Err(Failure::new(format!(
            "no toolchain for a static binary for {platform}: {wrong}.\n  With musl: rustup target add {musl} \
             (crates with C code, such as the feature `kube`, also require a C compiler for musl)\n  \
             With glibc: rustup target add {gnu}, and `{compiler}` with its static C library"
        )))
    }

    fn is_installed(&self, triple: &str) -> bool {
        self.rustlib.join(triple).join("lib").is_dir()
    }
}

fn has_static_libc(compiler: &str) -> bool {
    let output = Command::new(compiler).arg("-print-file-name=libc.a").output();
    // For a missing file, the compiler repeats the name.
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_absolute())
}

/// The targets for which Cargo's configuration names a linker.
fn linkers(folder: &Path) -> Vec<String> {
    configurations(folder).iter().flat_map(linkers_in).collect()
}

fn linkers_in(config: &toml::Table) -> Vec<String> {
    let targets = config.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    targets.filter(|(_, target)| target.get("linker").is_some()).map(|(triple, _)| triple.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GNU: &str = "aarch64-unknown-linux-gnu";
    const MUSL: &str = "aarch64-unknown-linux-musl";
    const STATIC: &str = "-C target-feature=+crt-static -C relocation-model=static";

    /// Selects a target on an amd64 machine with the given targets, C compilers and configured linkers.
    fn target(
        installed: &[&str],
        compilers: &'static [&'static str],
        linkers: &'static [&'static str],
        platform: Platform,
    ) -> Result<String, String> {
        let sysroot = tempfile::tempdir().unwrap();
        for triple in installed {
            std::fs::create_dir_all(sysroot.path().join(triple).join("lib")).unwrap();
        }
        let machine = Machine {
            rustlib: sysroot.path().into(),
            host: "x86_64-unknown-linux-gnu".into(),
            has_linker: Box::new(|triple| linkers.contains(&triple)),
            has_static_libc: Box::new(|compiler| compilers.contains(&compiler)),
        };
        let target = machine.target(platform).map_err(|failure| format!("{failure:?}"))?;
        Ok(format!("{} {}", target.triple, target.rustc_flags.join(" ")))
    }

    #[test]
    fn glibc_is_preferred_if_it_links() {
        let host = "x86_64-unknown-linux-gnu";
        let found = target(&[host, "x86_64-unknown-linux-musl"], &["cc"], &[], Platform::Amd64);
        assert_eq!(found.unwrap(), format!("{host} {STATIC}"));
        let found = target(&[host, "x86_64-unknown-linux-musl"], &[], &[], Platform::Amd64);
        assert_eq!(found.unwrap(), format!("x86_64-unknown-linux-musl {STATIC}"));
    }

    #[test]
    fn cross_builds_select_a_linker() {
        let found = target(&[GNU, MUSL], &["cc", "aarch64-linux-gnu-gcc"], &[], Platform::Arm64);
        assert_eq!(found.unwrap(), format!("{GNU} {STATIC} -C linker=aarch64-linux-gnu-gcc"));
        let found = target(&[GNU, MUSL], &["cc"], &[GNU], Platform::Arm64);
        assert_eq!(found.unwrap(), format!("{GNU} {STATIC}"));
        let found = target(&[GNU, MUSL], &["cc"], &[], Platform::Arm64);
        assert_eq!(found.unwrap(), format!("{MUSL} {STATIC} -C linker=rust-lld"));
        let found = target(&[MUSL], &["cc"], &[MUSL], Platform::Arm64);
        assert_eq!(found.unwrap(), format!("{MUSL} {STATIC}"));
    }

    #[test]
    fn a_missing_toolchain_is_reported() {
        let error = target(&[], &["cc"], &[], Platform::Arm64).unwrap_err();
        assert!(
            error.contains("for linux/arm64: Rust's standard library for aarch64 is not installed"),
            "{error}"
        );
        assert!(error.contains("rustup target add aarch64-unknown-linux-musl"), "{error}");
        let error = target(&[GNU], &["cc"], &[], Platform::Arm64).unwrap_err();
        assert!(error.contains("`aarch64-linux-gnu-gcc` has no static C library"), "{error}");
    }

    #[test]
    fn a_configured_linker_is_found() {
        let config = format!("[target.{GNU}]\nlinker = \"ld\"\n[target.'cfg(unix)']\nrustflags = []\n");
        assert_eq!(linkers_in(&config.parse().unwrap()), [GNU]);
    }
}
