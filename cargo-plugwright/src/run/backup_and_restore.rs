//! Runs one backup and one restore; collects the result, the calls to the plugins, and the restored objects.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use plugwright::{Backup, Restore};
use plugwright_local_velero::operation::{self, Ended};
use plugwright_local_velero::recorder::Call;
use plugwright_local_velero::{Velero, until};
use plugwright_model::resource::{BUILT_IN, group_resource};
use serde_json::{Value, json};

use super::manifests::{Object, namespaces};
use super::servers::Servers;
use super::{Args, failure, log};
use crate::failure::Failure;
use crate::manifest;
use crate::progress::Progress;

/// The name of the Backup, the Restore and the deletion request.
pub(super) const NAME: &str = "check";

/// Exceeds Velero's own limits, such as four hours for an operation of a plugin.
const LIMIT: Duration = Duration::from_secs(5 * 3600);

/// The operations to run.
pub(super) struct Plan {
    /// `None` for a backup of all namespaces of the objects.
    backup: Option<Order>,
    restore: Order,
    mapping: BTreeMap<String, String>,
    /// Whether to delete the backup at the end, for delete item actions.
    pub(super) deletes: bool,
}

/// A Backup or Restore to create.
struct Order {
    metadata: Value,
    spec: Value,
}

/// The result.
pub(super) struct Outcome {
    pub(super) objects: Vec<Restored>,
    pub(super) stages: Vec<Stage>,
    /// The plugin's log records.
    pub(super) log: Vec<Value>,
}

/// An object before the backup and after the restore.
pub(super) struct Restored {
    pub(super) object: Object,
    pub(super) before: Value,
    /// `None` if the object was not restored.
    pub(super) after: Option<Value>,
}

/// The backup, the restore, or the deletion.
pub(super) struct Stage {
    pub(super) name: &'static str,
    /// `None` for the deletion: its phases are not reported.
    pub(super) ended: Option<Ended>,
    /// Velero's log records at level warning or error.
    pub(super) problems: Vec<Value>,
    pub(super) calls: Vec<Call>,
}

impl Plan {
    pub(super) fn new(args: &Args, deletes: bool) -> Result<Self, Failure> {
        let mut restore = match &args.restore {
            Some(file) => {
                Order::read(file, "Restore", |json| Ok(Restore::from_json(json)?.as_value().clone()))?
            }
            None => Order::of(json!({})),
        };
        let backup = match &args.backup {
            Some(file) => {
                Some(Order::read(file, "Backup", |json| Ok(Backup::from_json(json)?.as_value().clone()))?)
            }
            None => None,
        };
        restore.spec["backupName"] = json!(NAME);
        let given = args.namespace_mapping.iter().map(|mapping| (mapping.from.clone(), json!(mapping.to)));
        let mut mapping = restore.spec["namespaceMapping"].as_object().cloned().unwrap_or_default();
        mapping.extend(given);
        restore.spec["namespaceMapping"] = Value::Object(mapping.clone());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mapping = mapping.iter().map(|(from, to)| (from.clone(), text(to))).collect();
        Ok(Self { backup, restore, mapping, deletes })
    }

    /// The namespace that an object is restored into.
    pub(super) fn target<'a>(&'a self, namespace: &'a str) -> &'a str {
        self.mapping.get(namespace).map_or(namespace, String::as_str)
    }

    /// A Backup of all namespaces of the objects, and of the cluster-scoped kinds among them.
    async fn backup_of(&self, servers: &Servers, objects: &[Object]) -> Result<Order, Failure> {
        let mut spec = json!({"includedNamespaces": namespaces(objects)});
        let mut resources = Vec::new();
        for object in
            objects.iter().filter(|object| object.namespace().is_empty() && object.kind() != "Namespace")
        {
            let found =
                servers.objects.discover(object.api_version(), object.kind()).await.map_err(failure)?;
            resources.extend(found.map(|resource| resource.name));
        }
        if !resources.is_empty() {
            if servers.programs.version().is_at_least(1, 12) {
                spec["includedClusterScopedResources"] = json!(resources);
            } else {
                spec["includeClusterResources"] = json!(true);
                spec["excludedResources"] = json!(cluster_scoped_but(&resources));
            }
        }
        Ok(Order::of(spec))
    }
}

/// All cluster-scoped kinds of the API server except `resources`: Velero before 1.12 supports only a list of exclusions.
fn cluster_scoped_but(resources: &[String]) -> Vec<String> {
    let newer = ["ipaddresses", "servicecidrs"].map(|plural| format!("{plural}.networking.k8s.io"));
    let known = BUILT_IN.iter().filter(|known| !known.namespaced);
    let known = known.map(|known| group_resource(known.plural, known.group));
    known.chain(newer).filter(|resource| !resources.contains(resource)).collect()
}

