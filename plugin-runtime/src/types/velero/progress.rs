//! The progress of an operation that one of Velero's objects carries out.

use super::{
    DataDownloadStatus, DataMovePhase, DataUploadStatus, PodVolumeBackupStatus, PodVolumeRestoreStatus,
};
use crate::OperationProgress;

/// The objects have the same fields.
macro_rules! operation_progress {
    ($($object:literal $status:ident)+) => {$(
        /// Like in Velero's own actions (`pkg/restore/actions/csi/pvc_action.go`): unknown before the object
        /// is accepted; a cancelled object counts as failed.
        impl From<$status> for OperationProgress {
            fn from(status: $status) -> Self {
                let Some(phase) = status.phase.filter(|phase| *phase != DataMovePhase::New) else {
                    return Self::default();
                };
                let ended = match phase {
                    DataMovePhase::Canceled => Self::failed(concat!("the ", $object, " was cancelled")),
                    DataMovePhase::Failed => Self::failed(status.message),
                    _ => Self { completed: phase.is_final(), ..Self::default() },
                };
                Self {
                    done: status.progress.bytes_done,
                    total: status.progress.total_bytes,
                    units: "Bytes".into(),
                    description: phase.to_string(),
                    started: status.start_timestamp,
                    updated: status.completion_timestamp,
                    ..ended
                }
            }
        }
    )+};
}

operation_progress! {
    "DataUpload" DataUploadStatus
    "DataDownload" DataDownloadStatus
    "PodVolumeBackup" PodVolumeBackupStatus
    "PodVolumeRestore" PodVolumeRestoreStatus
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_phase() {
        for (phase, completed, error) in [
            ("Accepted", false, ""),
            ("Prepared", false, ""),
            ("InProgress", false, ""),
            ("Canceling", false, ""),
            ("Later", false, ""),
            ("Completed", true, ""),
            ("Canceled", true, "the DataUpload was cancelled"),
            ("Failed", true, "the disk is gone"),
        ] {
            let status: DataUploadStatus = serde_json::from_value(json!({"phase": phase,
                "message": "the disk is gone", "progress": {"totalBytes": 10, "bytesDone": 5},
                "startTimestamp": "2026-05-01T12:00:00Z", "completionTimestamp": "2026-05-01T12:00:01Z"}))
            .unwrap();
            let expected = OperationProgress {
                completed,
                error: error.into(),
                done: 5,
                total: 10,
                units: "Bytes".into(),
                description: phase.into(),
                started: status.start_timestamp,
                updated: status.completion_timestamp,
            };
            assert_eq!(OperationProgress::from(status), expected);
        }
        for phase in [None, Some(DataMovePhase::New)] {
            let status =
                PodVolumeRestoreStatus { phase, message: "m".into(), ..PodVolumeRestoreStatus::default() };
            assert_eq!(OperationProgress::from(status), OperationProgress::default());
        }
    }
}
