//! Where a new crate takes plugwright from.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;

/// The checkout that this program was built from, as long as it is there. One from a registry has no
/// such neighbour.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-runtime");

#[derive(Debug, PartialEq)]
pub(super) enum Source {
    /// A folder with the crate.
    Path(PathBuf),
    /// The version that goes with this program.
    Registry(&'static str),
}

impl Source {
    /// What was asked for; else the checkout, else the registry.
    pub(super) fn find(given: Option<&Path>) -> Result<Self, Failure> {
        let Some(given) = given else {
            let beside = crate_in(Path::new(BESIDE)).map(Self::Path);
            return Ok(beside.unwrap_or(Self::Registry(env!("CARGO_PKG_VERSION"))));
        };
        let found = crate_in(given).or_else(|| crate_in(&given.join("plugin-runtime")));
        found.map(Self::Path).ok_or_else(|| {
            let given = given.display();
            Failure::new(format!(
                "--plugwright {given}: neither it nor {given}/plugin-runtime has the crate plugwright"
            ))
        })
    }

    /// This program, as arguments of `cargo install`.
    pub(super) fn install(&self) -> String {
        match self {
            Self::Path(path) => {
                let beside = path.parent().unwrap_or(path).join("cargo-plugwright");
                format!("--path {}", beside.display())
            }
            Self::Registry(version) => format!("cargo-plugwright@{version}"),
        }
    }

    /// As the value of a dependency in `Cargo.toml`.
    pub(super) fn toml(&self, features: &[&str]) -> String {
        // Texts of JSON are texts of TOML.
        let (key, value) = match self {
            Self::Path(path) => ("path", Value::from(path.to_string_lossy())),
            Self::Registry(version) if features.is_empty() => return Value::from(*version).to_string(),
            Self::Registry(version) => ("version", Value::from(*version)),
        };
        match features {
            [] => format!("{{ {key} = {value} }}"),
            _ => format!("{{ {key} = {value}, features = {} }}", Value::from(features)),
        }
    }
}

/// The folder in full, if the crate plugwright is in it.
fn crate_in(folder: &Path) -> Option<PathBuf> {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    manifest.lines().any(|line| line.trim() == "name = \"plugwright\"").then(|| folder.canonicalize().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_is_found_by_itself_and_by_its_root() -> Result<(), Failure> {
        let runtime = Path::new(BESIDE).canonicalize().unwrap();
        assert_eq!(Source::find(None)?, Source::Path(runtime.clone()));
        assert_eq!(Source::find(Some(&runtime))?, Source::Path(runtime.clone()));
        assert_eq!(Source::find(runtime.parent())?, Source::Path(runtime));
        assert!(Source::find(Some(Path::new(env!("CARGO_MANIFEST_DIR")))).is_err());
        Ok(())
    }

    #[test]
    fn a_dependency_is_a_path_or_a_version() {
        assert_eq!(Source::Registry("1.2.3").toml(&[]), r#""1.2.3""#);
        assert_eq!(
            Source::Registry("1.2.3").toml(&["client"]),
            r#"{ version = "1.2.3", features = ["client"] }"#
        );
        assert_eq!(Source::Registry("1.2.3").install(), "cargo-plugwright@1.2.3");
        assert_eq!(Source::Path("/a/plugin-runtime".into()).install(), "--path /a/cargo-plugwright");
        assert_eq!(Source::Path("/a \"b\"".into()).toml(&[]), r#"{ path = "/a \"b\"" }"#);
    }
}