impl Order {
    fn of(spec: Value) -> Self {
        Self { metadata: json!({"name": NAME}), spec }
    }

    /// Reads the only object of a file and keeps its labels and annotations, but not its name.
    fn read(
        file: &Path,
        kind: &str,
        json: impl FnOnce(&[u8]) -> plugwright::Result<Value>,
    ) -> Result<Self, Failure> {
        let object = manifest::read_as(file, kind, json)?;
        let mut order = Self::of(object.get("spec").cloned().unwrap_or_else(|| json!({})));
        for field in ["labels", "annotations"] {
            order.metadata[field] = object["metadata"][field].clone();
        }
        Ok(order)
    }
}

/// Backs up, deletes and restores the objects, which must exist.
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
    match &plan.backup {
        Some(order) => done.operate("Backup", order).await?,
        None => done.operate("Backup", &plan.backup_of(servers, objects).await?).await?,
    }
    for object in objects.iter().rev() {
        servers.objects.delete(&object.value).await.map_err(failure)?;
    }
    let mut restored = Vec::new();
    let is_backed_up = done.stages.iter().filter_map(|stage| stage.ended.as_ref()).all(is_usable);
    if is_backed_up {
        done.operate("Restore", &plan.restore).await?;
    }
    for (object, before) in objects.iter().zip(before) {
        let after = done.live(object, plan.target(object.namespace())).await?;
        restored.push(Restored { object: object.clone(), before, after });
    }
    if plan.deletes && is_backed_up {
        done.delete().await?;
    }
    let records = velero.records(plugin).map_err(failure)?;
    // A store logs one record per object.
    let is_of_store =
        |record: &Value| matches!(record["pluginKind"].as_str(), Some("ObjectStore" | "VolumeSnapshotter"));
    let is_shown = |record: &Value| log::is_of(record, plugin) && !is_of_store(record);
    let log = records.into_iter().filter(is_shown).collect();
    Ok(Outcome { objects: restored, stages: done.stages, log })
}

/// Whether Velero can restore from the backup.
fn is_usable(ended: &Ended) -> bool {
    ended.phases.last().is_some_and(|phase| phase == "Completed" || phase == "PartiallyFailed")
}

struct Doing<'a> {
    servers: &'a Servers,
    velero: &'a Velero<'a>,
    progress: &'a Progress,
    stages: Vec<Stage>,
    /// The number of calls in all stages so far.
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

    async fn operate(&mut self, kind: &'static str, order: &Order) -> Result<(), Failure> {
        let objects = &self.servers.objects;
        let Order { metadata, spec } = order;
        let created =
            operation::create(objects, &self.velero.namespace, kind, metadata.clone(), spec.clone()).await;
        let created = created.map_err(failure)?;
        let on_phase = |phase: &str| {
            // The phase is empty until the server has seen the object.
            if !phase.is_empty() {
                self.progress.done(kind, phase);
            }
        };
        let ended = operation::ended(objects, kind, &created, LIMIT, on_phase).await.map_err(failure)?;
        self.stage(kind, Some(ended))
    }

    /// Deletes the backup and its restores.
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
        let field = match name {
            "Restore" => "restore",
            "Backup" => "backup",
            _ => "deletebackuprequest",
        };
        // Velero logs more warnings than it counts.
        let has_warnings = ended.as_ref().is_none_or(|ended| ended.count("warnings") > 0);
        let is_problem = |record: &Value| {
            let level = record["level"].as_str().unwrap_or_default();
            record[field] == id.as_str() && (level == "error" || level == "warning" && has_warnings)
        };
        let mut problems = self.velero.records(&id).map_err(failure)?;
        problems.retain(is_problem);
        self.stages.push(Stage { name, ended, problems, calls });
        Ok(())
    }
}

/// The object without times, IDs, and fields that Velero or the API server sets on every object.
pub(super) fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(status) = object.get_mut("status") {
        remove_times(status);
    }
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

/// Removes fields such as `lastTransitionTime`.
fn remove_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("Time"));
            fields.values_mut().for_each(remove_times);
        }
        Value::Array(list) => list.iter_mut().for_each(remove_times),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_every_restore_changes_are_removed() {
        let object = json!({"kind": "Pod", "metadata": {"name": "a", "uid": "1", "labels": {"velero.io/backup-name": "b"}},
            "status": {"phase": "Pending", "conditions": [{"type": "Ready", "lastTransitionTime": "now"}]}});
        let expected = json!({"kind": "Pod", "metadata": {"name": "a"},
            "status": {"phase": "Pending", "conditions": [{"type": "Ready"}]}});
        assert_eq!(plain(&object), expected);
    }
}
