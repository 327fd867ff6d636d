//! Prepares pods for the stages of a migration, which copy volumes while the application still runs in the old cluster.

use plugwright::prelude::*;
use serde_json::{Value, json};

/// The label on a pod of a stage.
const IS_STAGED: &str = "migration-included-stage-backup";
/// The annotation on a Restore with the image of stage pods.
const IMAGE: &str = "migration.openshift.io/stage-pod-image";
/// The annotation on a pod with a comma-separated list of volumes to exclude.
const NOT_COPIED: &str = "migration.openshift.io/exclude-pvcs";

/// Changes a stage pod to a sleeping container with only the claims to copy. Other pods are unchanged.
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
