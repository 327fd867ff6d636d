use plugwright::prelude::*;

/// Brings the `VolumeSnapshot` of a claim into the backup. Velero collects none: only actions add them, as its own for CSI
/// (`pkg/controller/backup_controller.go`, `autoExcludeNamespaceScopedResources`).
#[backup_item_action(name = "e2e.plugwright.dev/snapshots", included_resources = ["persistentvolumeclaims"])]
async fn add_snapshot(input: &mut BackupInput) -> Result<BackupOutput> {
    let (claim, output) = (&input.item, BackupOutput::backup());
    let Some(name) = claim.annotation("e2e.plugwright.dev/snapshot") else { return Ok(output) };
    let snapshot =
        ResourceIdentifier::new("volumesnapshots.snapshot.storage.k8s.io", claim.namespace(), name);
    Ok(output.additional_item(snapshot).must_include_additional_items())
}
