//! `VolumeSnapshots` in a backup. Velero collects none: only actions add them, such as Velero's own for CSI
//! (`pkg/controller/backup_controller.go`, `autoExcludeNamespaceScopedResources`).

use plugwright::prelude::*;

/// Adds the snapshot that an annotation of a claim names.
#[backup_item_action(name = "e2e.plugwright.dev/snapshots", included_resources = ["persistentvolumeclaims"])]
async fn add_snapshot(input: &mut BackupInput) -> Result<BackupOutput> {
    let (claim, output) = (&input.item, BackupOutput::backup());
    let Some(name) = claim.annotation("e2e.plugwright.dev/snapshot") else { return Ok(output) };
    let snapshot =
        ResourceIdentifier::new("volumesnapshots.snapshot.storage.k8s.io", claim.namespace(), name);
    Ok(output.additional_item(snapshot).must_include_additional_items())
}
