//! Runs backups and restores.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt};
use kube::api::{DynamicObject, WatchEvent, WatchParams};
use serde_json::{Value, json};

use crate::objects::Objects;

/// A completed or failed backup or restore.
pub struct Ended {
    /// All phases, in order.
    pub phases: Vec<String>,
    /// The final state.
    pub object: DynamicObject,
}

impl Ended {
    /// Fails unless the last phase is `phase`.
    pub fn is(&self, phase: &str) -> Result<()> {
        ensure!(
            self.phases.last().is_some_and(|last| last == phase),
            "expected {} to end as {phase}, found {:?} {}",
            self.object.metadata.name.as_deref().unwrap_or_default(),
            self.phases,
            self.validation_errors().join("; ")
        );
        Ok(())
    }

    /// A number in the status. Velero omits zeros.
    pub fn count(&self, field: &str) -> u64 {
        self.object.data.pointer(&format!("/status/{field}")).and_then(Value::as_u64).unwrap_or(0)
    }

    /// Velero's reasons for rejecting it; empty if it was accepted.
    pub fn validation_errors(&self) -> Vec<&str> {
        let errors = self.object.data.pointer("/status/validationErrors").and_then(Value::as_array);
        errors.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// Creates an object of one of Velero's kinds.
pub async fn create(
    objects: &Objects,
    namespace: &str,
    kind: &str,
    mut metadata: Value,
    spec: Value,
) -> Result<DynamicObject> {
    metadata["namespace"] = json!(namespace);
    let object = json!({"apiVersion": "velero.io/v1", "kind": kind, "metadata": metadata, "spec": spec});
    objects.create(&object).await
}

/// Waits for the last phase of a Backup or Restore, beginning with the state in `object`. Calls `on_phase` with each phase.
pub async fn ended(
    objects: &Objects,
    kind: &str,
    object: &DynamicObject,
    limit: Duration,
    on_phase: impl Fn(&str),
) -> Result<Ended> {
    let name = object.metadata.name.clone().unwrap_or_default();
    let phases = RefCell::default();
    let ended = tokio::time::timeout(limit, follow(objects, kind, &name, object, &phases, on_phase)).await;
    let ended = ended.with_context(|| {
        format!(
            "{kind} {name} did not complete within {} s; phases so far: {}",
            limit.as_secs(),
            phases.borrow().join(", ")
        )
    })?;
    Ok(Ended { object: ended?, phases: phases.into_inner() })
}

/// Watches the object, because polling would miss short phases.
async fn follow(
    objects: &Objects,
    kind: &str,
    name: &str,
    object: &DynamicObject,
    phases: &RefCell<Vec<String>>,
    on_phase: impl Fn(&str),
) -> Result<DynamicObject> {
    let api = objects.velero(object.metadata.namespace.as_deref().unwrap_or_default(), kind);
    let mut from = object.metadata.resource_version.clone().unwrap_or_default();
    let only = WatchParams::default().fields(&format!("metadata.name={name}"));
    // The API server ends a watch after some minutes.
    loop {
        let mut events = api.watch(&only, &from).await?.boxed();
        while let Some(event) = events.try_next().await? {
            let WatchEvent::Modified(object) = event else { continue };
            from = object.metadata.resource_version.clone().unwrap_or_default();
            let phase =
                object.data.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default().to_owned();
            if phases.borrow().last() != Some(&phase) {
                on_phase(&phase);
                phases.borrow_mut().push(phase.clone());
            }
            if matches!(&*phase, "Completed" | "PartiallyFailed" | "Failed" | "FailedValidation") {
                return Ok(object);
            }
        }
    }
}
