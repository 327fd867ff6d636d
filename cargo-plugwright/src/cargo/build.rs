//! Runs `cargo build`; compiler messages go to the terminal.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{Package, command, flags};
use crate::failure::{Failure, OrFail};

/// How to build a binary.
#[derive(Default)]
pub(crate) struct Build {
    pub(crate) release: bool,
    /// The target triple. Naming the host's keeps `rustc_flags` away from build scripts and macros.
    pub(crate) target: Option<String>,
    /// Flags for the binary only, after all flags that the user has set.
    pub(crate) rustc_flags: Vec<String>,
    /// Path prefixes to replace in every crate, so that the binary contains no path of the build machine.
    pub(crate) remap: Vec<(PathBuf, String)>,
    /// Features in addition to those that the user selected.
    pub(crate) features: Vec<String>,
}

/// The result of a build.
pub(crate) struct Built {
    pub(crate) executable: PathBuf,
    /// The libraries passed to the linker, which keeps only what the binary refers to.
    pub(crate) libraries: Vec<Library>,
}

/// A built library crate.
pub(crate) struct Library {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

impl Build {
    pub(crate) async fn run(&self, package: &Package) -> Result<Built, Failure> {
        let mut cargo = command();
        // `cargo rustc` passes its flags to one crate. The user's own flags and all built dependencies stay valid.
        cargo.arg(if self.rustc_flags.is_empty() { "build" } else { "rustc" });
        cargo.arg("--message-format=json-render-diagnostics").arg("--manifest-path").arg(&package.manifest);
        cargo.args(["--bin", &package.bin]);
        if self.release {
            cargo.arg("--release");
        }
        if let Some(target) = &self.target {
            cargo.args(["--target", target]);
        }
        for features in package.features.iter().chain(&self.features) {
            cargo.args(["--features", features]);
        }
        flags::remap(&mut cargo, package.folder(), self.target.as_deref(), &self.remap);
        if !self.rustc_flags.is_empty() {
            cargo.arg("--").args(&self.rustc_flags);
        }
        cargo.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = cargo.spawn().or_fail("cannot run cargo")?;
        let mut built = Messages { bin: &package.bin, executable: None, libraries: Vec::new() };
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await.or_fail("cannot read cargo's output")? {
                built.take(&line);
            }
        }
        let status = child.wait().await.or_fail("cannot wait for cargo")?;
        if !status.success() {
            return Err(Failure::new(format!("{} does not build; see cargo's messages above", package.name)));
        }
        let no_binary = || Failure::new(format!("cargo reported no binary for {}", package.name));
        Ok(Built { executable: built.executable.ok_or_else(no_binary)?, libraries: built.libraries })
    }
}

struct Messages<'a> {
    bin: &'a str,
    executable: Option<PathBuf>,
    libraries: Vec<Library>,
}

impl Messages<'_> {
    /// Parses one line. Output of build scripts and procedural macros may be mixed with Cargo's messages.
    fn take(&mut self, line: &str) {
        let Ok(message) = serde_json::from_str::<Value>(line) else { return };
        if message["reason"] != "compiler-artifact" {
            return;
        }
        let name = message["target"]["name"].as_str().unwrap_or_default();
        if let Some(executable) = message["executable"].as_str() {
            if name == self.bin {
                self.executable = Some(executable.into());
            }
            return;
        }
        let files = message["filenames"].as_array().map(Vec::as_slice).unwrap_or_default();
        let files = files
            .iter()
            .filter_map(Value::as_str)
            .filter(|file| Path::new(file).extension().is_some_and(|end| end == "rlib"));
        self.libraries.extend(files.map(|file| Library { name: name.to_owned(), file: file.into() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_and_the_libraries_are_found() {
        let mut messages = Messages { bin: "my-plugin", executable: None, libraries: Vec::new() };
        for line in [
            "not Cargo's",
            r#"{"reason":"compiler-artifact","target":{"name":"shop"},"filenames":["/t/libshop.rlib","/t/libshop.rmeta"],"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"filenames":["/t/other"],"executable":"/t/other"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"my-plugin"},"filenames":["/t/my-plugin"],"executable":"/t/my-plugin"}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            messages.take(line);
        }
        assert_eq!(messages.executable, Some("/t/my-plugin".into()));
        let libraries: Vec<_> =
            messages.libraries.iter().map(|library| (&*library.name, library.file.as_path())).collect();
        assert_eq!(libraries, [("shop", "/t/libshop.rlib".as_ref())]);
    }
}
