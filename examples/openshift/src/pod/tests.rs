use plugwright::testing::FakeCluster;
use serde_json::json;

use super::*;
use crate::testing::{cluster, input, restore};

fn pod(metadata: &Value, spec: &Value) -> Value {
    let mut metadata = metadata.clone();
    metadata["name"] = "pod-1".into();
    metadata["namespace"] = "shop".into();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
}

/// With an owner, and with this volume.
fn owned(metadata: &Value, volume: &Value) -> Value {
    let mut metadata = metadata.clone();
    metadata["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u-1"}]);
    pod(&metadata, &json!({"volumes": [volume]}))
}

async fn restored_in(cluster: &FakeCluster, pod: Value, restore: Restore) -> Result<(Item, bool)> {
    let mut input = input(pod, restore);
    // Velero does the same.
    input.item.remove("/metadata/ownerReferences");
    let action = Pods::new(&Context::for_tests_of::<Pods>().with_client(cluster.client()));
    let output = action.execute(&mut input).await?;
    Ok((input.item, !output.is_skipped()))
}

async fn restored(pod: Value) -> (Item, bool) {
    restored_in(&cluster(), pod, restore()).await.unwrap()
}

fn hook(fields: &Value) -> Restore {
    let hooks = serde_json::from_value(json!({"resources": [fields]})).unwrap();
    restore().with_spec(|spec| spec.hooks = hooks)
}

#[test]
fn hooks_are_in_annotations_or_in_the_restore() {
    let annotated = |key: &str, value: &str| json!({"annotations": {key: value}});
    let exec = json!([{"exec": {"command": ["echo", "hello"]}}]);
    let in_target = json!({"name": "hook1", "includedNamespaces": ["shop-copy"], "postHooks": exec});
    let elsewhere = json!({"name": "hook1", "includedNamespaces": ["shop"], "postHooks": exec});
    let labelled =
        json!({"name": "hook1", "labelSelector": {"matchLabels": {"app": "db"}}, "postHooks": exec});
    let empty = json!({"name": "hook1", "includedNamespaces": ["shop-copy"]});
    for (metadata, restore, expected) in [
        (json!({"annotations": {}}), restore(), false),
        (annotated("post.hook.restore.velero.io/command", ""), restore(), true),
        (annotated("post.hook.restore.velero.io/command", "echo 'hello'"), restore(), true),
        (annotated("init.hook.restore.velero.io/container-image", "alpine"), restore(), true),
        (json!({}), hook(&in_target), true),
        (json!({}), hook(&elsewhere), false),
        (json!({}), hook(&labelled), false),
        (json!({"labels": {"app": "db"}}), hook(&labelled), true),
        (json!({}), hook(&empty), false),
    ] {
        let input = input(pod(&metadata, &json!({})), restore);
        assert_eq!(has_hooks(&input.item, &input.restore), expected, "{metadata}");
    }
}

#[tokio::test]
async fn a_pod_of_a_build_is_skipped() {
    let claim = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}});
    let build = json!({"annotations": {"openshift.io/build.name": "web-1"}});
    assert!(!restored(pod(&build, &json!({"volumes": [claim]}))).await.1);
}

#[tokio::test]
async fn an_owned_pod_is_restored_only_for_its_data_or_hooks() {
    let none = json!({});
    for (volume, expected) in [
        (json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}}), true),
        (json!({"name": "cache", "emptyDir": {}}), true),
        (json!({"name": "host", "hostPath": {"path": "/"}}), false),
        (json!({"name": "tls", "secret": {"secretName": "tls"}}), false),
        (json!({"name": "settings", "configMap": {"name": "settings"}}), false),
        (json!({"name": "token", "projected": {"sources": []}}), false),
        (json!({"name": "me", "downwardAPI": {"items": []}}), false),
        (json!({"name": "default-token-x2x4t"}), false),
    ] {
        assert_eq!(restored(owned(&none, &volume)).await.1, expected, "{volume}");
        let hooked = json!({"annotations": {"post.hook.restore.velero.io/command": "warm-up"}});
        assert!(restored(owned(&hooked, &volume)).await.1);
    }
    assert!(restored(pod(&none, &json!({}))).await.1);
}

