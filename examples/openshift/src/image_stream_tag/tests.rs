use plugwright::testing::FakeCluster;
use serde_json::{Value, json};

use super::*;
use crate::testing::{input, restore};

const REGISTRY: &str = "docker-registry.default.svc:5000";
const LOCAL: &str = "docker-registry.default.svc:5000/shop/web@sha256:4f5c0a";
const REMOTE: &str = "quay.example.com/shop/web@sha256:4f5c0a";

fn action() -> ImageStreamTags {
    ImageStreamTags::new(&Context::for_tests_of::<ImageStreamTags>())
}

fn tag(image: &str, from: &Value, annotations: &Value) -> Value {
    let mut annotations = annotations.clone();
    annotations[BACKUP_REGISTRY] = REGISTRY.into();
    json!({
        "apiVersion": "image.openshift.io/v1", "kind": "ImageStreamTag",
        "metadata": {"name": "web:prod", "namespace": "shop", "annotations": annotations},
        "tag": {"name": "prod", "annotations": {"released-by": "ana"}, "from": from},
        "image": {"dockerImageReference": image},
    })
}

async fn restored(tag: Value) -> (Item, RestoreOutputV2) {
    let mut input = input(tag, restore());
    let output = action().execute(&mut input).await.unwrap();
    (input.item, output)
}

#[tokio::test]
async fn tags_of_external_images_and_references_are_restored() {
    let own = json!({"kind": "ImageStreamImage", "name": "web@sha256:4f5c0a"});
    let own_by_name = json!({"kind": "ImageStreamImage", "name": "web@sha256:4f5c0a", "namespace": "shop"});
    let others = json!({"kind": "ImageStreamImage", "name": "web@sha256:4f5c0a", "namespace": "base"});
    let tag_ref = json!({"kind": "ImageStreamTag", "name": "web:1"});
    let docker = json!({"kind": "DockerImage", "name": "quay.example.com/shop/web:1"});
    for (image, from, is_restored) in [
        (LOCAL, &Value::Null, false),
        (REMOTE, &Value::Null, true),
        (LOCAL, &own, false),
        (LOCAL, &own_by_name, false),
        (REMOTE, &own, true),
        (LOCAL, &others, true),
        (LOCAL, &tag_ref, true),
        (LOCAL, &docker, true),
    ] {
        let (_, output) = restored(tag(image, from, &json!({}))).await;
        assert_eq!(!output.is_skipped(), is_restored, "{image}, {from}");
    }
    // Without the registry's name, all images are external.
    let mut of_unknown_registry = tag(LOCAL, &Value::Null, &json!({}));
    of_unknown_registry["metadata"]["annotations"][BACKUP_REGISTRY] = "".into();
    assert!(!restored(of_unknown_registry).await.1.is_skipped());
}

#[tokio::test]
async fn the_namespace_of_the_reference_is_mapped() {
    for (kind, from, to) in [
        ("ImageStreamTag", json!("shop"), json!("shop-copy")),
        ("ImageStreamTag", json!("base"), json!("base")),
        ("ImageStreamTag", json!(null), json!(null)),
        ("ImageStreamImage", json!("base"), json!("base")),
    ] {
        let from = json!({"kind": kind, "name": "web:1", "namespace": from});
        let (item, _) = restored(tag(LOCAL, &from, &json!({}))).await;
        assert_eq!(item.get("/tag/from/namespace"), Some(&to), "{from}");
        assert_eq!(item.get("/tag/annotations"), None);
        assert!(item.annotation(BACKUP_REGISTRY).is_some());
    }
}

#[tokio::test]
async fn the_referenced_tag_is_restored_first() {
    let from = json!({"kind": "ImageStreamTag", "name": "web:1"});
    let related = json!({RELATED_TAG: "web:1", RELATED_NAMESPACE: "shop"});
    let (_, output) = restored(tag(LOCAL, &from, &related)).await;
    assert!(output.wait_for_additional_items);
    assert_eq!(output.additional_items, [ResourceIdentifier::new(TAGS, "shop", "web:1")]);
    let (_, output) = restored(tag(LOCAL, &from, &json!({RELATED_TAG: "web:1"}))).await;
    assert_eq!(output.additional_items, []);
}

#[tokio::test]
async fn the_referenced_tag_is_ready_in_the_target_namespace() {
    let cluster = FakeCluster::new();
    let action =
        ImageStreamTags::new(&Context::for_tests_of::<ImageStreamTags>().with_client(cluster.client()));
    let related = [ResourceIdentifier::new(TAGS, "shop", "web:1")];
    let mut object = tag(REMOTE, &Value::Null, &json!({}));
    object["metadata"]["name"] = "web:1".into();
    cluster.add(object.clone()).unwrap();
    assert!(!action.are_additional_items_ready(&related, &restore()).await.unwrap());
    object["metadata"]["namespace"] = "shop-copy".into();
    cluster.add(object).unwrap();
    assert!(action.are_additional_items_ready(&related, &restore()).await.unwrap());
    assert!(action.are_additional_items_ready(&[], &restore()).await.unwrap());
    cluster.fail("get", TAGS, 403);
    action.are_additional_items_ready(&related, &restore()).await.unwrap_err();
}
