//! DataVolumes and the PersistentVolumeClaims that they fill.

use plugwright::prelude::*;

use crate::resource::{CLAIMS, DATA_VOLUMES, api};

/// The annotation on a DataVolume with a filled claim, with its name. CDI does not fill the claim again.
const PRE_POPULATED: &str = "cdi.kubevirt.io/storage.prePopulated";
/// The annotation on a claim with the name of the DataVolume that filled it. CDI assigns the claim to this DataVolume.
const POPULATED_FOR: &str = "cdi.kubevirt.io/storage.populatedFor";
/// The annotation on a claim in a backup with the name of the DataVolume that was filling it.
pub(crate) const IN_PROGRESS: &str = "kvp.kubevirt.io/storage.inprogress";

/// Marks filled and unfilled disks, so that CDI neither fills a restored disk again nor uses an incomplete one.
#[backup_item_action(
    name = "kubevirt-velero-plugin/backup-datavolume-action",
    included_resources = ["persistentvolumeclaims", "datavolumes.cdi.kubevirt.io"],
)]
async fn back_up(cx: &Context, input: &mut BackupInput) -> Result<BackupOutput> {
    let item = &mut input.item;
    if item.kind() == "DataVolume" {
        if item.get_str("/status/phase") != Some("Succeeded") {
            return Ok(BackupOutput::backup());
        }
        let claim = ResourceIdentifier::new(CLAIMS, item.namespace(), item.name());
        item.set_annotation(PRE_POPULATED, &claim.name);
        return Ok(BackupOutput::backup().additional_item(claim));
    }
    if let Some(owner) = item.owner_references().into_iter().find(|owner| owner.kind == "DataVolume") {
        let volume = api(cx, DATA_VOLUMES, item.namespace()).await?.get(&owner.name).await?;
        let is_filled = volume.data["status"]["phase"] == "Succeeded";
        item.set_annotation(if is_filled { POPULATED_FOR } else { IN_PROGRESS }, owner.name);
    }
    Ok(BackupOutput::backup())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{claim, context, data_volume, item, texts};

    async fn backed_up(object: Value, objects: Vec<Value>) -> Result<(Item, Vec<String>)> {
        let mut input = BackupInput::new(item(object), Backup::default());
        let output = back_up(&context(objects), &mut input).await?;
        Ok((input.item, texts(&output.additional_items)))
    }

    #[tokio::test]
    async fn a_filled_data_volume_is_marked_and_its_claim_is_added() {
        let filled = data_volume(&json!({"status": {"phase": "Succeeded"}}));
        let (stored, related) = backed_up(filled, vec![]).await.unwrap();
        assert_eq!(stored.annotation("cdi.kubevirt.io/storage.prePopulated"), Some("disk"));
        assert_eq!(related, ["persistentvolumeclaims shop/disk"]);
        for status in [json!({}), json!({"phase": "ImportScheduled"})] {
            let (stored, related) = backed_up(data_volume(&json!({"status": status})), vec![]).await.unwrap();
            assert!(!stored.is_changed() && related.is_empty(), "{status}");
        }
    }

    #[tokio::test]
    async fn the_claim_of_a_data_volume_is_marked() {
        let owned = claim(
            "disk",
            &json!({"metadata": {"ownerReferences": [
            {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "DataVolume", "name": "disk"}]}}),
        );
        for (phase, expected) in [
            ("Succeeded", ("cdi.kubevirt.io/storage.populatedFor", "disk")),
            ("UNKNOWN", ("kvp.kubevirt.io/storage.inprogress", "disk")),
        ] {
            let volume = data_volume(&json!({"status": {"phase": phase}}));
            let (stored, related) = backed_up(owned.clone(), vec![volume]).await.unwrap();
            assert_eq!(stored.annotations().collect::<Vec<_>>(), [expected]);
            assert_eq!(related, [] as [&str; 0]);
        }
        assert!(backed_up(owned, vec![]).await.is_err());
    }

    #[tokio::test]
    async fn other_claims_are_unchanged() {
        let other = json!([{"apiVersion": "v0.0.0", "kind": "AnotherObject", "name": "disk"}]);
        for owners in [json!([]), other] {
            let claim = claim("disk", &json!({"metadata": {"ownerReferences": owners}}));
            let (stored, _) = backed_up(claim, vec![]).await.unwrap();
            assert!(!stored.is_changed(), "{owners}");
        }
    }
}