#[tokio::test]
async fn nodes_and_images_are_adapted_to_the_new_cluster() {
    let registries = json!({"annotations": {
        "openshift.io/backup-registry-hostname": "old:5000", "openshift.io/restore-registry-hostname": "new:5000",
    }});
    let spec = json!({
        "nodeSelector": {"region": "primary"},
        "containers": [{"name": "web", "image": "old:5000/shop/web:1"}, {"name": "proxy", "image": "proxy:1"}],
        "initContainers": [{"name": "schema", "image": "old:5000/base/schema:1"}],
    });
    let (pod, _) = restored(pod(&registries, &spec)).await;
    assert_eq!(pod.get("/spec/nodeSelector"), None);
    let images: Vec<_> = pod.containers().map(|container| &container["image"]).collect();
    assert_eq!(images, ["new:5000/base/schema:1", "new:5000/shop-copy/web:1", "proxy:1"]);
}

/// The labels of a restored pod of a DeploymentConfig.
async fn labels(oadp_1_3: bool, has_data: bool, backup: &Value) -> Vec<String> {
    let cluster = cluster();
    let metadata = json!({"name": "nightly", "namespace": "velero"});
    cluster
        .add(json!({"apiVersion": "velero.io/v1", "kind": "Backup", "metadata": metadata, "spec": backup}))
        .unwrap();
    let annotations = if oadp_1_3 { json!({IS_OADP_1_3: "true"}) } else { json!({}) };
    let labels = json!({"app": "web", "deployment": "web-1", "deploymentconfig": "web"});
    let volumes = if has_data { json!([{"name": "cache", "emptyDir": {}}]) } else { json!([]) };
    let pod = pod(&json!({"labels": labels, "annotations": annotations}), &json!({"volumes": volumes}));
    let (pod, _) = restored_in(&cluster, pod, restore()).await.unwrap();
    pod.labels().map(|(key, value)| format!("{key}={value}")).collect()
}

#[tokio::test]
async fn a_pod_is_protected_while_its_data_is_restored() {
    let connected = ["app=web", "deployment=web-1", "deploymentconfig=web"];
    let disconnected = ["app=web", "oadp.openshift.io/disconnected-from-dc=copy"];
    let (nothing, restic) = (json!({}), json!({"defaultVolumesToRestic": true}));
    let (fs_backup, off) =
        (json!({"defaultVolumesToFsBackup": true}), json!({"defaultVolumesToFsBackup": false}));
    for (oadp_1_3, has_data, backup, expected) in [
        (true, true, &nothing, &disconnected[..]),
        (true, false, &nothing, &connected),
        (true, false, &fs_backup, &connected),
        (false, false, &nothing, &connected),
        (false, true, &off, &connected),
        (false, false, &fs_backup, &disconnected),
        (false, false, &restic, &disconnected),
    ] {
        assert_eq!(labels(oadp_1_3, has_data, backup).await, expected, "{oadp_1_3} {has_data} {backup}");
    }
}

#[tokio::test]
async fn other_pods_keep_their_labels() {
    let cluster = cluster();
    cluster.fail("get", "backups.velero.io", 404);
    let of_deployment = pod(&json!({"labels": {"deployment": "web"}}), &json!({}));
    let (pod_1, _) = restored_in(&cluster, of_deployment, restore()).await.unwrap();
    assert_eq!(pod_1.label("deployment"), Some("web"));

    let of_config = pod(&json!({"labels": {"deployment": "web-1", "deploymentconfig": "web"}}), &json!({}));
    let error = restored_in(&cluster, of_config, restore()).await.unwrap_err();
    assert!(error.to_string().starts_with("reading Backup nightly of Restore copy"), "{error}");
}
