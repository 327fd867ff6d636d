//! Checks that nothing half is taken for whole, and that Velero reports what is missing.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use plugwright_local_velero::operation::Ended;
use serde_json::Value;

use super::moment::Operation;
use crate::scenarios::config_maps;
use crate::site::Site;

/// The number of ConfigMaps in each backup. Each takes the plugins 25 ms.
pub(super) const MAPS: usize = 12;

pub(super) fn names() -> Vec<String> {
    (0..MAPS).map(|number| format!("map-{number:02}")).collect()
}

/// The annotations of the plugins that an item passes through.
fn marks(operation: Operation) -> [&'static str; 3] {
    match operation {
        Operation::Backup => {
            ["velero.io/my-backup-plugin", "velero.io/my-backup-pluginv2", "e2e.plugwright.dev/backed-up"]
        }
        Operation::Restore => {
            ["velero.io/my-restore-plugin", "velero.io/my-restore-pluginv2", "e2e.plugwright.dev/restored"]
        }
    }
}

/// Checks the objects in the store, the items and the reported errors of a backup or restore. For a restore, `namespace` is the
/// new one.
pub(super) async fn check(
    site: &Site<'_>,
    operation: Operation,
    name: &str,
    namespace: &str,
    ended: &Ended,
) -> Result<()> {
    let stored = stored(site, operation, name)?;
    let items = match operation {
        Operation::Backup => backed_up(site, name, &stored)?,
        Operation::Restore => config_maps::live_objects(site, namespace).await?,
    };
    // An item without a plugin's answer is in no backup and in no namespace, whatever the phase.
    for (name, item) in &items {
        for mark in marks(operation) {
            let annotation = &item["metadata"]["annotations"][mark];
            ensure!(annotation == "1", "{name} is without the annotation {mark}");
        }
    }

    let phase = ended.phases.last().map(String::as_str).unwrap_or_default();
    if operation == Operation::Backup {
        is_described(phase, &stored)?;
    }
    let errors = errors(site, operation, name, ended)?;
    match phase {
        "Completed" => {
            let missing: Vec<_> = names().into_iter().filter(|name| !items.contains_key(name)).collect();
            ensure!(missing.is_empty(), "Completed without {missing:?}");
        }
        "PartiallyFailed" => {
            ensure!(!errors.is_empty() && ended.count("errors") > 0, "PartiallyFailed without an error");
            // If a plugin is gone when a restore asks for its selector, the restore ends before its first item.
            let of_all = |error: &String| error.contains("Velero restore error: ");
            if items.is_empty() && errors.iter().any(of_all) {
                return Ok(());
            }
            for name in names() {
                let is_named = errors.iter().any(|error| error.contains(&name));
                ensure!(items.contains_key(&name) || is_named, "{name} is missing, and no error names it");
            }
        }
        "Failed" => {
            let reason = ended.object.data["status"]["failureReason"].as_str().unwrap_or_default();
            ensure!(!reason.is_empty() || !errors.is_empty(), "Failed without a reason");
        }
        other => bail!("unexpected phase {other}"),
    }
    Ok(())
}

/// Reads all objects of a backup or restore to their ends: none is cut off.
fn stored(site: &Site<'_>, operation: Operation, name: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let store = &site.velero.store;
    let mut all = BTreeMap::new();
    for key in store.keys(operation.folder(), name)? {
        let Some(content) = store.object(operation.folder(), name, &key)? else { continue };
        let is_cut_off = || format!("{key} is not whole");
        match key.rsplit_once('.') {
            Some((_, "gz")) => {
                let mut text = Vec::new();
                GzDecoder::new(&*content).read_to_end(&mut text).with_context(is_cut_off)?;
            }
            _ => {
                serde_json::from_slice::<Value>(&content).with_context(is_cut_off)?;
            }
        }
        all.insert(key, content);
    }
    Ok(all)
}

/// The ConfigMaps in a backup, by name.
fn backed_up(
    site: &Site<'_>,
    name: &str,
    stored: &BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Value>> {
    if !stored.contains_key(&format!("{name}.tar.gz")) {
        return Ok(BTreeMap::new());
    }
    let items = site.velero.store.items(name)?.into_values();
    Ok(config_maps::by_name(items.filter(|item| item["kind"] == "ConfigMap")))
}

/// The Backup in the store is the one that another cluster would find: it has the same phase, and its items.
fn is_described(phase: &str, stored: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let Some(metadata) = stored.get("velero-backup.json") else {
        ensure!(phase == "Failed", "{phase}, but the store does not contain the Backup");
        return Ok(());
    };
    let metadata: Value = serde_json::from_slice(metadata)?;
    let described = metadata["status"]["phase"].as_str().unwrap_or_default();
    let is_whole = stored.keys().any(|key| key.ends_with(".tar.gz"));
    ensure!(described != "Completed" || is_whole, "the Backup in the store is Completed, but without items");
    ensure!(described != "Completed" || phase == "Completed", "{phase}, but Completed in the store");
    Ok(())
}

/// The error records in the log of a backup or restore, and in the server's since then.
fn errors(site: &Site<'_>, operation: Operation, name: &str, ended: &Ended) -> Result<Vec<String>> {
    let log = match operation {
        Operation::Backup => format!("{name}-logs.gz"),
        Operation::Restore => format!("restore-{name}-logs.gz"),
    };
    let own = match site.velero.store.object(operation.folder(), name, &log)? {
        Some(_) => site.velero.store.text(operation.folder(), name, &log)?,
        None => String::new(),
    };
    let own = own.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    // The upload of the log may fail. Some of these records do not contain the name.
    let created = serde_json::to_value(&ended.object.metadata)?["creationTimestamp"].clone();
    let created = created.as_str().context("expected a creationTimestamp")?.to_owned();
    let since = |record: &Value| record["time"].as_str().is_some_and(|time| time >= &*created);
    let all = own.chain(site.velero.records("error")?.into_iter().filter(since));
    Ok(all.filter(|record| record["level"] == "error").map(|record| record.to_string()).collect())
}
