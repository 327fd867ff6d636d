//! Velero's labels and their values. From its `pkg/apis/velero/v1/labels_annotations.go` and
//! `pkg/label/label.go`.

use std::fmt::Write as _;

use plugwright_model::label::MAX_LEN;

use sha2::{Digest, Sha256};

/// On objects that belong to a backup: the backup's name, by [`label_value`].
pub const BACKUP_NAME: &str = "velero.io/backup-name";
/// On objects that belong to a backup: the backup's uid.
pub const BACKUP_UID: &str = "velero.io/backup-uid";
/// On objects that belong to a restore, including restored objects: the restore's name, by [`label_value`].
pub const RESTORE_NAME: &str = "velero.io/restore-name";
/// On objects that belong to a restore: the restore's uid.
pub const RESTORE_UID: &str = "velero.io/restore-uid";
/// On a backup created by a schedule: the schedule's name.
pub const SCHEDULE_NAME: &str = "velero.io/schedule-name";
/// On a backup: its storage location, by [`label_value`].
pub const STORAGE_LOCATION: &str = "velero.io/storage-location";
/// On a PodVolumeBackup or PodVolumeRestore: the pod's uid.
pub const POD_UID: &str = "velero.io/pod-uid";
/// On a DataUpload, DataDownload or PodVolumeBackup: the PVC's uid.
pub const PVC_UID: &str = "velero.io/pvc-uid";
/// On the ConfigMap with the result of a DataUpload: `namespace.name` of the PVC, by [`label_value`].
pub const PVC_NAMESPACE_NAME: &str = "velero.io/pvc-namespace-name";
/// On a DataUpload or DataDownload: the id of the asynchronous operation.
pub const ASYNC_OPERATION_ID: &str = "velero.io/async-operation-id";
/// On the ConfigMap with the result of a DataUpload: `DataUpload`.
pub const RESOURCE_USAGE: &str = "velero.io/resource-usage";
/// On the pod that uploads a snapshot: the DataUpload's name.
pub const DATA_UPLOAD: &str = "velero.io/data-upload";
/// On the pod that downloads a snapshot: the DataDownload's name.
pub const DATA_DOWNLOAD: &str = "velero.io/data-download";
/// On an object that Velero excludes from every backup, with the value `true`.
pub const EXCLUDE_FROM_BACKUP: &str = "velero.io/exclude-from-backup";
/// In the selector of a restored PVC, and on the volume restored for it: namespace and name, by
/// [`label_value`].
pub const DYNAMIC_PV_RESTORE: &str = "velero.io/dynamic-pv-restore";
/// On a VolumeSnapshotClass that Velero uses for its driver.
pub const VOLUME_SNAPSHOT_CLASS: &str = "velero.io/csi-volumesnapshot-class";
/// On objects that belong to a CSI snapshot: the VolumeSnapshot's name. On a PVC it is an annotation.
pub const VOLUME_SNAPSHOT_NAME: &str = "velero.io/volume-snapshot-name";
/// On PVCs to snapshot as a group, unless the backup names another label.
pub const VOLUME_GROUP: &str = "velero.io/volume-group";

/// Converts a name to a label value like Velero's `GetValidName`: a name longer than 63 bytes is truncated
/// and ends in the first six hexadecimal digits of its SHA-256.
///
/// ```
/// use plugwright::types::labels::{BACKUP_NAME, label_value};
///
/// let backup = "the-really-long-location-name-that-is-much-more-than-63-characters";
/// let selector = format!("{BACKUP_NAME}={}", label_value(backup));
/// assert_eq!(selector, "velero.io/backup-name=the-really-long-location-name-that-is-much-more-than-63-c69e779");
/// # assert_eq!(label_value("nightly"), "nightly");
/// ```
pub fn label_value(name: &str) -> String {
    if name.len() <= MAX_LEN {
        return name.to_owned();
    }
    // Names are ASCII; in other texts, do not cut inside a character.
    let end = (0..=MAX_LEN - 6).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    name[..end].to_owned() + &hex(&Sha256::digest(name)[..3])
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_veleros_get_valid_name() {
        for (name, value) in [
            ("short label value", "short label value"),
            (
                "this_is_a_very_long_label_value_that_will_be_rejected_by_Kubernetes",
                "this_is_a_very_long_label_value_that_will_be_rejected_by_8d0722",
            ),
            (&"a".repeat(63), &"a".repeat(63)),
            (&"a".repeat(64), &("a".repeat(57) + "ffe054")),
            (&"b".repeat(119), &("b".repeat(57) + "68297a")),
            (&"b".repeat(120), &("b".repeat(57) + "392add")),
        ] {
            assert_eq!(label_value(name), value);
        }
        assert!(label_value(&"é".repeat(40)).len() <= MAX_LEN);
    }
}
