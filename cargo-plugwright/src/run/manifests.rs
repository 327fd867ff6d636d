//! Reads the objects to create, and the storage and snapshot locations, from manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plugwright::Kind;
use plugwright_local_velero::{FILE_STORE, Location, Storage};
use serde_json::{Value, json};

use super::plugin::Plugin;
use crate::failure::{Failure, OrFail};
use crate::manifest::{self, Manifest};

pub(super) struct Manifests {
    /// The objects to create, in this order.
    pub(super) objects: Vec<Object>,
    /// The locations by kind.
    locations: BTreeMap<&'static str, Vec<Location>>,
    /// Notes to print before the start.
    pub(super) notes: Vec<String>,
}

/// An object to create.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Object {
    /// The file and place in it.
    pub(super) source: String,
    pub(super) value: Value,
}

const LOCATIONS: [&str; 2] = ["BackupStorageLocation", "VolumeSnapshotLocation"];

impl Manifests {
    /// Reads a file or folder. The default is the crate's `manifests` folder, if it exists.
    pub(super) fn read(path: Option<&Path>, plugin: &Plugin) -> Result<Self, Failure> {
        let files = match (path, &plugin.package) {
            (Some(path), _) => manifest::files(path)?,
            (None, Some(package)) => {
                let folder = package.folder().join("manifests");
                if folder.is_dir() { manifest::files(&folder)? } else { Vec::new() }
            }
            (None, None) => Vec::new(),
        };
        let mut all = Vec::new();
        for file in files {
            all.extend(manifest::read(&shown(file))?);
        }
        let mut manifests = Self::sorted(all);
        if manifests.objects.is_empty() {
            manifests.notes.push("no object to back up in the manifests; creating a ConfigMap".to_owned());
            manifests.objects.push(sample());
        }
        Ok(manifests)
    }

    fn sorted(all: Vec<Manifest>) -> Self {
        let mut sorted = Self { objects: Vec::new(), locations: BTreeMap::new(), notes: Vec::new() };
        for Manifest { source, item, doubts } in all {
            let (mut value, source) = (item.as_value().clone(), source.to_string());
            sorted.notes.extend(doubts.iter().map(|doubt| format!("{source}: {doubt}")));
            let of_velero = item.api_version().starts_with("velero.io/");
            match LOCATIONS.iter().find(|kind| **kind == item.kind()) {
                Some(kind) if of_velero => {
                    sorted.locations.entry(kind).or_default().push(location(&value));
                }
                _ if of_velero => {
                    let (kind, flag) = (item.kind(), item.kind().to_lowercase());
                    let cure = if matches!(&*flag, "backup" | "restore") {
                        format!("pass it with --check --{flag}")
                    } else {
                        "Velero's own objects are not backed up".to_owned()
                    };
                    sorted.notes.push(format!("{source}: {kind} skipped; {cure}"));
                }
                _ => {
                    remove_status(&mut value);
                    sorted.objects.push(Object { source, value });
                }
            }
        }
        // Dependencies come first.
        sorted.objects.sort_by_key(|object| match object.kind() {
            "CustomResourceDefinition" => 0,
            "Namespace" => 1,
            _ => 2,
        });
        sorted
    }

    /// The storage for backups: the plugin's object store, or a local one by default.
    pub(super) fn storage(&self, plugin: &Plugin, root: &Path) -> Result<Storage, Failure> {
        let location = self.location(Kind::ObjectStore, LOCATIONS[0], plugin, root)?;
        Ok(location.map_or(Storage::Files(FILE_STORE), Storage::Other))
    }

    /// The location for snapshots, if the plugin has a volume snapshotter.
    pub(super) fn snapshots(&self, plugin: &Plugin, root: &Path) -> Result<Option<Location>, Failure> {
        self.location(Kind::VolumeSnapshotter, LOCATIONS[1], plugin, root)
    }

    /// The manifest's location for the plugin's first provider of a kind.
    fn location(
        &self,
        kind: Kind,
        location_kind: &str,
        plugin: &Plugin,
        root: &Path,
    ) -> Result<Option<Location>, Failure> {
        let Some(provider) = plugin.first(kind) else { return Ok(None) };
        let described = self.locations.get(location_kind).into_iter().flatten();
        let found = described.clone().find(|location| location.provider == provider).cloned();
        let mut location =
            found.unwrap_or_else(|| Location { provider: provider.to_owned(), config: BTreeMap::new() });
        for value in location.config.values_mut().filter(|value| value.starts_with('/')) {
            let folder = root.join(value.trim_start_matches('/'));
            std::fs::create_dir_all(&folder).or_fail(format_args!("cannot create {}", folder.display()))?;
            *value = folder.to_string_lossy().into_owned();
        }
        Ok(Some(location))
    }
}

