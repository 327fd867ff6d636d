use serde_json::{Value, json};

use super::*;
use crate::testing::{
    backup, claim, context, data_volume, excluded, instance, item, launcher, machine, texts,
};

async fn backed_up(vmi: &Value, objects: Vec<Value>, backup: Backup) -> Result<(Item, BackupOutput)> {
    let mut input = BackupInput::new(item(vmi.clone()), backup);
    let output = back_up(&context(objects), &mut input).await?;
    Ok((input.item, output))
}

/// An instance of a VirtualMachine, with a claim as a volume.
fn owned(status: &Value) -> Value {
    instance(&json!({
        "metadata": {"ownerReferences": [{"kind": "VirtualMachine", "name": "web"}]},
        "spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "disk"}}]},
        "status": status,
    }))
}

fn standalone(volume: &Value) -> Value {
    instance(&json!({"spec": {"volumes": [volume]}}))
}

#[tokio::test]
async fn a_backup_of_a_running_instance_requires_its_pod() {
    let all = ["virtualmachineinstances", "virtualmachines"];
    let with_claims = ["virtualmachineinstances", "virtualmachines", "persistentvolumeclaims"];
    let with_pods = ["virtualmachineinstances", "virtualmachines", "pods"];
    for (included, excluded_resources, pod_labels, running, paused) in [
        (&all[..], &[][..], json!({}), true, true),
        (&all, &["pods"], json!({}), true, true),
        (&all, &["pods", "persistentvolumeclaims"], json!({}), true, true),
        (&all, &[], excluded(), false, true),
        (&with_pods, &[], excluded(), false, true),
        (&with_claims, &[], json!({}), false, true),
        (&with_claims, &["pods"], json!({}), false, true),
    ] {
        let spec = json!({"includedResources": included, "excludedResources": excluded_resources});
        let paused_status = json!({"conditions": [{"type": "Paused", "status": "True"}]});
        for (status, expected) in [(json!({}), running), (paused_status, paused)] {
            let objects = vec![machine(&json!({})), launcher(&pod_labels)];
            let outcome = backed_up(&owned(&status), objects, backup(&spec)).await;
            assert_eq!(outcome.is_ok(), expected, "{status} {pod_labels} {spec}");
            if let Err(error) = outcome {
                assert!(error.to_string().contains("launcher pod"), "{error}");
            }
        }
    }
    let without_pod = backed_up(&owned(&json!({})), vec![machine(&json!({}))], Backup::default()).await;
    let error = without_pod.unwrap_err().to_string();
    assert_eq!(error, "VirtualMachineInstance shop/web is running, but has no launcher pod");
}

#[tokio::test]
async fn an_instance_is_excluded_with_its_machine() {
    for (labels, spec) in [
        (json!({}), json!({"excludedResources": ["virtualmachines"]})),
        (json!({}), json!({"includedResources": ["virtualmachineinstances"]})),
        (excluded(), json!({"includedResources": ["virtualmachineinstances", "virtualmachines"]})),
    ] {
        let objects = vec![machine(&json!({"metadata": {"labels": labels}})), launcher(&json!({}))];
        let (stored, output) = backed_up(&owned(&json!({})), objects, backup(&spec)).await.unwrap();
        assert!(output.is_skipped(), "{spec}");
        assert_eq!(stored.annotation(IS_OWNED), Some("true"));
    }
}

#[tokio::test]
async fn an_owned_instance_is_marked() {
    let objects = vec![machine(&json!({})), launcher(&json!({}))];
    let (stored, output) = backed_up(&owned(&json!({})), objects, Backup::default()).await.unwrap();
    assert_eq!(stored.annotations().collect::<Vec<_>>(), [("cdi.kubevirt.io/velero.isOwned", "true")]);
    let expected = ["pods shop/virt-launcher-web-x7k2p", "persistentvolumeclaims shop/disk"];
    assert_eq!(texts(&output.additional_items), expected);
}

