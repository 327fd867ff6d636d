//! Tests the Backup and Restore of every host generation, back to Heptio Ark 0.9. Each version's own types
//! wrote the fixtures with every field set (`conformance/matrix/hosts/fixtures`).

use serde_json::Value;

use super::{Backup, Restore};

macro_rules! fixtures {
    ($($version:literal),* $(,)?) => {
        [$((
            $version,
            include_str!(concat!("fixtures/", $version, "/backup.json")),
            include_str!(concat!("fixtures/", $version, "/restore.json")),
        )),*]
    };
}

const FIXTURES: [(&str, &str, &str); 8] = fixtures![
    "ark-0.9.11",
    "ark-0.10.2",
    "velero-0.11.0",
    "velero-1.0.0",
    "velero-1.5.1",
    "velero-1.9.0",
    "velero-1.12.0",
    "velero-1.15.0",
];

/// Collects the paths of values that are in `all` but not equal in `some`.
fn lost(all: &Value, some: &Value, path: &str, lost_paths: &mut Vec<String>) {
    match (all, some) {
        (Value::Object(all), Value::Object(some)) => {
            for (key, value) in all {
                let key_path = format!("{path}.{key}");
                match some.get(key) {
                    Some(other) => lost(value, other, &key_path, lost_paths),
                    None => lost_paths.push(key_path),
                }
            }
        }
        (Value::Array(all), Value::Array(some)) if all.len() == some.len() => {
            for (value, other) in all.iter().zip(some) {
                lost(value, other, path, lost_paths);
            }
        }
        (all, some) if all == some => {}
        _ => lost_paths.push(path.to_owned()),
    }
}

/// Fields that newer versions removed and that are therefore only in `json()`.
#[derive(Default)]
struct Dropped(String);

impl Dropped {
    fn push(&mut self, version: &str, fixture: &str, typed: &Value) {
        let mut paths = Vec::new();
        lost(&serde_json::from_str(fixture).unwrap(), typed, "", &mut paths);
        if paths.is_empty() {
            paths.push("none".to_owned());
        }
        for part in [
            version,
            ": ",
            &paths.join(" "),
            "
",
        ] {
            self.0 += part;
        }
    }
}

#[test]
fn reads_backups_of_every_generation() {
    let mut dropped = Dropped::default();
    for (version, fixture, _) in FIXTURES {
        let backup =
            Backup::from_json(fixture.as_bytes()).unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_eq!(backup.as_value(), &serde_json::from_str::<Value>(fixture).unwrap(), "{version}");
        let group = if version.starts_with("ark") { "ark.heptio.com/v1" } else { "velero.io/v1" };
        assert_eq!((backup.api_version.as_str(), backup.kind.as_str()), (group, "Backup"), "{version}");
        assert!(!backup.spec.hooks.resources[0].pre_hooks.is_empty(), "{version}");
        dropped.push(version, fixture, &serde_json::to_value(&backup).unwrap());
    }
    let expected = "\
ark-0.9.11: .metadata.clusterName .metadata.initializers .spec.hooks.resources.hooks .status.volumeBackups
ark-0.10.2: .metadata.clusterName .metadata.initializers .spec.hooks.resources.hooks .status.volumeBackups
velero-0.11.0: .metadata.clusterName .metadata.initializers .spec.hooks.resources.hooks .status.volumeBackups
velero-1.0.0: .metadata.clusterName .metadata.initializers
velero-1.5.1: .metadata.clusterName
velero-1.9.0: .metadata.clusterName
velero-1.12.0: none
velero-1.15.0: none
";
    assert_eq!(dropped.0, expected);
}

#[test]
fn reads_restores_of_every_generation() {
    let mut dropped = Dropped::default();
    for (version, _, fixture) in FIXTURES {
        let restore =
            Restore::from_json(fixture.as_bytes()).unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_eq!(restore.as_value(), &serde_json::from_str::<Value>(fixture).unwrap(), "{version}");
        let group = if version.starts_with("ark") { "ark.heptio.com/v1" } else { "velero.io/v1" };
        assert_eq!((restore.api_version.as_str(), restore.kind.as_str()), (group, "Restore"), "{version}");
        dropped.push(version, fixture, &serde_json::to_value(&restore).unwrap());
    }
    let expected = "\
ark-0.9.11: .metadata.clusterName .metadata.initializers
ark-0.10.2: .metadata.clusterName .metadata.initializers
velero-0.11.0: .metadata.clusterName .metadata.initializers
velero-1.0.0: .metadata.clusterName .metadata.initializers
velero-1.5.1: .metadata.clusterName
velero-1.9.0: .metadata.clusterName
velero-1.12.0: none
velero-1.15.0: none
";
    assert_eq!(dropped.0, expected);
}
