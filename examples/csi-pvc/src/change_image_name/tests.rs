use plugwright::testing::FakeCluster;
use serde_json::{Value, json};

use super::*;
use crate::testing::{cluster, config, item};

async fn execute(cluster: &FakeCluster, object: Value) -> Result<Item> {
    let cx = Context::for_tests_of::<ChangeImageName>().with_client(cluster.client());
    let mut input = RestoreInput::new(item(object), Restore::default());
    let _ = ChangeImageName::new(&cx).await?.execute(&mut input).await?;
    Ok(input.item)
}

fn rules(data: &Value) -> FakeCluster {
    cluster([config("example.io/change-image-name", data)])
}

fn pod(image: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [{"name": "web", "image": image}]}})
}

async fn changed(rule: &str, image: &str) -> String {
    let pod = execute(&rules(&json!({"specific": rule})), pod(image)).await.unwrap();
    pod.get_str("/spec/containers/0/image").unwrap().to_owned()
}

#[tokio::test]
async fn each_part_of_an_image_can_be_replaced() {
    for (rule, image, expected) in [
        ("1.1.1.1:5000  ,  2.2.2.2:3000", "1.1.1.1:5000/abc:test", "2.2.2.2:3000/abc:test"),
        ("1.1.1.1:5000,2.2.2.2:3000", "1.1.1.1:5000/abc:test", "2.2.2.2:3000/abc:test"),
        ("abc:test,myproject:latest", "1.1.1.1:5000/abc:test", "1.1.1.1:5000/myproject:latest"),
        ("5000,3333", "1.1.1.1:5000/abc:test", "1.1.1.1:3333/abc:test"),
        ("test,latest", "1.1.1.1:5000/abc:test", "1.1.1.1:5000/abc:latest"),
        ("dev/,test/", "dev/image1:dev", "test/image1:dev"),
    ] {
        assert_eq!(changed(rule, image).await, expected, "{rule}");
    }
}

#[tokio::test]
async fn invalid_rules_are_ignored() {
    for rule in ["abc", "abc,", "abc, ", ",xyz", ""] {
        assert_eq!(changed(rule, "abc:test").await, "abc:test", "{rule}");
    }
}

#[tokio::test]
async fn the_first_matching_rule_applies() {
    let rules = rules(&json!({"a": "other,x", "b": "abc,first", "c": "abc,second"}));
    let pod = execute(&rules, pod("abc:test")).await.unwrap();
    assert_eq!(pod.get_str("/spec/containers/0/image"), Some("first:test"));
}

#[tokio::test]
async fn all_workloads_and_their_init_containers_are_changed() {
    let spec = json!({"containers": [{"image": "old/web"}, {"name": "none"}], "initContainers": [{"image": "old/init"}]});
    let template = json!({"template": {"spec": spec}});
    for (api_version, kind, object) in [
        ("v1", "Pod", spec.clone()),
        ("v1", "ReplicationController", template.clone()),
        ("apps/v1", "Deployment", template.clone()),
        ("apps/v1", "StatefulSet", template.clone()),
        ("apps/v1", "DaemonSet", template.clone()),
        ("apps/v1", "ReplicaSet", template.clone()),
        ("batch/v1", "Job", template.clone()),
        ("batch/v1", "CronJob", json!({"jobTemplate": {"spec": template}})),
    ] {
        let object =
            json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": object});
        let changed = execute(&rules(&json!({"registry": "old/,new/"})), object).await.unwrap();
        let images: Vec<_> =
            changed.containers().filter_map(|container| container["image"].as_str()).collect();
        assert_eq!(images, ["new/init", "new/web"], "{kind}");
    }
}

#[tokio::test]
async fn without_rules_the_item_is_unchanged() {
    for cluster in
        [cluster([]), rules(&json!({})), cluster([config("example.io/other", &json!({"a": "abc,x"}))])]
    {
        assert!(!execute(&cluster, pod("abc:test")).await.unwrap().is_changed());
    }
}

#[tokio::test]
async fn two_configurations_are_an_error() {
    let mut second = config("example.io/change-image-name", &json!({}));
    second["metadata"]["name"] = "second".into();
    let cluster = rules(&json!({"a": "abc,x"})).with([second]).unwrap();
    let error = execute(&cluster, pod("abc:test")).await.unwrap_err().to_string();
    assert!(error.contains("has more than one configuration: the ConfigMaps config, second"), "{error}");
}
