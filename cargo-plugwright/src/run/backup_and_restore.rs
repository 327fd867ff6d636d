//! One backup and one restore: what Velero says of them, what each plugin did on the way, and what came back.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use plugwright::{Backup, Restore};
use plugwright_local_velero::operation::{self, Ended};
use plugwright_local_velero::recorder::Call;
use plugwright_local_velero::{Velero, until};
use serde_json::{Map, Value, json};

use super::manifests::{Object, namespaces};
use super::servers::Servers;
use super::{Args, failure, log};
use crate::failure::Failure;
use crate::manifest;
use crate::progress::Progress;

/// The name of the Backup, of the Restore, and of the request to delete.
pub(super) const NAME: &str = "check";

/// Longer than Velero's own limits: four hours for an operation of a plugin.
const LIMIT: Duration = Duration::from_secs(5 * 3600);

/// What is done.
pub(super) struct Plan {
    /// The spec of the Backup; none for one of all namespaces of the objects.
    backup: Option<Value>,
    restore: Map<String, Value>,
    mapping: BTreeMap<String, String>,
    /// Whether the backup is deleted in the end: for delete item actions.
    pub(super) deletes: bool,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) objects: Vec<Restored>,
    pub(super) stages: Vec<Stage>,
    /// The plugin's records.
    pub(super) log: Vec<Value>,
}

/// An object, before the backup and after the restore.
pub(super) struct Restored {
    pub(super) object: Object,
    pub(super) before: Value,
    /// None if it has not come back.
    pub(super) after: Option<Value>,
}

/// The backup, the restore, or the deletion.
pub(super) struct Stage {
    pub(super) name: &'static str,
    /// None for the deletion, which has no phases of interest.
    pub(super) ended: Option<Ended>,
    /// What Velero logs about it at level warning or error.
    pub(super) problems: Vec<Value>,
    pub(super) calls: Vec<Call>,
}

impl Plan {
    pub(super) fn new(args: &Args, deletes: bool) -> Result<Self, Failure> {
        let mut restore = match &args.restore {
            Some(file) => spec(file, "Restore", |json| Ok(Restore::from_json(json)?.json().clone()))?,
            None => json!({}),
        };
        let backup = match &args.backup {
            Some(file) => Some(spec(file, "Backup", |json| Ok(Backup::from_json(json)?.json().clone()))?),
            None => None,
        };
        restore["backupName"] = json!(NAME);
        let given = args.namespace_mapping.iter().map(|mapping| (mapping.from.clone(), json!(mapping.to)));
        let mut mapping = restore["namespaceMapping"].as_object().cloned().unwrap_or_default();
        mapping.extend(given);
        restore["namespaceMapping"] = Value::Object(mapping.clone());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mapping = mapping.iter().map(|(from, to)| (from.clone(), text(to))).collect();
        Ok(Self { backup, restore: restore.as_object().cloned().unwrap_or_default(), mapping, deletes })
    }

    /// The namespace that an object is restored into.
    pub(super) fn target<'a>(&'a self, namespace: &'a str) -> &'a str {
        self.mapping.get(namespace).map_or(namespace, String::as_str)
    }

    /// All namespaces of the objects, and of what has no namespace, the kinds that are among them.
    async fn backup_spec(&self, servers: &Servers, objects: &[Object]) -> Result<Value, Failure> {
        if let Some(spec) = &self.backup {
            return Ok(spec.clone());
        }
        let mut spec = json!({"includedNamespaces": namespaces(objects)});
        let mut resources = Vec::new();
        for object in objects.iter().filter(|object| object.namespace().is_empty() && object.kind() != "Namespace") {
            let found = servers.objects.discover(object.api_version(), object.kind()).await.map_err(failure)?;
            resources.extend(found.map(|resource| resource.name));
        }
        if !resources.is_empty() {
            // A Velero before 1.12 knows no finer way.
            if servers.programs.version().is_at_least(1, 12) {
                spec["includedClusterScopedResources"] = json!(resources);
            } else {
                spec["includeClusterResources"] = json!(true);
            }
        }
        Ok(spec)
    }
}

/// The spec of the one object in a file.
fn spec(
    file: &Path,
    kind: &str,
    json: impl FnOnce(&[u8]) -> plugwright::Result<Value>,
) -> Result<Value, Failure> {
    let object = manifest::read_as(file, kind, json)?;
    Ok(object.get("spec").cloned().unwrap_or_else(|| json!({})))
}

