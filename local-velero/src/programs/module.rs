//! The Go modules from which the programs are built.

use std::fs;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::Version;
use super::go::Go;
use crate::downloads::hex;

/// `go.mod` and `go.sum`.
type Pins = [&'static str; 2];

const KUBERNETES: Pins =
    [include_str!("../../go/kubernetes/go.mod"), include_str!("../../go/kubernetes/go.sum")];
const VELERO: Pins = [include_str!("../../go/velero/go.mod"), include_str!("../../go/velero/go.sum")];

const VELERO_MODULE: &str = "github.com/vmware-tanzu/velero";

pub(super) struct Module {
    /// `velero-v1.18.3`
    name: String,
    /// `None` if the versions come from the `go.mod` of the Velero release.
    pins: Option<Pins>,
    version: String,
    pub(super) linker_flags: String,
}

impl Module {
    pub(super) fn kubernetes() -> Self {
        let version = version_of(KUBERNETES[0], "k8s.io/kubernetes").to_owned();
        let minor = version.split('.').nth(1).unwrap_or_default();
        let package = "k8s.io/component-base/version";
        let linker_flags = format!(
            "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor=1 -X {package}.gitMinor={minor} \
             -X {package}.gitTreeState=clean"
        );
        Self { name: format!("kubernetes-{version}"), pins: Some(KUBERNETES), version, linker_flags }
    }

    pub(super) fn velero(version: &Version) -> Self {
        let pins = (*version == Version::DEFAULT).then_some(VELERO);
        let version = format!("v{version}");
        let package = "github.com/vmware-tanzu/velero/pkg/buildinfo";
        // Disable the metrics listener of controller-runtime on port 8080 of all addresses, for which Velero has no flag. The
        // variable was moved once; the linker ignores names that do not exist.
        let metrics = "sigs.k8s.io/controller-runtime/pkg/metrics";
        let linker_flags = format!(
            "-s -w -X {package}.Version={version} -X {package}.GitTreeState=clean \
             -X {metrics}.DefaultBindAddress=0 -X {metrics}/server.DefaultBindAddress=0"
        );
        Self { name: format!("velero-{version}"), pins, version, linker_flags }
    }

    /// A name that depends on the modules and flags.
    pub(super) fn folder_name(&self) -> String {
        let mut hash = Sha256::new();
        for text in self.pins.unwrap_or_default() {
            hash.update(text);
        }
        hash.update(&self.linker_flags);
        format!("{}-{}", self.name, hex(&hash.finalize()[..4]))
    }

    /// Writes the module into Go's folder.
    pub(super) async fn write(&self, go: &Go) -> Result<()> {
        // Remove the partial module and Go's temporary files of a killed build.
        let _ = fs::remove_dir_all(&go.folder);
        fs::create_dir_all(&go.folder).with_context(|| format!("cannot make {}", go.folder.display()))?;
        let file = |name| go.folder.join(name);
        if let Some([module, sums]) = self.pins {
            fs::write(file("go.mod"), module).with_context(|| file("go.mod").display().to_string())?;
            fs::write(file("go.sum"), sums).with_context(|| file("go.sum").display().to_string())?;
            return Ok(());
        }
        go.run(&["mod", "init", "plugwright.local/velero"]).await?;
        let release = format!("{VELERO_MODULE}@{}", self.version);
        let downloaded = go.run(&["mod", "download", "-json", &release]).await?;
        let downloaded: serde_json::Value = serde_json::from_str(&downloaded)?;
        let go_mod = downloaded["GoMod"].as_str().context("`go mod download` names no go.mod")?;
        // Go applies replacements only from the main module, so Velero's are copied.
        let replacements = go.run(&["mod", "edit", "-json", go_mod]).await?;
        for replacement in replacements_of(&serde_json::from_str(&replacements)?) {
            go.run(&["mod", "edit", &format!("-replace={replacement}")]).await?;
        }
        go.run(&["get", &format!("{VELERO_MODULE}/cmd/velero@{}", self.version)]).await?;
        Ok(())
    }
}

/// A module's replacements, as arguments of `go mod edit -replace`.
fn replacements_of(module: &serde_json::Value) -> Vec<String> {
    let path = |module: &serde_json::Value| {
        let name = module["Path"].as_str()?;
        Some(
            module["Version"].as_str().map_or_else(|| name.to_owned(), |version| format!("{name}@{version}")),
        )
    };
    let all = module["Replace"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .filter_map(|entry| Some(format!("{}={}", path(&entry["Old"])?, path(&entry["New"])?)))
        .collect()
}

/// The version of a module that `go.mod` requires.
fn version_of<'a>(go_mod: &'a str, module: &str) -> &'a str {
    let mut requirements = go_mod.lines().map(|line| line.trim().trim_start_matches("require "));
    let version = requirements.find_map(|line| line.strip_prefix(module)?.strip_prefix(' '));
    version.and_then(|version| version.split(' ').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_versions_are_parsed() {
        assert_eq!(version_of(VELERO[0], VELERO_MODULE), format!("v{}", Version::DEFAULT));
        assert!(Module::kubernetes().linker_flags.contains(".gitVersion=v1."));
    }

    #[test]
    fn each_version_has_its_own_folder() {
        let names =
            ["1.18.3", "1.10.3", "1.14.1"].map(|text| Module::velero(&text.parse().unwrap()).folder_name());
        assert!(names[0].starts_with("velero-v1.18.3-") && names[1].starts_with("velero-v1.10.3-"));
        assert!(names[0] != names[1] && names[1] != names[2]);
    }

    #[test]
    fn replacements_are_copied() {
        let module = serde_json::json!({"Replace": [
            {"Old": {"Path": "a.io/a"}, "New": {"Path": "b.io/b", "Version": "v1.0.0"}},
            {"Old": {"Path": "a.io/c", "Version": "v0.1.0"}, "New": {"Path": "a.io/c", "Version": "v0.2.0"}},
        ]});
        assert_eq!(replacements_of(&module), ["a.io/a=b.io/b@v1.0.0", "a.io/c@v0.1.0=a.io/c@v0.2.0"]);
        assert!(replacements_of(&serde_json::json!({})).is_empty());
    }
}
