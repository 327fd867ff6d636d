//! Finds the package and its binary target.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::{Choice, command};
use crate::failure::{Failure, OrFail};

/// A package with a binary target, as `cargo metadata` describes it.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The binary target.
    pub(crate) bin: String,
    /// The path of `Cargo.toml`.
    pub(crate) manifest: PathBuf,
    pub(crate) target_directory: PathBuf,
    pub(crate) features: Vec<String>,
    pub(crate) workspace_root: PathBuf,
    /// The whole entry of `cargo metadata`: `license`, `repository`, `metadata` …
    pub(crate) facts: Value,
}

impl Package {
    /// Finds the package of a folder or of its closest parent, as Cargo does.
    pub(crate) async fn find(path: &Path, choice: &Choice) -> Result<Self, Failure> {
        let manifest = manifest(path)?;
        let metadata = metadata(&manifest).await?;
        Self::choose(&metadata, &manifest, choice)
    }

    fn choose(metadata: &Value, manifest: &Path, choice: &Choice) -> Result<Self, Failure> {
        let list = |key: &str| metadata[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let packages = list("packages");
        let found = match &choice.package {
            Some(name) => {
                let found = packages.iter().find(|package| package["name"] == name.as_str());
                found.ok_or_else(|| {
                    let names = texts(packages, "name");
                    Failure::new(format!(
                        "package `{name}` not found; the workspace has: {}",
                        names.join(", ")
                    ))
                })?
            }
            None => match packages
                .iter()
                .find(|package| package["manifest_path"].as_str().map(Path::new) == Some(manifest))
            {
                Some(package) => package,
                None => of_workspace(packages, manifest)?,
            },
        };
        let bin = bin(found, choice.bin.as_deref())?;
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            name: text("name"),
            version: text("version"),
            bin,
            manifest: text("manifest_path").into(),
            target_directory: metadata["target_directory"].as_str().unwrap_or("target").into(),
            workspace_root: metadata["workspace_root"].as_str().unwrap_or(".").into(),
            features: choice.features.clone(),
            facts: found.clone(),
        })
    }

    /// The folder that contains `Cargo.toml`.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("."))
    }

    /// `[package.metadata.plugwright]`, or null if it is missing.
    pub(crate) fn metadata(&self) -> &Value {
        &self.facts["metadata"]["plugwright"]
    }

    /// The dependencies as `cargo metadata` lists them.
    pub(crate) fn dependencies(&self) -> &[Value] {
        self.facts["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

/// The `Cargo.toml` of a folder or of its closest parent with one.
fn manifest(path: &Path) -> Result<PathBuf, Failure> {
    let here = std::path::absolute(path).or_fail(path.display())?;
    let folder = if path.is_dir() { here.as_path() } else { here.parent().unwrap_or(&here) };
    let found = folder.ancestors().map(|folder| folder.join("Cargo.toml")).find(|file| file.is_file());
    let found = found.and_then(|file| file.canonicalize().ok());
    found.ok_or_else(|| {
        Failure::new(format!(
            "no Cargo.toml found in {} or any parent folder; `cargo plugwright new` creates a crate",
            path.display()
        ))
    })
}

async fn metadata(manifest: &Path) -> Result<Value, Failure> {
    let mut cargo = command();
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"]).arg(manifest);
    // `output` captures stderr even if it is set to inherit, so the failure quotes Cargo's message.
    let output = cargo.stdin(Stdio::null()).output().await.or_fail("cannot run cargo")?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        let reason = reason.trim().replace('\n', "\n  ");
        return Err(Failure::new(format!("`cargo metadata` failed for {}:\n  {reason}", manifest.display())));
    }
    serde_json::from_slice(&output.stdout).or_fail("cannot read the output of `cargo metadata`")
}

/// The only package with a binary, in a workspace without a root package.
fn of_workspace<'a>(packages: &'a [Value], manifest: &Path) -> Result<&'a Value, Failure> {
    let with_bins: Vec<_> = packages.iter().filter(|package| !bins(package).is_empty()).collect();
    match with_bins.as_slice() {
        [package] => Ok(package),
        [] => Err(Failure::new(format!(
            "no package in the workspace {} has a binary target",
            manifest.display()
        ))),
        several => {
            let names: Vec<_> = several.iter().filter_map(|package| package["name"].as_str()).collect();
            Err(Failure::new(format!(
                "several packages in the workspace have a binary; select one with --package: {}",
                names.join(", ")
            )))
        }
    }
}

