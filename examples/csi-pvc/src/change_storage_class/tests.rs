use serde_json::{Value, json};

use super::*;
use crate::testing::{cluster, config, item};

/// Runs the plugin `name` in a cluster with these classes, and with this data in its ConfigMap.
async fn execute(existing: &[&str], name: &str, data: &Value, object: Value) -> Result<Item> {
    let classes = existing.iter().map(
        |name| json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}}),
    );
    let cluster = cluster(classes.chain([config(name, data)]));
    let cx = Context::for_tests_of::<ChangeStorageClass>().with_client(cluster.client());
    let mut input = RestoreInput::new(item(object), Restore::default());
    let _ = ChangeStorageClass::new(&cx).await?.execute(&mut input).await?;
    Ok(input.item)
}

const NAME: &str = "example.io/change-storage-class";

/// A volume, a claim and a StatefulSet with the class.
fn objects(class: &str) -> [Value; 3] {
    let spec = json!({"storageClassName": class});
    [
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": spec}),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "shop"}, "spec": spec}),
        stateful_set(&[class]),
    ]
}

fn stateful_set(classes: &[&str]) -> Value {
    let claims: Vec<_> = classes.iter().map(|class| json!({"spec": {"storageClassName": class}})).collect();
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"volumeClaimTemplates": claims}})
}

#[tokio::test]
async fn a_class_is_replaced() {
    for (before, after) in objects("slow").into_iter().zip(objects("fast")) {
        let changed = execute(&["fast"], NAME, &json!({"slow": "fast"}), before).await.unwrap();
        assert_eq!(changed.as_value(), &after);
    }
}

#[tokio::test]
async fn each_claim_of_a_stateful_set_has_its_own_class() {
    let data = json!({"a": "x", "b": "y", "c": "z"});
    for (before, after) in
        [(&["a", "a"][..], &["x", "x"][..]), (&["a", "b", "c"], &["x", "y", "z"]), (&["a", "d"], &["x", "d"])]
    {
        let changed = execute(&["x", "y", "z"], NAME, &data, stateful_set(before)).await.unwrap();
        assert_eq!(changed.as_value(), &stateful_set(after));
    }
}

#[tokio::test]
async fn without_a_new_class_the_item_is_unchanged() {
    let mut without_class = objects("");
    for object in &mut without_class {
        object["spec"].as_object_mut().unwrap().remove("storageClassName");
    }
    without_class[2] = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {"volumeClaimTemplates": [{"spec": {}}]}});
    for (name, data, objects) in [
        ("example.io/other", json!({"slow": "fast"}), objects("slow")),
        (NAME, json!({}), objects("slow")),
        (NAME, json!({"slow": "fast"}), without_class),
        (NAME, json!({"slow": "fast"}), objects("")),
        (NAME, json!({"third": "fourth"}), objects("slow")),
    ] {
        for object in objects {
            let unchanged = execute(&[], name, &data, object).await.unwrap();
            assert!(!unchanged.is_changed(), "{name} {data} {unchanged:?}");
        }
    }
}

#[tokio::test]
async fn the_new_class_must_exist() {
    for object in objects("slow") {
        let of = item(object.clone());
        let error = execute(&["other"], NAME, &json!({"slow": "fast"}), object).await.unwrap_err();
        let expected =
            format!("the new storage class fast of {of}: storageclasses.storage.k8s.io \"fast\" not found");
        assert_eq!(error.to_string(), expected);
    }
}
