//! Calls the plugin of a storage or snapshot location, with the configuration that Velero passes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use plugwright::Kind;
use plugwright::client::PluginIdentifier;
use serde_json::Value;

use super::calls::{Calls, Report};
use super::plan::check_names;
use super::{Output, snapshotter, store};
use crate::failure::Failure;
use crate::manifest;
use crate::session::Host;

#[derive(clap::Args)]
pub(super) struct Options {
    /// The BackupStorageLocation or VolumeSnapshotLocation of the plugin to call
    #[arg(long, value_name = "FILE", conflicts_with_all = ["items", "backup", "restore", "plugins"], help_heading = "Stores and snapshotters")]
    pub(super) location: Option<PathBuf>,
    /// Set a key in the location's `config`; may be repeated
    #[arg(long = "config", value_name = "KEY=VALUE", requires = "location", value_parser = pair, help_heading = "Stores and snapshotters")]
    config: Vec<(String, String)>,
    /// The file to store, read and delete
    #[arg(long, value_name = "FILE", requires = "location", help_heading = "Stores and snapshotters")]
    put: Option<PathBuf>,
    /// List the objects below a prefix of the bucket [default: all]
    #[arg(long, value_name = "PREFIX", requires = "location", num_args = 0..=1, default_missing_value = "", help_heading = "Stores and snapshotters")]
    list: Option<String>,
    /// The PersistentVolume to snapshot
    #[arg(long, value_name = "FILE", requires = "location", help_heading = "Stores and snapshotters")]
    snapshot: Option<PathBuf>,
    /// Also create a volume from the snapshot; it is not deleted
    #[arg(long, requires = "snapshot", help_heading = "Stores and snapshotters")]
    create_volume: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.into(), value.into())).ok_or_else(|| "expected KEY=VALUE".into())
}

/// A location as Velero reads it.
struct Location {
    kind: Kind,
    provider: String,
    bucket: String,
    prefix: String,
    config: BTreeMap<String, String>,
}

