use plugwright::Kind;
use plugwright::testing::FakeCluster;
use serde_json::json;

use super::*;
use crate::testing::{cluster, input, restore};

const NEW: &str = "image-registry.openshift-image-registry.svc:5000";
const OLD: &str = "docker-registry.default.svc:5000";

async fn host_in(cluster: &FakeCluster, kubernetes: (u32, u32)) -> Result<String> {
    let cx = Context::for_tests(Kind::RestoreItemAction, "openshift.io/test").with_client(cluster.client());
    host(&cx, kubernetes).await
}

fn configuration(registry: &Value) -> Value {
    let config = json!({"imagePolicyConfig": registry, "routingConfig": {"subdomain": "apps.example.com"}});
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config", "namespace": "openshift-apiserver"},
        "data": {"config.yaml": config.to_string()},
    })
}

#[tokio::test]
async fn openshifts_own_images_contain_the_host() {
    let cluster = cluster();
    assert_eq!(host_in(&cluster, (1, 29)).await.unwrap(), NEW);
    assert_eq!(cluster.requests().len(), 1);
}

#[tokio::test]
async fn without_images_the_configuration_contains_the_host() {
    let cluster =
        cluster().with([configuration(&json!({"internalRegistryHostname": "registry:5000"}))]).unwrap();
    cluster.fail("list", "imagestreams.image.openshift.io", 404);
    assert_eq!(host_in(&cluster, (1, 12)).await.unwrap(), "registry:5000");
    cluster.add(configuration(&json!({}))).unwrap();
    assert_eq!(host_in(&cluster, (1, 29)).await.unwrap(), "");

    let error = host_in(&FakeCluster::new(), (1, 29)).await.unwrap_err();
    assert!(error.to_string().contains("configmaps \"config\" not found"), "{error}");
}

#[tokio::test]
async fn in_openshift_3_the_host_is_a_service() {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "docker-registry", "namespace": "default"},
        "spec": {"clusterIP": "172.30.1.1", "ports": [{"port": 5000}]},
    });
    let cluster = FakeCluster::new().with([service]).unwrap();
    assert_eq!(host_in(&cluster, (1, 11)).await.unwrap(), "172.30.1.1:5000");
    assert_eq!(host_in(&FakeCluster::new(), (1, 11)).await.unwrap(), "");
}

fn relocated(image: &str, from: &str, to: &str) -> Item {
    let annotations = json!({BACKUP_REGISTRY: from, RESTORE_REGISTRY: to});
    let metadata = json!({"name": "web", "namespace": "shop", "annotations": annotations});
    let containers = json!({"containers": [{"name": "web", "image": image}]});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": containers});
    let mut input = input(pod, restore());
    relocate_images(&mut input.item, &input.restore);
    input.item
}

#[test]
fn the_registry_of_images_is_replaced() {
    for (image, expected) in [
        ("shop/web:1", "shop-copy/web:1"),
        ("shop/web@sha256:4f5c0a", "shop-copy/web@sha256:4f5c0a"),
        ("other/web:1", "other/web:1"),
        ("openshift/cli:4", "openshift/cli:4"),
        ("openshift/cli@sha256:4f5c0a", "openshift/cli"),
        ("web", "web"),
    ] {
        let pod = relocated(&format!("{OLD}/{image}"), OLD, NEW);
        assert_eq!(pod.get_str("/spec/containers/0/image"), Some(&*format!("{NEW}/{expected}")));
    }
}

#[test]
fn other_images_are_unchanged() {
    for (image, from, to) in [
        ("quay.example.com/shop/web:1", OLD, NEW),
        ("docker-registry.default.svc:5000", OLD, NEW),
        ("web", OLD, NEW),
        ("docker-registry.default.svc:5000/shop/web:1", "", NEW),
        ("docker-registry.default.svc:5000/shop/web:1", OLD, ""),
        ("/shop/web:1", "", NEW),
    ] {
        assert!(!relocated(image, from, to).is_changed(), "{image} from {from:?} to {to:?}");
    }
}
