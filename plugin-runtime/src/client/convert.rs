//! Between the wire and the types of an author.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::proto::generated;
use super::status::CallError;
use crate::{Backup, Item, OperationProgress, ResourceIdentifier, ResourceSelector, Restore, Time};

/// An answer's item. Velero, too, only takes an object with a kind (apimachinery's `unstructured`).
pub(super) fn item(json: Bytes) -> Result<Item, CallError> {
    if json.is_empty() {
        return Err(CallError::bad_answer("it has no item"));
    }
    Item::from_json(json).map_err(|error| CallError::bad_answer(format_args!("its item: {error}")))
}

/// An absent one means everything; Velero 1.0 and 1.1 end on it.
pub(super) fn selector(selector: Option<generated::ResourceSelector>) -> ResourceSelector {
    let selector = selector.unwrap_or_default();
    ResourceSelector {
        included_namespaces: selector.included_namespaces,
        excluded_namespaces: selector.excluded_namespaces,
        included_resources: selector.included_resources,
        excluded_resources: selector.excluded_resources,
        label_selector: selector.selector,
    }
}

pub(super) fn identifiers(items: Vec<generated::ResourceIdentifier>) -> Vec<ResourceIdentifier> {
    let convert = |item: generated::ResourceIdentifier| ResourceIdentifier {
        group: item.group,
        resource: item.resource,
        namespace: item.namespace,
        name: item.name,
    };
    items.into_iter().map(convert).collect()
}

pub(super) fn identifiers_to_wire(items: &[ResourceIdentifier]) -> Vec<generated::ResourceIdentifier> {
    let convert = |item: &ResourceIdentifier| generated::ResourceIdentifier {
        group: item.group.clone(),
        resource: item.resource.clone(),
        namespace: item.namespace.clone(),
        name: item.name.clone(),
    };
    items.iter().map(convert).collect()
}

pub(super) fn backup(backup: &Backup) -> Bytes {
    backup.json().to_string().into()
}

pub(super) fn restore(restore: &Restore) -> Bytes {
    restore.json().to_string().into()
}

/// What an empty id means: nothing goes on.
pub(super) fn operation_id(id: String) -> Option<String> {
    (!id.is_empty()).then_some(id)
}

pub(super) fn progress(progress: Option<generated::OperationProgress>) -> Result<OperationProgress, CallError> {
    let Some(progress) = progress else {
        return Err(CallError::bad_answer("it has no progress, on which a Velero server ends"));
    };
    Ok(OperationProgress {
        completed: progress.completed,
        err: progress.err,
        n_completed: progress.n_completed,
        n_total: progress.n_total,
        operation_units: progress.operation_units,
        description: progress.description,
        started: time("started", progress.started)?,
        updated: time("updated", progress.updated)?,
    })
}

fn time(name: &str, time: Option<prost_types::Timestamp>) -> Result<Option<Time>, CallError> {
    let Some(time) = time else { return Ok(None) };
    match SystemTime::try_from(time) {
        Ok(time) => Ok(Some(time.into())),
        Err(error) => Err(CallError::bad_answer(format_args!("`{name}` is no time: {error}"))),
    }
}

/// Velero takes 0 as "my own default" (`pkg/restore/restore.go`, `itemsAvailable`).
pub(super) fn ready_timeout(timeout: Option<prost_types::Duration>) -> Option<Duration> {
    match Duration::try_from(timeout?) {
        Ok(Duration::ZERO) => None,
        Ok(timeout) => Some(timeout),
        // Negative: over at once.
        Err(_) => Some(Duration::ZERO),
    }
}