impl Location {
    fn read(file: &Path, more: &[(String, String)]) -> Result<Self, Failure> {
        let manifest = manifest::read_location(file)?;
        let wrong = |problem: &str| Failure::new(format!("{}: {problem}", file.display()));
        let kind = match manifest["kind"].as_str() {
            Some("BackupStorageLocation") => Kind::ObjectStore,
            Some("VolumeSnapshotLocation") => Kind::VolumeSnapshotter,
            _ => return Err(wrong("expected a BackupStorageLocation or a VolumeSnapshotLocation")),
        };
        let spec = &manifest["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut config = BTreeMap::new();
        for (key, value) in spec["config"].as_object().into_iter().flatten() {
            manifest::check_string(&format!("spec.config.{key}"), value)
                .map_err(|problem| wrong(&problem))?;
            config.insert(key.clone(), text(value));
        }
        config.extend(more.iter().cloned());
        let storage = &spec["objectStorage"];
        let mut location = Self {
            kind,
            provider: text(&spec["provider"]),
            bucket: text(&storage["bucket"]).trim_matches('/').to_owned(),
            prefix: text(&storage["prefix"]).trim_matches('/').to_owned(),
            config,
        };
        if location.provider.is_empty() {
            return Err(wrong("`spec.provider` is missing; expected the name of the plugin"));
        }
        if kind == Kind::ObjectStore {
            if location.bucket.is_empty() {
                return Err(wrong("`spec.objectStorage.bucket` is missing"));
            }
            // `pkg/persistence/object_store.go`, `NewObjectBackupStore`
            location.config.insert("bucket".into(), location.bucket.clone());
            location.config.insert("prefix".into(), location.prefix.clone());
        }
        Ok(location)
    }

    /// Velero adds its own domain to a provider without one (`pkg/plugin/clientmgmt/manager.go`, `sanitizeName`).
    fn plugin_name(&self) -> String {
        if self.provider.contains('/') {
            self.provider.clone()
        } else {
            format!("velero.io/{}", self.provider)
        }
    }
}

pub(super) async fn run(args: &super::Args, file: &Path) -> Result<ExitCode, Failure> {
    let options = &args.location;
    let location = Location::read(file, &options.config)?;
    let is_store = location.kind == Kind::ObjectStore;
    let foreign =
        if is_store { options.snapshot.as_ref().map(|_| "--snapshot") } else { for_stores(options) };
    if let Some(option) = foreign {
        return Err(Failure::new(format!("{option} does not apply to the location of a {}", location.kind)));
    }
    let volume = match (&options.snapshot, is_store) {
        (Some(file), _) => Some(manifest::read_as(file, "PersistentVolume", |json| {
            plugwright::Item::from_json(json.to_vec())
        })?),
        (None, false) => return Err(Failure::new("a VolumeSnapshotLocation requires --snapshot")),
        (None, true) => None,
    };
    let body = match &options.put {
        Some(path) => Some((key_of(path), std::fs::read(path).map_err(|error| cannot_read(path, &error))?)),
        None => None,
    };

    let session = super::session(args, Host::Velero).await?;
    let plugins = session.plugins().await?;
    let name = location.plugin_name();
    let of_kind: Vec<PluginIdentifier> =
        plugins.into_iter().filter(|plugin| plugin.kind == location.kind).collect();
    if of_kind.is_empty() {
        return Err(Failure::new(format!("the binary has no {}", location.kind)));
    }
    check_names(std::slice::from_ref(&name), &of_kind)?;

    let start_logs = session.take_logs();
    let mut calls = Calls::new(&session, format!("{} {name}", location.kind), args.timeout);
    if let Some(volume) = &volume {
        let snapshotter = session.client().volume_snapshotter(&name);
        snapshotter::run(&mut calls, &snapshotter, &location.config, volume, options.create_volume).await;
    } else {
        let request = store::Request {
            bucket: &location.bucket,
            prefix: &location.prefix,
            body: body.as_ref().map(|(key, body)| (key.as_str(), body.as_slice())),
            list: options.list.as_deref().or(if body.is_none() { Some("") } else { None }),
        };
        store::run(&mut calls, &session.client().object_store(&name), &location.config, &request).await;
    }
    let steps = calls.into_steps();
    let end_logs = session.end().await;
    let report = Report {
        kind: location.kind,
        name,
        file: file.display().to_string(),
        start_logs,
        steps,
        end_logs,
        hidden_lines: session.hidden_lines(),
    };
    let mut out = anstream::stdout();
    match args.output {
        Output::Text => report.text(&mut out)?,
        Output::Json => writeln!(out, "{:#}", report.json())?,
    }
    Ok(ExitCode::from(u8::from(report.errors() > 0)))
}

fn for_stores(options: &Options) -> Option<&'static str> {
    let put = options.put.as_ref().map(|_| "--put");
    put.or(options.list.as_ref().map(|_| "--list"))
}

fn key_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("plugwright-try/{name}")
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(yaml: &str, more: &[(&str, &str)]) -> Result<Location, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("location.yaml");
        std::fs::write(&file, yaml).unwrap();
        let more: Vec<_> = more.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Location::read(&file, &more).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_store_gets_the_configuration_that_velero_passes() {
        let yaml = "kind: BackupStorageLocation\nspec:\n  provider: example.io/files\n  objectStorage: {bucket: b/, prefix: /p}\n  config: {root: /x}\n";
        let location = location(yaml, &[("root", "/y")]).unwrap();
        let config: Vec<_> = location.config.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(config, [("bucket", "b"), ("prefix", "p"), ("root", "/y")]);
        assert_eq!(location.plugin_name(), "example.io/files");
    }

    #[test]
    fn a_location_must_name_its_plugin() {
        for (yaml, said) in [
            ("kind: Pod\n", "expected a BackupStorageLocation or a VolumeSnapshotLocation"),
            ("kind: VolumeSnapshotLocation\nspec: {}\n", "`spec.provider` is missing"),
            ("kind: BackupStorageLocation\nspec: {provider: a}\n", "`spec.objectStorage.bucket` is missing"),
            (
                "kind: VolumeSnapshotLocation\nspec: {provider: a, config: {a: 1}}\n",
                "`spec.config.a`: expected a string",
            ),
        ] {
            let error = location(yaml, &[]).map(|_| ()).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let own = location("kind: VolumeSnapshotLocation\nspec: {provider: aws}\n", &[]).unwrap();
        assert_eq!(own.plugin_name(), "velero.io/aws");
    }
}
