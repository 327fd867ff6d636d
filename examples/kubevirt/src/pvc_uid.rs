//! Labels each PersistentVolumeClaim and its VolumeSnapshots in the backup with the claim's uid, so that a restore can
//! select a single disk. Restored objects do not have the label.

use plugwright::prelude::*;

use crate::data_volume::IN_PROGRESS;
use crate::resource::{CLAIMS, api};

const LABEL: &str = "velero.kubevirt.io/pvc-uid";
/// Annotations with the original value of an existing label, until the restore.
const ORIGINAL_OF_CLAIM: &str = "velero.kubevirt.io/original-pvc-uid";
const ORIGINAL_OF_SNAPSHOT: &str = "velero.kubevirt.io/original-volumesnapshot-uid";

/// Labels a claim with its uid.
#[backup_item_action(
    name = "kubevirt-velero-plugin/backup-pvc-action",
    included_resources = ["persistentvolumeclaims"],
)]
async fn back_up_claim(input: &mut BackupInput) -> Result<BackupOutput> {
    let uid = input.item.uid().to_owned();
    label(&mut input.item, uid, ORIGINAL_OF_CLAIM);
    Ok(BackupOutput::backup())
}

/// Labels a snapshot with the uid of its claim.
#[backup_item_action(
    name = "kubevirt-velero-plugin/backup-volumesnapshot-action",
    included_resources = ["volumesnapshots.snapshot.storage.k8s.io"],
)]
async fn back_up_snapshot(cx: &Context, input: &mut BackupInput) -> Result<BackupOutput> {
    let item = &mut input.item;
    if let Some(claim) = item.get_str("/spec/source/persistentVolumeClaimName") {
        let claim = api(cx, CLAIMS, item.namespace()).await?.get_metadata(claim).await?;
        label(item, claim.metadata.uid.unwrap_or_default(), ORIGINAL_OF_SNAPSHOT);
    }
    Ok(BackupOutput::backup())
}

/// Skips an unfilled claim, which CDI creates again, and removes the label.
#[restore_item_action(
    name = "kubevirt-velero-plugin/restore-pvc-action",
    included_resources = ["persistentvolumeclaims"],
)]
async fn restore_claim(input: &mut RestoreInput) -> Result<RestoreOutput> {
    if input.item.annotation(IN_PROGRESS).is_some() {
        return Ok(RestoreOutput::skip());
    }
    unlabel(&mut input.item, ORIGINAL_OF_CLAIM);
    Ok(RestoreOutput::restore())
}

/// Removes the label.
#[restore_item_action(
    name = "kubevirt-velero-plugin/restore-volumesnapshot-action",
    included_resources = ["volumesnapshots.snapshot.storage.k8s.io"],
)]
async fn restore_snapshot(input: &mut RestoreInput) -> Result<RestoreOutput> {
    unlabel(&mut input.item, ORIGINAL_OF_SNAPSHOT);
    Ok(RestoreOutput::restore())
}

fn label(item: &mut Item, uid: String, original: &str) {
    if uid.is_empty() {
        return;
    }
    if let Some(value) = item.label(LABEL).map(ToOwned::to_owned) {
        item.set_annotation(original, value);
    }
    item.set_label(LABEL, uid);
}

fn unlabel(item: &mut Item, original: &str) {
    if item.remove_label(LABEL).is_some()
        && let Some(value) = item.remove_annotation(original)
    {
        item.set_label(LABEL, value);
    }
}

#[cfg(test)]
mod tests;
