use serde_json::{Value, json};

use super::*;
use crate::testing::{backup, claim, context, data_volume, excluded, instance, item, machine, texts};

async fn backed_up(machine: Value, objects: Vec<Value>, backup: Backup) -> Result<(Item, Vec<String>)> {
    let mut input = BackupInput::new(item(machine), backup);
    let output = back_up(&context(objects), &mut input).await?;
    assert!(!output.is_skipped());
    Ok((input.item, texts(&output.additional_items)))
}

/// Whether a machine without volumes can be backed up.
async fn is_safe(status: &str, vmi_labels: Value, spec: &Value) -> bool {
    let machine = machine(&json!({"spec": {}, "status": {"printableStatus": status}}));
    let running = instance(&json!({"metadata": {"labels": vmi_labels}}));
    backed_up(machine, vec![running], backup(spec)).await.is_ok()
}

#[tokio::test]
async fn a_stopped_machine_can_be_backed_up() {
    for status in ["Stopped", "Provisioning", "Paused", "Stopping", "Terminating", "Migrating", "Unknown"] {
        assert!(
            is_safe(status, json!({}), &json!({"includedResources": ["virtualmachines"]})).await,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_running_machine_requires_its_instance_and_pod() {
    for (spec, expected) in [
        (json!({}), true),
        (json!({"includedResources": ["pods", "virtualmachineinstances"]}), true),
        (json!({"excludedResources": ["pods", "persistentvolumeclaims"]}), true),
        (json!({"includedResources": ["virtualmachineinstances", "persistentvolumeclaims"]}), false),
        (json!({"includedResources": ["virtualmachineinstances"]}), true),
        (json!({"includedResources": ["pods"]}), false),
        (json!({"excludedResources": ["pods"]}), false),
        (json!({"excludedResources": ["virtualmachineinstances"]}), false),
    ] {
        for status in ["Starting", "Running"] {
            assert_eq!(is_safe(status, json!({}), &spec).await, expected, "{status}, {spec}");
            assert!(!is_safe(status, excluded(), &spec).await, "{status}, {spec}");
        }
    }
}

#[tokio::test]
async fn a_machine_with_a_missing_volume_is_rejected() {
    let spec = json!({"template": {"spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "disk"}}]}}});
    let machine = machine(&json!({"spec": spec}));
    let without_claims = backup(&json!({"includedResources": ["virtualmachines"]}));
    let refused =
        backed_up(machine.clone(), vec![claim("disk", &json!({}))], without_claims).await.unwrap_err();
    assert!(refused.to_string().contains("its volume persistentvolumeclaims shop/disk"), "{refused}");
    let (_, related) = backed_up(machine, vec![claim("disk", &json!({}))], Backup::default()).await.unwrap();
    assert_eq!(related, ["persistentvolumeclaims shop/disk"]);
}

#[tokio::test]
async fn a_metadata_backup_may_lack_volumes() {
    let machine = machine(&json!({
        "spec": {"template": {"spec": {"volumes": [{"name": "root", "dataVolume": {"name": "disk"}}]}}},
        "status": {"created": true, "printableStatus": "Running"},
    }));
    let excluded = json!({
        "includedResources": ["virtualmachineinstances"], "excludedResources": ["datavolumes", "persistentvolumeclaims"],
    });
    let backup = backup(&excluded).with_label("velero.kubevirt.io/metadataBackup", "true");
    let (_, related) =
        backed_up(machine, vec![instance(&json!({})), data_volume(&json!({}))], backup).await.unwrap();
    // Velero itself excludes the others.
    let expected = [
        "virtualmachineinstances.kubevirt.io shop/web",
        "datavolumes.cdi.kubevirt.io shop/disk",
        "persistentvolumeclaims shop/disk",
    ];
    assert_eq!(related, expected);
}

#[tokio::test]
async fn the_revisions_in_use_are_stored_in_the_spec() {
    let mut vm = json!({
        "spec": {"instancetype": {"name": "small"}, "preference": {"name": "linux", "revisionName": "linux-1"}},
        "status": {"instancetypeRef": {"controllerRevisionRef": {"name": "small-1"}},
            "preferenceRef": {"controllerRevisionRef": {"name": "linux-2"}}},
    });
    let (stored, related) = backed_up(machine(&vm), vec![], Backup::default()).await.unwrap();
    assert_eq!(stored.get_str("/spec/instancetype/revisionName"), Some("small-1"));
    assert_eq!(stored.get_str("/spec/preference/revisionName"), Some("linux-2"));
    assert_eq!(related, ["controllerrevisions.apps shop/small-1", "controllerrevisions.apps shop/linux-2"]);

    vm["status"] = json!({});
    let (stored, related) = backed_up(machine(&vm), vec![], Backup::default()).await.unwrap();
    assert_eq!(stored, item(machine(&vm)));
    assert_eq!(related, ["controllerrevisions.apps shop/linux-1"]);
}

/// Restores a machine with two disks from templates, with these labels on the Restore.
async fn restored(fields: Value, labels: &[&str]) -> (Item, Vec<String>) {
    let mut vm = machine(&json!({"spec": {
        "dataVolumeTemplates": [{"metadata": {"name": "disk-1"}}, {"metadata": {"name": "disk-2"}}],
        "template": {"spec": {
            "volumes": [{"dataVolume": {"name": "disk-1"}}, {"dataVolume": {"name": "disk-2"}}],
            "domain": {
                "firmware": {"uuid": "original"},
                "devices": {"interfaces": [{"name": "a", "macAddress": "02:00:00:00:00:01"}, {"name": "b"}]},
            },
        }},
    }}));
    for (field, value) in fields.as_object().unwrap() {
        vm["spec"][field] = value.clone();
    }
    let label = |restore: Restore, label: &&str| {
        let (key, value) = label.split_once('=').unwrap();
        restore.with_label(format!("velero.kubevirt.io/{key}"), value)
    };
    let mut input = RestoreInput::new(item(vm), labels.iter().fold(Restore::named("velero", "r"), label));
    let output = restore(&context([]), &mut input).await.unwrap();
    assert!(!output.is_skipped());
    (input.item, texts(&output.additional_items))
}

#[tokio::test]
async fn a_label_sets_the_run_strategy() {
    for (before, label, after) in [
        ("Always", None, "Always"),
        ("Halted", None, "Halted"),
        ("Halted", Some("restore-run-strategy=Always"), "Always"),
        ("Always", Some("restore-run-strategy=Halted"), "Halted"),
    ] {
        let (vm, _) = restored(json!({"runStrategy": before}), label.as_slice()).await;
        assert_eq!(vm.get_str("/spec/runStrategy"), Some(after));
        assert_eq!(vm.is_changed(), before != after);
    }
    let (vm, _) = restored(json!({"running": true}), &["restore-run-strategy=Halted"]).await;
    assert_eq!((vm.get_str("/spec/runStrategy"), vm.get("/spec/running")), (Some("Halted"), None));
}

#[tokio::test]
async fn labels_reset_firmware_and_addresses() {
    let firmware = "/spec/template/spec/domain/firmware/uuid";
    let address = "/spec/template/spec/domain/devices/interfaces/0/macAddress";
    let (vm, _) = restored(json!({}), &[]).await;
    assert!(!vm.is_changed());
    let (vm, _) = restored(json!({}), &["generate-new-firmware-uuid=true"]).await;
    assert_eq!(vm.get_str(firmware).unwrap().len(), 36);
    assert_eq!(vm.get_str(address), Some("02:00:00:00:00:01"));
    let (vm, _) = restored(json!({}), &["clear-mac-address="]).await;
    assert_eq!((vm.get(address), vm.get_str(firmware)), (None, Some("original")));
}

#[tokio::test]
async fn disks_are_restored_before_the_machine() {
    let (_, related) = restored(json!({}), &[]).await;
    let expected = [
        "datavolumes.cdi.kubevirt.io shop/disk-1",
        "persistentvolumeclaims shop/disk-1",
        "datavolumes.cdi.kubevirt.io shop/disk-2",
        "persistentvolumeclaims shop/disk-2",
    ];
    assert_eq!(related, expected);
}
