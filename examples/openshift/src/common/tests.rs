use plugwright::testing::FakeCluster;
use serde_json::json;

use super::*;
use crate::testing::{cluster, input};

async fn restored(action: &Common) -> Result<Item> {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}});
    let mut input = input(pod, Restore::default());
    assert!(!action.execute(&mut input).await?.is_skipped());
    Ok(input.item)
}

fn action(cluster: &FakeCluster) -> Common {
    Common::new(&Context::for_tests_of::<Common>().with_client(cluster.client()))
}

#[tokio::test]
async fn items_have_the_version_and_the_registry() {
    let cluster = cluster().with_version("v1.29.6+aba1e8d");
    let action = action(&cluster);
    for _ in 0..2 {
        let annotations = restored(&action).await.unwrap();
        let annotations: Vec<_> = annotations.annotations().collect();
        let registry = "image-registry.openshift-image-registry.svc:5000";
        assert_eq!(annotations, [(RESTORE_REGISTRY, registry), (RESTORE_SERVER_VERSION, "1.29")]);
    }
    // One request for the version and one for the registry, for all items.
    assert_eq!(cluster.requests().len(), 2);
}

#[tokio::test]
async fn the_next_item_retries_after_an_error() {
    let empty = FakeCluster::new();
    let action = action(&empty);
    restored(&action).await.unwrap_err();
    empty.clone().with_file("manifests/cluster.yaml").unwrap();
    assert!(restored(&action).await.is_ok());
}
