//! The stages of a migration that copy volumes while the application still runs in the old cluster.

use plugwright::prelude::*;
use serde_json::{Value, json};

/// On a pod of a stage.
const IS_STAGED: &str = "migration-included-stage-backup";
/// On a Restore: the image that stage pods run.
const IMAGE: &str = "migration.openshift.io/stage-pod-image";
/// On a pod: the volumes that are not copied, with commas between.
const NOT_COPIED: &str = "migration.openshift.io/exclude-pvcs";

/// Makes of the pod of a stage one that sleeps, with no volumes but the claims to copy. Others stay as they are.
pub(crate) fn reduce(pod: &mut Item, restore: &Restore) -> Result<()> {
    let image = restore.metadata.annotations.get(IMAGE).filter(|image| !image.is_empty());
    let (Some(image), Some(_)) = (image, pod.label(IS_STAGED)) else { return Ok(()) };
    let not_copied: Vec<_> = pod.annotation(NOT_COPIED).unwrap_or_default().split(',').collect();
    let is_copied = |volume: &&Value| {
        volume["persistentVolumeClaim"].is_object() && !not_copied.iter().any(|name| volume["name"] == **name)
    };
    let volumes: Vec<Value> = pod.get_each("/spec/volumes/*").filter(is_copied).cloned().collect();
    pod.edit_each("/spec/containers/*", |container| {
        container["image"] = image.as_str().into();
        container["command"] = json!(["sleep"]);
        container["args"] = json!(["infinity"]);
        if let Some(Value::Array(mounts)) = container.get_mut("volumeMounts") {
            mounts.retain(|mount| volumes.iter().any(|volume| volume["name"] == mount["name"]));
        }
    });
    pod.set("/spec/volumes", volumes)
}

#[cfg(test)]
mod tests;
