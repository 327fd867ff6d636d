//! Conversions between Velero's messages and plugin types.

use super::proto::generated;
use crate::types::annotations;
use crate::types::{Item, OperationProgress, ResourceIdentifier, ResourceSelector, Time};

/// Always sent, even if it selects everything: Velero 1.0 and 1.1 crash on a response without one.
#[allow(clippy::unnecessary_wraps)] // the message's field is an `Option`
pub(super) fn selector(selector: ResourceSelector) -> Option<generated::ResourceSelector> {
    Some(generated::ResourceSelector {
        included_namespaces: selector.included_namespaces,
        excluded_namespaces: selector.excluded_namespaces,
        included_resources: selector.included_resources,
        excluded_resources: selector.excluded_resources,
        selector: selector.label_selector,
    })
}

/// Sets the annotations for results that V1 and V2 responses have no field for.
pub(super) fn annotate_backup(item: &mut Item, skip: bool, must_include: bool) {
    if skip {
        item.set_annotation(annotations::SKIP_FROM_BACKUP, annotations::TRUE);
    }
    if must_include {
        item.set_annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS, annotations::TRUE);
    }
}

/// The same for a restore. Responses have no field for warnings: Velero counts those in its log.
pub(super) fn annotate_restore(item: &mut Item, warnings: &[String], must_include: bool) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if must_include {
        item.set_annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE, annotations::TRUE);
    }
}

pub(super) fn identifiers(items: Vec<ResourceIdentifier>) -> Vec<generated::ResourceIdentifier> {
    let identifier = |item: ResourceIdentifier| generated::ResourceIdentifier {
        group: item.group,
        resource: item.resource,
        namespace: item.namespace,
        name: item.name,
    };
    items.into_iter().map(identifier).collect()
}

pub(super) fn from_identifiers(items: Vec<generated::ResourceIdentifier>) -> Vec<ResourceIdentifier> {
    let identifier = |item: generated::ResourceIdentifier| ResourceIdentifier {
        group: item.group,
        resource: item.resource,
        namespace: item.namespace,
        name: item.name,
    };
    items.into_iter().map(identifier).collect()
}

/// Always sent: hosts from 1.11 to 1.18 crash on a response without one. An unknown time is Go's zero time,
/// as a Go plugin sends it; the host would read a missing one as 1970.
#[allow(clippy::unnecessary_wraps)] // the message's field is an `Option`
pub(super) fn progress(progress: OperationProgress) -> Option<generated::OperationProgress> {
    Some(generated::OperationProgress {
        completed: progress.completed,
        err: progress.error,
        n_completed: progress.done,
        n_total: progress.total,
        operation_units: progress.units,
        description: progress.description,
        started: Some(timestamp(progress.started)),
        updated: Some(timestamp(progress.updated)),
    })
}

pub(super) fn duration(duration: std::time::Duration) -> prost_types::Duration {
    // Longer than protobuf's maximum of ten thousand years: use that maximum.
    let longest = prost_types::Duration { seconds: 315_576_000_000, nanos: 0 };
    duration.try_into().unwrap_or(longest)
}

fn timestamp(time: Option<Time>) -> prost_types::Timestamp {
    /// The first second of the year 1.
    const GO_ZERO: prost_types::Timestamp = prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 };
    time.map_or(GO_ZERO, |time| std::time::SystemTime::from(time).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::testing::logged;

    #[test]
    fn results_without_a_field_are_annotations_and_warnings() {
        let pod = || Item::from_json(r#"{"kind":"Pod"}"#).unwrap();
        let annotations = |item: &Item| {
            let keys = [
                annotations::SKIP_FROM_BACKUP,
                annotations::MUST_INCLUDE_ADDITIONAL_ITEMS,
                annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE,
            ];
            keys.map(|key| item.annotation(key).is_some())
        };
        for (skip, must_include) in [(false, false), (true, false), (false, true)] {
            let mut item = pod();
            annotate_backup(&mut item, skip, must_include);
            assert_eq!(annotations(&item), [skip, must_include, false]);
        }
        for must_include in [false, true] {
            let mut item = pod();
            let warnings = ["one".to_owned(), "two".to_owned()];
            let logged = logged(|| annotate_restore(&mut item, &warnings, must_include));
            assert_eq!(annotations(&item), [false, false, must_include]);
            assert_eq!(logged, ["WARN one", "WARN two"]);
        }
    }
}