/// Backs up, deletes and restores the objects, which have to be there.
pub(super) async fn run(
    plan: &Plan,
    servers: &Servers,
    velero: &Velero<'_>,
    objects: &[Object],
    plugin: &str,
    progress: &Progress,
) -> Result<Outcome, Failure> {
    let mut done = Doing { servers, velero, progress, stages: Vec::new(), calls: 0 };
    let mut before = Vec::new();
    for object in objects {
        before.push(done.live(object, object.namespace()).await?.unwrap_or_default());
    }
    done.operate("Backup", plan.backup_spec(servers, objects).await?).await?;
    for object in objects.iter().rev() {
        servers.objects.delete(&object.value).await.map_err(failure)?;
    }
    let mut restored = Vec::new();
    let is_backed_up = done.stages.iter().filter_map(|stage| stage.ended.as_ref()).all(|ended| is_usable(ended));
    if is_backed_up {
        done.operate("Restore", Value::Object(plan.restore.clone())).await?;
    }
    for (object, before) in objects.iter().zip(before) {
        let after = done.live(object, plan.target(object.namespace())).await?;
        restored.push(Restored { object: object.clone(), before, after });
    }
    if plan.deletes && is_backed_up {
        done.delete().await?;
    }
    let records = velero.records(plugin).map_err(failure)?;
    let log = records.into_iter().filter(|record| log::is_of(record, plugin)).collect();
    Ok(Outcome { objects: restored, stages: done.stages, log })
}

/// Velero restores from no other backup.
fn is_usable(ended: &Ended) -> bool {
    ended.phases.last().is_some_and(|phase| phase == "Completed" || phase == "PartiallyFailed")
}

struct Doing<'a> {
    servers: &'a Servers,
    velero: &'a Velero<'a>,
    progress: &'a Progress,
    stages: Vec<Stage>,
    /// How many were recorded in the stages.
    calls: usize,
}

impl Doing<'_> {
    async fn live(&self, object: &Object, namespace: &str) -> Result<Option<Value>, Failure> {
        let mut wanted = object.value.clone();
        if !namespace.is_empty() {
            wanted["metadata"]["namespace"] = json!(namespace);
        }
        let live = self.servers.objects.live(&wanted).await.map_err(failure)?;
        Ok(live.and_then(|live| serde_json::to_value(live).ok()))
    }

    async fn operate(&mut self, kind: &'static str, spec: Value) -> Result<(), Failure> {
        let objects = &self.servers.objects;
        let created =
            operation::create(objects, &self.velero.namespace, kind, json!({"name": NAME}), spec).await;
        let created = created.map_err(failure)?;
        let on_phase = |phase: &str| self.progress.done(kind, phase);
        let ended = operation::ended(objects, kind, &created, LIMIT, on_phase).await.map_err(failure)?;
        self.stage(kind, Some(ended))
    }

    /// Deletes the backup, and its restores with it.
    async fn delete(&mut self) -> Result<(), Failure> {
        let (objects, namespace) = (&self.servers.objects, &self.velero.namespace);
        let spec = json!({"backupName": NAME});
        let request =
            operation::create(objects, namespace, "DeleteBackupRequest", json!({"name": NAME}), spec).await;
        request.map_err(failure)?;
        let backups = objects.velero(namespace, "Backup");
        let is_gone = async || Ok(backups.get_opt(NAME).await?.is_none().then_some(()));
        until("Velero deletes the backup", is_gone).await.map_err(failure)?;
        self.progress.done("Backup", "deleted");
        self.stage("Deletion", None)
    }

    fn stage(&mut self, name: &'static str, ended: Option<Ended>) -> Result<(), Failure> {
        let all = self.velero.calls().map_err(failure)?;
        let calls = all[self.calls.min(all.len())..].to_vec();
        self.calls = all.len();
        let id = format!("{}/{NAME}", self.velero.namespace);
        let field = if name == "Restore" { "restore" } else { "backup" };
        let is_problem = |record: &Value| {
            record[field] == id.as_str() && matches!(record["level"].as_str(), Some("warning" | "error"))
        };
        let mut problems = self.velero.records(&id).map_err(failure)?;
        problems.retain(is_problem);
        self.stages.push(Stage { name, ended, problems, calls });
        Ok(())
    }
}

/// What of an object says what it is: without times, ids, and what Velero or the API server adds to each.
pub(super) fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return object };
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        metadata.remove(field);
    }
    if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
        labels.remove("velero.io/backup-name");
        labels.remove("velero.io/restore-name");
        if labels.is_empty() {
            metadata.remove("labels");
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_restore_changes_is_left_out() {
        let object = json!({"kind": "Pod", "metadata": {"name": "a", "uid": "1", "labels": {"velero.io/backup-name": "b"}}});
        assert_eq!(plain(&object), json!({"kind": "Pod", "metadata": {"name": "a"}}));
    }
}