fn bins(package: &Value) -> Vec<&str> {
    let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_bin = |target: &&Value| {
        target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"))
    };
    targets.iter().filter(is_bin).filter_map(|target| target["name"].as_str()).collect()
}

fn bin(package: &Value, wanted: Option<&str>) -> Result<String, Failure> {
    let name = package["name"].as_str().unwrap_or_default();
    let bins = bins(package);
    let wanted = wanted.or(package["default_run"].as_str());
    match (wanted, bins.as_slice()) {
        (_, []) => Err(Failure::new(format!(
            "package {name} has no binary target; a plugin is a binary: add `src/main.rs` with `plugwright::main!();`"
        ))),
        (Some(wanted), bins) if bins.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), bins) => {
            let bins = bins.join(", ");
            Err(Failure::new(format!("package {name} has no binary target `{wanted}`; it has: {bins}")))
        }
        (None, [bin]) => Ok((*bin).to_owned()),
        (None, bins) => Err(Failure::new(format!(
            "package {name} has several binary targets; select one with --bin: {}",
            bins.join(", ")
        ))),
    }
}

fn texts<'a>(list: &'a [Value], key: &str) -> Vec<&'a str> {
    list.iter().filter_map(|value| value[key].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, bins: &[&str]) -> Value {
        let mut targets = vec![json!({"name": name, "kind": ["lib"]})];
        targets.extend(bins.iter().map(|bin| json!({"name": bin, "kind": ["bin"]})));
        json!({"name": name, "version": "1.2.3", "manifest_path": format!("/w/{name}/Cargo.toml"), "targets": targets})
    }

    fn chosen(packages: &[Value], manifest: &str, choice: &Choice) -> Result<String, String> {
        let metadata = json!({"packages": packages, "target_directory": "/w/target"});
        match Package::choose(&metadata, Path::new(manifest), choice) {
            Ok(package) => Ok(format!("{} {}", package.name, package.bin)),
            Err(failure) => Err(format!("{failure:?}")),
        }
    }

    #[test]
    fn a_single_binary_is_selected() {
        let packages = [package("a", &["a"]), package("b", &[])];
        let none = Choice::default();
        assert_eq!(chosen(&packages, "/w/a/Cargo.toml", &none).as_deref(), Ok("a a"));
        assert_eq!(chosen(&packages, "/w/Cargo.toml", &none).as_deref(), Ok("a a"));
        let error = chosen(&packages, "/w/b/Cargo.toml", &none).unwrap_err();
        assert!(error.contains("package b has no binary target"), "{error}");
    }

    #[test]
    fn several_binaries_require_a_choice() {
        let packages = [package("a", &["x", "y"]), package("b", &["b"])];
        let choice = |package: &str, bin: Option<&str>| Choice {
            package: Some(package.into()),
            bin: bin.map(str::to_owned),
            ..Choice::default()
        };
        let error = chosen(&packages, "/w/Cargo.toml", &Choice::default()).unwrap_err();
        assert!(error.contains("select one with --package: a, b"), "{error}");
        let error = chosen(&packages, "/w/Cargo.toml", &choice("c", None)).unwrap_err();
        assert!(error.contains("package `c` not found; the workspace has: a, b"), "{error}");
        let error = chosen(&packages, "/w/Cargo.toml", &choice("a", None)).unwrap_err();
        assert!(error.contains("select one with --bin: x, y"), "{error}");
        let error = chosen(&packages, "/w/Cargo.toml", &choice("a", Some("z"))).unwrap_err();
        assert!(error.contains("no binary target `z`; it has: x, y"), "{error}");
        assert_eq!(chosen(&packages, "/w/Cargo.toml", &choice("a", Some("y"))).as_deref(), Ok("a y"));
        let mut default = package("a", &["x", "y"]);
        default["default_run"] = "x".into();
        assert_eq!(chosen(&[default], "/w/a/Cargo.toml", &Choice::default()).as_deref(), Ok("a x"));
    }
}
