//! Formats the received Backup or Restore as text, with `name=value` for each compared field.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::{Duration, SystemTime};

use plugwright::prelude::*;
use plugwright::types::{LabelSelector, ObjectMeta, go_duration};

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn add(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("{name}={value}"));
    }

    fn metadata(&mut self, meta: &ObjectMeta) {
        self.add("name", &meta.name);
        self.add("namespace", &meta.namespace);
        self.add("uid", &meta.uid);
        self.add("labels", pairs(&meta.labels));
        self.add("annotations", pairs(&meta.annotations));
        self.add("creationTimestamp", moment(meta.creation_timestamp));
    }
}

fn pairs(values: &BTreeMap<String, String>) -> String {
    values.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join(",")
}

fn optional<T: Display>(value: Option<T>) -> String {
    value.map_or("unset".into(), |value| value.to_string())
}

/// Formats a time in seconds, as Kubernetes does.
fn moment(value: Option<Time>) -> String {
    let whole = |time: Time| {
        let since = SystemTime::from(time).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Time::from(SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()))
    };
    optional(value.map(whole))
}

/// Formats the match labels and the number of expressions of selectors.
fn selectors<'a>(values: impl IntoIterator<Item = &'a LabelSelector>) -> String {
    let text = |value: &LabelSelector| {
        format!("{{{}}}+{}", pairs(&value.match_labels), value.match_expressions.len())
    };
    values.into_iter().map(text).collect::<Vec<_>>().join(",")
}

pub(crate) fn backup(backup: &Backup) -> String {
    let mut lines = Lines::default();
    let (spec, status) = (&backup.spec, &backup.status);
    lines.metadata(&backup.metadata);
    lines.add("includedNamespaces", spec.included_namespaces.join(","));
    lines.add("excludedNamespaces", spec.excluded_namespaces.join(","));
    lines.add("includedResources", spec.included_resources.join(","));
    lines.add("excludedResources", spec.excluded_resources.join(","));
    lines.add("includedClusterScopedResources", spec.included_cluster_scoped_resources.join(","));
    lines.add("labelSelector", selectors(&spec.label_selector));
    lines.add("orLabelSelectors", selectors(&spec.or_label_selectors));
    lines.add("snapshotVolumes", optional(spec.snapshot_volumes));
    lines.add("ttl", go_duration::format(spec.ttl));
    lines.add("includeClusterResources", optional(spec.include_cluster_resources));
    lines.add("storageLocation", &spec.storage_location);
    lines.add("volumeSnapshotLocations", spec.volume_snapshot_locations.join(","));
    lines.add("defaultVolumesToFsBackup", optional(spec.default_volumes_to_fs_backup));
    lines.add("orderedResources", pairs(&spec.ordered_resources));
    lines.add("csiSnapshotTimeout", go_duration::format(spec.csi_snapshot_timeout));
    lines.add("itemOperationTimeout", go_duration::format(spec.item_operation_timeout));
    lines.add("snapshotMoveData", optional(spec.snapshot_move_data));
    for hook in &spec.hooks.resources {
        lines.add("hook", &hook.name);
        for exec in hook.pre_hooks.iter().filter_map(|pre| pre.exec.as_ref()) {
            let on_error = exec.on_error.as_ref().map_or("", |mode| mode.as_str());
            let timeout = go_duration::format(exec.timeout);
            lines.add("pre", [&*exec.container, &exec.command.join(","), on_error, &timeout].join(" "));
        }
    }
    lines.add("version", status.version);
    lines.add("formatVersion", &status.format_version);
    lines.add("expiration", moment(status.expiration));
    lines.add("phase", &status.phase);
    lines.add("validationErrors", status.validation_errors.join(","));
    lines.add("startTimestamp", moment(status.start_timestamp));
    lines.add("completionTimestamp", moment(status.completion_timestamp));
    lines.add("warnings", status.warnings);
    lines.add("errors", status.errors);
    lines.add("failureReason", &status.failure_reason);
    if let Some(progress) = &status.progress {
        lines.add("progress", format!("{}/{}", progress.items_backed_up, progress.total_items));
    }
    lines.0.join("\n")
}

pub(crate) fn restore(restore: &Restore) -> String {
    let mut lines = Lines::default();
    let (spec, status) = (&restore.spec, &restore.status);
    lines.metadata(&restore.metadata);
    lines.add("backupName", &spec.backup_name);
    lines.add("scheduleName", &spec.schedule_name);
    lines.add("includedNamespaces", spec.included_namespaces.join(","));
    lines.add("excludedResources", spec.excluded_resources.join(","));
    lines.add("namespaceMapping", pairs(&spec.namespace_mapping));
    lines.add("labelSelector", selectors(&spec.label_selector));
    lines.add("restorePVs", optional(spec.restore_pvs));
    lines.add("preserveNodePorts", optional(spec.preserve_node_ports));
    lines.add(
        "existingResourcePolicy",
        spec.existing_resource_policy.as_ref().map_or("", |policy| policy.as_str()),
    );
    lines.add("itemOperationTimeout", go_duration::format(spec.item_operation_timeout));
    lines.add("phase", &status.phase);
    lines.add("startTimestamp", moment(status.start_timestamp));
    lines.add("warnings", status.warnings);
    if let Some(progress) = &status.progress {
        lines.add("progress", format!("{}/{}", progress.items_restored, progress.total_items));
    }
    lines.0.join("\n")
}