#[tokio::test]
async fn the_owner_must_exist() {
    let orphan = backed_up(&owned(&json!({})), vec![launcher(&json!({}))], Backup::default()).await;
    let error = orphan.unwrap_err().to_string();
    assert!(error.starts_with("reading virtualmachines.kubevirt.io shop/web: "), "{error}");
}

#[tokio::test]
async fn a_standalone_instance_requires_its_volumes() {
    let disk = standalone(&json!({"dataVolume": {"name": "disk"}}));
    let claimed = standalone(&json!({"persistentVolumeClaim": {"claimName": "disk"}}));
    let metadata = |spec: &Value| backup(spec).with_label("velero.kubevirt.io/metadataBackup", "true");
    let few = json!({"includedResources": ["virtualmachineinstances", "pods"]});
    let no_disks = json!({"excludedResources": ["datavolumes"]});
    let no_claims = json!({"excludedResources": ["persistentvolumeclaims"]});
    for (vmi, backup, expected) in [
        (&disk, backup(&few), false),
        (&disk, backup(&no_disks), false),
        (&disk, metadata(&no_disks), true),
        (&disk, Backup::default(), true),
        (&claimed, backup(&few), false),
        (&claimed, backup(&no_claims), false),
        (&claimed, Backup::default(), true),
    ] {
        let objects = vec![launcher(&json!({})), data_volume(&json!({})), claim("disk", &json!({}))];
        let outcome = backed_up(vmi, objects, backup).await;
        assert_eq!(outcome.is_ok(), expected, "{vmi}");
        match outcome {
            Ok((stored, output)) => {
                assert!(!stored.is_changed());
                assert_eq!(texts(&output.additional_items)[0], "pods shop/virt-launcher-web-x7k2p");
            }
            Err(error) => assert!(error.to_string().contains("is not in the backup"), "{error}"),
        }
    }
}

async fn restored(metadata: &Value, restore: Restore) -> Option<Item> {
    let mut vmi = instance(&json!({"metadata": metadata}));
    vmi["spec"] = json!({"domain": {"devices": {"interfaces": [{"macAddress": "02:00:00:00:00:01"}]}}});
    let mut input = RestoreInput::new(item(vmi), restore);
    let output = super::restore(&context([]), &mut input).await.unwrap();
    (!output.is_skipped()).then_some(input.item)
}

#[tokio::test]
async fn an_owned_instance_is_not_restored() {
    let marked = |value| json!({"annotations": {"cdi.kubevirt.io/velero.isOwned": value}});
    assert!(restored(&marked("true"), Restore::default()).await.is_none());
    assert!(restored(&marked("false"), Restore::default()).await.is_some());
    assert!(!restored(&json!({"labels": {}}), Restore::default()).await.unwrap().is_changed());
}

#[tokio::test]
async fn labels_of_the_previous_run_are_removed() {
    let labels = json!({
        "kubevirt.io/created-by": "someone",
        "kubevirt.io/migrationJobUID": "abc",
        "kubevirt.io/nodeName": "node-1",
        "kubevirt.io/migrationTargetNodeName": "node-2",
        "kubevirt.io/schedulable": "true",
        "kubevirt.io/install-strategy": "strategy",
        "some.other/label": "value",
    });
    let vmi = restored(&json!({"labels": labels}), Restore::default()).await.unwrap();
    assert_eq!(vmi.labels().collect::<Vec<_>>(), [("some.other/label", "value")]);
}

#[tokio::test]
async fn options_of_the_restore_are_applied() {
    let restore = Restore::named("velero", "r")
        .with_label("velero.kubevirt.io/clear-mac-address", "")
        .with_label("velero.kubevirt.io/generate-new-firmware-uuid", "")
        .with_label("velero.kubevirt.io/restore-run-strategy", "Halted");
    let vmi = restored(&json!({}), restore).await.unwrap();
    assert_eq!(vmi.get("/spec/domain/devices/interfaces"), Some(&json!([{}])));
    assert_eq!(vmi.get_str("/spec/domain/firmware/uuid").unwrap().len(), 36);
    assert_eq!(vmi.get("/spec/runStrategy"), None);
}
