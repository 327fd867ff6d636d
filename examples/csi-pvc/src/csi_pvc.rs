//! Restores PersistentVolumeClaims with a CSI snapshot. The data is in the VolumeSnapshot or, after a backup with data
//! movement, in a backup repository.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, TypedLocalObjectReference};
use plugwright::prelude::*;
use plugwright::types::annotations::DATA_UPLOAD_NAME;
use plugwright::types::labels::{DYNAMIC_PV_RESTORE, VOLUME_SNAPSHOT_NAME, label_value};

use crate::data_download;

const VOLUME_SNAPSHOTS: &str = "volumesnapshots.snapshot.storage.k8s.io";

/// Sets the data source of a restored claim.
#[restore_item_action_v2(
    name = "example.io/csi-pvc",
    included_resources = ["persistentvolumeclaims"],
    new = Self::new,
)]
struct CsiPvc {
    cx: Context,
}

impl CsiPvc {
    fn new(cx: &Context) -> Self {
        Self { cx: cx.clone() }
    }
}

impl RestoreItemActionV2 for CsiPvc {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        // With this feature, Velero's own action runs first. A second download would write to the same volume.
        if self.cx.has_feature("EnableCSI") {
            return Ok(RestoreOutputV2::restore());
        }
        let stored = input.stored()?;
        let Some(snapshot) = stored.annotation(VOLUME_SNAPSHOT_NAME) else {
            return Ok(RestoreOutputV2::restore());
        };
        let (snapshot, is_uploaded) = (snapshot.to_owned(), stored.annotation(DATA_UPLOAD_NAME).is_some());
        let operation = label_value(&format!("dd-{}.{}", input.restore.metadata.uid, stored.uid()));

        let RestoreInput { item: claim, restore, .. } = input;
        let namespace = restore.target_namespace(claim.namespace());
        let claims = self.cx.api("persistentvolumeclaims/v1", namespace).await?;
        if claims.get_metadata_opt(claim.name()).await?.is_some() {
            let warning = format!("{claim} already exists; its data is not restored");
            return Ok(RestoreOutputV2::restore().warning(warning));
        }
        if !restore.restores_pvs() {
            reset_source(claim, None)?;
            return Ok(RestoreOutputV2::restore());
        }
        let backup = self.cx.backup_of(restore).await?;
        if backup.spec.snapshot_move_data != Some(true) {
            reset_source(claim, Some(restore.volume_snapshot_name(&snapshot)))?;
            let snapshot = ResourceIdentifier::new(VOLUME_SNAPSHOTS, claim.namespace(), &snapshot);
            return Ok(RestoreOutputV2::restore().additional_item(snapshot).must_include_additional_items());
        }
        if !is_uploaded {
            let warning = format!("{claim} has no DataUpload; its data is not restored from a CSI snapshot");
            return Ok(RestoreOutputV2::restore().warning(warning));
        }
        data_download::create(&self.cx, restore, &backup, claim, &operation).await?;
        select_downloaded_volume(claim, restore)?;
        Ok(RestoreOutputV2::restore().operation(operation))
    }
}

impl RestoreOperations for CsiPvc {
    type OperationId = String;

    async fn progress(&self, operation: &String, restore: &Restore) -> Result<OperationProgress> {
        Ok(data_download::find(&self.cx, restore, operation).await?.status.into())
    }

    async fn cancel(&self, operation: &String, restore: &Restore) -> Result<()> {
        data_download::cancel(&self.cx, restore, operation).await
    }
}

/// Requests a new volume, with the data of this VolumeSnapshot or empty.
fn reset_source(claim: &mut Item, snapshot: Option<String>) -> Result<()> {
    let source = |name| TypedLocalObjectReference {
        api_group: Some("snapshot.storage.k8s.io".into()),
        kind: "VolumeSnapshot".into(),
        name,
    };
    claim.edit_as(|claim: &mut PersistentVolumeClaim| {
        let spec = claim.spec.get_or_insert_default();
        (spec.volume_name, spec.data_source_ref) = (None, None);
        spec.data_source = snapshot.map(source);
    })
}

/// Lets the claim wait for the data mover's volume, which has a unique label.
fn select_downloaded_volume(claim: &mut Item, restore: &Restore) -> Result<()> {
    let namespace = restore.target_namespace(claim.namespace());
    let volume = label_value(&format!("{namespace}.{}.{}", claim.name(), restore.metadata.uid));
    claim.edit_as(|claim: &mut PersistentVolumeClaim| {
        let spec = claim.spec.get_or_insert_default();
        spec.volume_name = None;
        let labels = &mut spec.selector.get_or_insert_default().match_labels;
        labels.get_or_insert_default().insert(DYNAMIC_PV_RESTORE.into(), volume);
    })
}

#[cfg(test)]
mod tests;
