//! Reads from `Cargo.lock` which plugwright a crate uses, and with which features.

use serde_json::Value;

use super::Package;

/// Released together with this CLI.
const LIBRARY: &str = "plugwright";
const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

impl Package {
    /// A message if the plugwright in `Cargo.lock` is incompatible with this CLI.
    pub(crate) fn version_problem(&self) -> Option<String> {
        let lock = std::fs::read_to_string(self.workspace_root.join("Cargo.lock")).ok()?;
        problem(&versions(&lock))
    }

    /// Features of plugwright that only the tests enable, such as `plugwright/client`. A build with them reuses
    /// the dependencies that `cargo test` compiled.
    pub(crate) fn test_features(&self) -> Vec<String> {
        let of = |kind: Value| {
            self.dependencies().iter().find(move |dependency| {
                dependency["name"] == LIBRARY && dependency["kind"] == kind && dependency["rename"].is_null()
            })
        };
        let (Some(normal), Some(for_tests)) = (of(Value::Null), of("dev".into())) else { return Vec::new() };
        let features = for_tests["features"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let enabled = normal["features"].as_array().map(Vec::as_slice).unwrap_or_default();
        features
            .filter(|feature| !enabled.iter().any(|enabled| enabled == feature))
            .map(|feature| format!("{LIBRARY}/{feature}"))
            .collect()
    }
}

fn versions(lock: &str) -> Vec<String> {
    let Ok(lock) = lock.parse::<toml::Table>() else { return Vec::new() };
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let text = |package: &toml::Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    packages
        .filter(|package| text(package, "name").as_deref() == Some(LIBRARY))
        .filter_map(|package| text(package, "version"))
        .collect()
}

fn problem(versions: &[String]) -> Option<String> {
    let other = versions.iter().find(|version| compatible_part(version) != compatible_part(OWN_VERSION))?;
    Some(format!(
        "the crate uses plugwright {other}, which cargo-plugwright {OWN_VERSION} does not support; \
         use `cargo install cargo-plugwright --locked --version {other}`"
    ))
}

/// The part of a version that must be equal: `0.1` of `0.1.2`, `1` of `1.2.3`.
fn compatible_part(version: &str) -> &str {
    let parts = if version.starts_with("0.") { 2 } else { 1 };
    let end = version.match_indices('.').nth(parts - 1).map_or(version.len(), |(end, _)| end);
    &version[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_1_0_minor_versions_are_incompatible() {
        let lock = "version = 4\n[[package]]\nname = \"plugwright\"\nversion = \"0.99.0\"\n[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n";
        assert_eq!(versions(lock), ["0.99.0"]);
        let said = problem(&versions(lock)).unwrap();
        assert!(said.contains("plugwright 0.99.0") && said.contains("--version 0.99.0"), "{said}");
        assert_eq!(problem(&[OWN_VERSION.into()]), None);
        assert_eq!(problem(&[]), None);
    }

    #[test]
    fn patch_versions_are_compatible() {
        for (version, part) in [("0.1.2", "0.1"), ("0.1.2-rc.1", "0.1"), ("1.2.3", "1"), ("12", "12")] {
            assert_eq!(compatible_part(version), part);
        }
    }
}
