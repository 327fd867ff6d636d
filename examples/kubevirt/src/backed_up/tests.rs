use serde_json::json;

use super::*;
use crate::testing::{backup, claim, context, data_volume, excluded, instance, item, machine};

/// Whether a backup of this cluster contains the volumes of the instance.
async fn complete(volume: &Value, objects: Vec<Value>, spec: &Value) -> bool {
    let instance = item(instance(&json!({"spec": {"volumes": [{"emptyDisk": {}}, volume]}})));
    ensure_volumes(&context(objects), &backup(spec), &instance).await.is_ok()
}

#[tokio::test]
async fn a_data_volume_must_be_in_the_backup() {
    let volume = json!({"dataVolume": {"name": "disk"}});
    for (spec, expected) in [
        (json!({}), true),
        (json!({"includedResources": ["datavolumes"]}), true),
        (json!({"includedResources": ["DataVolume"]}), true),
        (json!({"includedResources": ["pods", "persistentvolumeclaims"]}), false),
        (json!({"excludedResources": ["datavolumes"]}), false),
        (json!({"includedNamespaces": ["other"]}), false),
    ] {
        assert_eq!(complete(&volume, vec![data_volume(&json!({}))], &spec).await, expected, "{spec}");
    }
    let labelled = data_volume(&json!({"metadata": {"labels": excluded()}}));
    assert!(!complete(&volume, vec![labelled], &json!({})).await);
}

#[tokio::test]
async fn without_the_data_volume_the_claim_must_be_in_the_backup() {
    let volume = json!({"dataVolume": {"name": "disk"}});
    for (spec, expected) in [
        (json!({"includedResources": ["persistentvolumeclaims"]}), true),
        (json!({"excludedResources": ["datavolumes"]}), true),
        (json!({"excludedResources": ["persistentvolumeclaims"]}), false),
        (json!({"includedResources": ["pods"]}), false),
    ] {
        assert_eq!(complete(&volume, vec![claim("disk", &json!({}))], &spec).await, expected, "{spec}");
    }
    let labelled = claim("disk", &json!({"metadata": {"labels": excluded()}}));
    assert!(!complete(&volume, vec![labelled], &json!({"includedResources": ["pods", "pvc"]})).await);
    assert!(!complete(&volume, vec![], &json!({})).await);
}

#[tokio::test]
async fn a_claim_must_be_in_the_backup() {
    let volume = json!({"persistentVolumeClaim": {"claimName": "disk"}});
    for (spec, expected) in [
        (json!({}), true),
        (json!({"includedResources": ["persistentvolumeclaims"]}), true),
        (json!({"includedResources": ["pods"]}), false),
        (json!({"excludedResources": ["persistentvolumeclaims"]}), false),
    ] {
        assert_eq!(complete(&volume, vec![claim("disk", &json!({}))], &spec).await, expected, "{spec}");
    }
    let labelled = claim("disk", &json!({"metadata": {"labels": excluded()}}));
    assert!(!complete(&volume, vec![labelled], &json!({})).await);
    let not_true =
        claim("disk", &json!({"metadata": {"labels": {"velero.io/exclude-from-backup": "false"}}}));
    assert!(complete(&volume, vec![not_true], &json!({})).await);
}

#[tokio::test]
async fn volumes_from_templates_are_not_required() {
    let volumes = json!([{"dataVolume": {"name": "disk"}}]);
    let template = json!({"spec": {"volumes": volumes}});
    let own = json!({"dataVolumeTemplates": [{"metadata": {"name": "disk"}}], "template": template});
    let others = json!({"dataVolumeTemplates": [{"metadata": {"name": "other"}}], "template": template});
    let backup = backup(&json!({"excludedResources": ["datavolumes"]}));
    for (spec, expected) in [(own, true), (others, false)] {
        let machine = item(machine(&json!({"spec": spec})));
        let cx = context([data_volume(&json!({}))]);
        assert_eq!(ensure_volumes(&cx, &backup, &machine).await.is_ok(), expected, "{spec}");
    }
}

#[tokio::test]
async fn a_metadata_backup_requires_no_volumes() {
    let machine = item(instance(&json!({"spec": {"volumes": [{"dataVolume": {"name": "disk"}}]}})));
    let backup = backup(&json!({"excludedResources": ["datavolumes"]}));
    let cx = context([data_volume(&json!({}))]);
    let error = ensure_volumes(&cx, &backup, &machine).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "VirtualMachineInstance shop/web could not be restored: its volume datavolumes.cdi.kubevirt.io shop/disk is \
         not in the backup"
    );
    let backup = backup.with_label(METADATA_BACKUP, "");
    assert!(ensure_volumes(&cx, &backup, &machine).await.is_ok());
}

#[tokio::test]
async fn an_api_error_is_not_a_missing_volume() {
    let cluster = plugwright::testing::FakeCluster::new().with([claim("disk", &json!({}))]).unwrap();
    cluster.fail("get", "datavolumes.cdi.kubevirt.io", 403);
    let cx = context([]).with_client(cluster.client());
    let machine = item(instance(&json!({"spec": {"volumes": [{"dataVolume": {"name": "disk"}}]}})));
    assert!(ensure_volumes(&cx, &Backup::default(), &machine).await.is_err());
}

#[test]
fn a_backup_may_use_all_forms_of_resource_names() {
    for (resource, word) in [
        (PODS, "pods"),
        (PODS, "Pods"),
        (PODS, "pod"),
        (PODS, "*"),
        (DATA_VOLUMES, "datavolumes"),
        (DATA_VOLUMES, "DataVolumes"),
        (crate::resource::VIRTUAL_MACHINES, "virtualmachines.kubevirt.io"),
        (crate::resource::VIRTUAL_MACHINES, "virtualmachine.kubevirt.io"),
    ] {
        let included = backup(&json!({"includedResources": [word, "persistentvolumes"]}));
        assert!(included.selects(resource, "shop"), "{resource} is {word}");
        if word != "*" {
            let excluded = backup(&json!({"excludedResources": [word, "persistentvolumes"]}));
            assert!(!excluded.selects(resource, "shop"), "{resource} is {word}");
        }
    }
    for list in ["includedResources", "excludedResources"] {
        let others = backup(&json!({list: ["virtualmachines", "persistentvolumes"]}));
        assert_eq!(others.selects(PODS, "shop"), list == "excludedResources");
    }
}