impl Object {
    fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn api_version(&self) -> &str {
        self.text("/apiVersion")
    }

    pub(super) fn kind(&self) -> &str {
        self.text("/kind")
    }

    pub(super) fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    pub(super) fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }
}

/// The namespaces of objects, and namespaces among the objects.
pub(super) fn namespaces(objects: &[Object]) -> BTreeSet<String> {
    let of = |object: &Object| match object.kind() {
        "Namespace" => object.name().to_owned(),
        _ => object.namespace().to_owned(),
    };
    objects.iter().map(of).filter(|namespace| !namespace.is_empty()).collect()
}

/// The path relative to the current folder, if it is inside.
fn shown(file: PathBuf) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Some(file.strip_prefix(here).ok()?.to_owned()));
    below.unwrap_or(file)
}

fn location(value: &Value) -> Location {
    let config = value.pointer("/spec/config").and_then(Value::as_object);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Location {
        provider: value.pointer("/spec/provider").and_then(Value::as_str).unwrap_or_default().to_owned(),
        config: config.into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect(),
    }
}

/// Removes fields that the API server rejects or ignores.
fn remove_status(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.remove("status");
    }
    if let Some(metadata) = value["metadata"].as_object_mut() {
        for field in
            ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"]
        {
            metadata.remove(field);
        }
    }
}

fn sample() -> Object {
    let value = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "sample", "namespace": "sample"}, "data": {"key": "value"}});
    Object { source: "created by `run`".to_owned(), value }
}

#[cfg(test)]
mod tests {
    use plugwright::Item;

    use super::*;
    use crate::manifest::Source;

    fn manifest(value: Value) -> Manifest {
        let source = Source { file: "f".into(), document: 1, line: 1, index: None };
        Manifest { source, item: Item::from_value(value).unwrap(), doubts: vec![] }
    }

    fn plugin(kind: Kind, name: &str) -> Plugin {
        Plugin { binary: "p".into(), package: None, plugins: vec![(kind, name.to_owned())] }
    }

    #[test]
    fn objects_are_in_creation_order() {
        let object = |kind: &str, namespace: &str| {
            manifest(
                json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x", "namespace": namespace},
                "status": {"phase": "Running"}}),
            )
        };
        let backup =
            manifest(json!({"apiVersion": "velero.io/v1", "kind": "Backup", "metadata": {"name": "b"}}));
        let all = vec![
            object("Pod", "shop"),
            backup,
            object("Namespace", ""),
            object("CustomResourceDefinition", ""),
        ];
        let manifests = Manifests::sorted(all);
        let kinds: Vec<_> = manifests.objects.iter().map(Object::kind).collect();
        assert_eq!(kinds, ["CustomResourceDefinition", "Namespace", "Pod"]);
        assert!(manifests.objects.iter().all(|object| object.value.get("status").is_none()));
        assert_eq!(manifests.notes, ["f, document 1, line 1: Backup skipped; pass it with --check --backup"]);
        assert_eq!(namespaces(&manifests.objects).into_iter().collect::<Vec<_>>(), ["shop", "x"]);
    }

    #[test]
    fn location_paths_are_inside_the_run_folder() {
        let location = manifest(json!({"apiVersion": "velero.io/v1", "kind": "BackupStorageLocation",
            "metadata": {"name": "default"},
            "spec": {"provider": "a.io/files", "config": {"root": "/backups", "retries": 3}}}));
        let manifests = Manifests::sorted(vec![location]);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("backups");
        let storage = manifests.storage(&plugin(Kind::ObjectStore, "a.io/files"), folder.path()).unwrap();
        let Storage::Other(location) = storage else { panic!("not the plugin's") };
        assert_eq!(location.provider, "a.io/files");
        assert_eq!(location.config["root"], root.to_string_lossy());
        assert_eq!(location.config["retries"], "3");
        assert!(root.is_dir());
        let other = manifests.storage(&plugin(Kind::BackupItemAction, "a.io/b"), folder.path()).unwrap();
        assert!(matches!(other, Storage::Files(FILE_STORE)));
    }
}
