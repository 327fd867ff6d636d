//! Velero's and EphemeralAccess's objects.

use std::fmt::Debug;

use plugwright::types::{
    DataDownload, DataUpload, PodVolumeBackup, PodVolumeRestore, VolumeSnapshotLocation, go_duration,
};
use plugwright::{AccessRequest, Application, Backup, BackupStorageLocation, Item, Restore, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::input::texts;

/// Resources and namespaces to look up in a Backup or Restore.
const SUBJECTS: [(&str, &str); 5] = [
    ("pods", "shop"),
    ("deployments.apps", "a"),
    ("persistentvolumes", ""),
    ("namespaces", "shop"),
    ("x.y", ""),
];

/// Writes and reads an object again. Texts that are read as one value may be written as another one (`null` and
/// a missing field), so only the second reading must be the same.
fn same_again<T: Serialize + DeserializeOwned + PartialEq + Debug>(object: &T) {
    let written = serde_json::to_vec(object).expect("an object can be written");
    let again: T = serde_json::from_slice(&written).expect("a written object can be read");
    assert_eq!(&again, object, "{}", String::from_utf8_lossy(&written));
}

/// The object's JSON, then a resource and a namespace.
pub(super) fn backup(input: &[u8]) {
    let texts = texts(input);
    let text = |n: usize| texts.get(n).map_or("", String::as_str);
    let Ok(backup) = Backup::from_json(text(0).as_bytes()) else { return };
    same_again(&backup);
    for (resource, namespace) in SUBJECTS.into_iter().chain([(text(1), text(2))]) {
        if backup.selects(resource, namespace) {
            assert!(backup.selects_additional(resource, namespace), "{resource} in {namespace:?}");
        }
    }
    if let Some(labels) = &backup.spec.label_selector {
        let _ = labels.matches(|_| Some(text(1)));
    }
}

pub(super) fn restore(input: &[u8]) {
    if let Ok(restore) = Restore::from_json(input) {
        same_again(&restore);
    }
}

/// JSON, read as every other type; and a time and a duration as text.
pub(super) fn others(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(time) = text.parse::<Time>() {
        let written = time.to_string();
        assert_eq!(written.parse::<Time>().ok(), Some(time), "{written:?}");
    }
    if let Ok(nanos) = go_duration::parse_nanos(&text) {
        let written = go_duration::format_nanos(nanos);
        assert_eq!(go_duration::parse_nanos(&written).ok(), Some(nanos), "{written:?}");
    }
    if let Ok(request) = AccessRequest::from_json(input) {
        same_again(&request);
    }
    if let Ok(application) = Application::from_json(input) {
        same_again(&application);
    }
    if let Ok(location) = BackupStorageLocation::from_json(input) {
        same_again(&location);
    }
    let Ok(item) = Item::from_json(input.to_vec()) else { return };
    view::<DataUpload>(&item);
    view::<DataDownload>(&item);
    view::<PodVolumeBackup>(&item);
    view::<PodVolumeRestore>(&item);
    view::<VolumeSnapshotLocation>(&item);
}

/// A typed view of an item that has such fields.
fn view<T: Serialize + DeserializeOwned + PartialEq + Debug>(item: &Item) {
    if let Ok(object) = item.get_as::<T>() {
        same_again(&object);
    }
}
