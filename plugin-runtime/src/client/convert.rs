//! Conversions between wire types and plugin types.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::proto::generated;
use super::status::CallError;
use crate::{Backup, Item, OperationProgress, ResourceIdentifier, ResourceSelector, Restore, Time};

/// The item of a response. Velero also accepts only an object with a kind (apimachinery's `unstructured`).
pub(super) fn item(json: Bytes) -> Result<Item, CallError> {
    if json.is_empty() {
        return Err(CallError::bad_answer("missing item"));
    }
    Item::from_json(json).map_err(|error| CallError::bad_answer(format_args!("item: {error}")))
}

/// A missing selector means everything; Velero 1.0 and 1.1 crash on it.
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
    json(backup, backup.as_value())
}

pub(super) fn restore(restore: &Restore) -> Bytes {
    json(restore, restore.as_value())
}

/// Returns `original` with its unknown fields, unless a field was set after it was read.
fn json<T: Serialize + DeserializeOwned + PartialEq>(object: &T, original: &Value) -> Bytes {
    let unchanged = T::deserialize(original).is_ok_and(|read| read == *object);
    match serde_json::to_vec(object) {
        Ok(json) if !unchanged => json.into(),
        _ => original.to_string().into(),
    }
}

/// An empty id means no operation.
pub(super) fn operation_id(id: String) -> Option<String> {
    (!id.is_empty()).then_some(id)
}

pub(super) fn progress(
    progress: Option<generated::OperationProgress>,
) -> Result<OperationProgress, CallError> {
    let Some(progress) = progress else {
        return Err(CallError::bad_answer("missing progress, which crashes a Velero server"));
    };
    Ok(OperationProgress {
        completed: progress.completed,
        error: progress.err,
        done: progress.n_completed,
        total: progress.n_total,
        units: progress.operation_units,
        description: progress.description,
        started: time("started", progress.started)?,
        updated: time("updated", progress.updated)?,
    })
}

/// A Go plugin sends the zero time, the first second of year 1, for an unknown time.
fn time(name: &str, time: Option<prost_types::Timestamp>) -> Result<Option<Time>, CallError> {
    const GO_ZERO: prost_types::Timestamp = prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 };
    let Some(time) = time.filter(|time| *time != GO_ZERO) else { return Ok(None) };
    match SystemTime::try_from(time) {
        Ok(time) => Ok(Some(time.into())),
        Err(error) => Err(CallError::bad_answer(format_args!("`{name}`: {error}"))),
    }
}

/// Velero reads 0 as its own default (`pkg/restore/restore.go`, `itemsAvailable`).
pub(super) fn ready_timeout(timeout: Option<prost_types::Duration>) -> Option<Duration> {
    match Duration::try_from(timeout?) {
        Ok(Duration::ZERO) => None,
        Ok(timeout) => Some(timeout),
        // A negative timeout expires at once.
        Err(_) => Some(Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sent_backup_has_unknown_and_changed_fields() -> crate::Result<()> {
        let mut from_file = Backup::from_json(br#"{"metadata": {"name": "a"}, "new": 1}"#)?;
        let sent = |of: &Backup| serde_json::from_slice::<Value>(&backup(of)).unwrap_or_default();
        assert_eq!(sent(&from_file)["new"], 1);
        from_file.metadata.name = "b".into();
        assert_eq!(sent(&from_file)["metadata"]["name"], "b");
        let mut made = Backup::default();
        assert!(sent(&made).is_object());
        made.metadata.name = "c".into();
        assert_eq!(sent(&made)["metadata"]["name"], "c");
        Ok(())
    }

    #[test]
    fn responses_that_crash_a_host_are_errors() {
        assert!(progress(None).is_err());
        assert!(item(Bytes::new()).is_err());
        assert!(
            item("{}".into()).unwrap_err().message().starts_with("invalid response from the plugin: item: ")
        );
    }

    #[test]
    fn unknown_times_are_none() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let wire = generated::OperationProgress {
            started: at(-62_135_596_800),
            updated: at(0),
            ..Default::default()
        };
        let progress = progress(Some(wire)).unwrap();
        assert_eq!((progress.started, progress.updated.is_some()), (None, true));
    }

    #[test]
    fn zero_is_the_servers_default_timeout() {
        let limit = |seconds| ready_timeout(Some(prost_types::Duration { seconds, nanos: 0 }));
        assert_eq!((ready_timeout(None), limit(0)), (None, None));
        assert_eq!((limit(3), limit(-3)), (Some(Duration::from_secs(3)), Some(Duration::ZERO)));
    }
}
