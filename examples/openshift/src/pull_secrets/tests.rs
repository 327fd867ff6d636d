use plugwright::testing::FakeCluster;
use serde_json::json;

use super::*;
use crate::testing::{cluster, input, restore};

fn secrets(cluster: &FakeCluster) -> PullSecrets {
    let cx = Context::for_tests(plugwright::Kind::RestoreItemAction, "openshift.io/test");
    PullSecrets::new(&cx.with_client(cluster.client()))
}

/// The names of a pod's Secrets after its restore.
async fn replaced(cluster: &FakeCluster, names: &[&str]) -> Result<Vec<String>> {
    let used: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [], "imagePullSecrets": used},
    });
    let mut input = input(pod, restore());
    secrets(cluster).replace(&mut input.item, &input.restore).await?;
    let names = input.item.get_each("/spec/imagePullSecrets/*/name");
    Ok(names.filter_map(Value::as_str).map(ToOwned::to_owned).collect())
}

fn object(kind: &str, name: &str, metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    metadata["name"] = name.into();
    metadata["namespace"] = "shop-copy".into();
    json!({"apiVersion": "v1", "kind": kind, "metadata": metadata})
}

#[tokio::test]
async fn secrets_are_those_of_the_new_namespace() {
    let cluster = cluster();
    let names = ["own-secret", "default-dockercfg-q7w3t"];
    assert_eq!(replaced(&cluster, &names).await.unwrap(), ["own-secret", "default-dockercfg-9xk2p"]);
    let error = replaced(&cluster, &["builder-dockercfg-zzzzz"]).await.unwrap_err();
    let expected = "namespace shop-copy has no Secret `builder-dockercfg-…` that a service account uses";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn the_secret_is_the_one_that_the_account_names() {
    let of_default = json!({"annotations": {ACCOUNT: "default"}});
    let cluster = cluster().with([object("Secret", "default-dockercfg-1old1", &of_default)]).unwrap();
    assert_eq!(replaced(&cluster, &["default-dockercfg-q7w3t"]).await.unwrap(), ["default-dockercfg-9xk2p"]);
}

#[tokio::test]
async fn before_openshift_4_16_the_secret_has_the_uid_of_its_account() {
    let of = |uid: &str| json!({"annotations": {OLD_ACCOUNT: "deployer", OLD_ACCOUNT_UID: uid}});
    let objects = [
        object("ServiceAccount", "deployer", &json!({"uid": "u-2"})),
        object("Secret", "deployer-dockercfg-1old1", &of("u-1")),
        object("Secret", "deployer-dockercfg-2new2", &of("u-2")),
        object("Secret", "deployer-dockercfg-0none", &json!({})),
    ];
    let cluster = cluster().with(objects).unwrap();
    assert_eq!(
        replaced(&cluster, &["deployer-dockercfg-q7w3t"]).await.unwrap(),
        ["deployer-dockercfg-2new2"]
    );
}

fn version(version: &str, capabilities: &Value) -> Value {
    json!({
        "apiVersion": "config.openshift.io/v1", "kind": "ClusterVersion", "metadata": {"name": "version"},
        "status": {"desired": {"version": version}, "capabilities": {"enabledCapabilities": capabilities}},
    })
}

fn registry(state: &str) -> Value {
    json!({
        "apiVersion": "imageregistry.operator.openshift.io/v1", "kind": "Config", "metadata": {"name": "cluster"},
        "spec": {"managementState": state},
    })
}

#[tokio::test]
async fn without_a_registry_there_are_none_since_openshift_4_15() {
    let (enabled, disabled) = (json!(["Console", "ImageRegistry"]), json!(["Console"]));
    for (of_version, capabilities, state, are_made) in [
        ("4.16.3", &enabled, Some("Managed"), true),
        ("4.16.3", &enabled, Some("Unmanaged"), true),
        ("4.16.3", &enabled, Some("Removed"), false),
        ("4.16.3", &enabled, None, false),
        ("4.16.3", &disabled, Some("Managed"), false),
        ("4.16.3", &Value::Null, Some("Managed"), false),
        ("4.15.0", &disabled, Some("Managed"), false),
        ("4.14.9", &disabled, Some("Managed"), true),
        ("4.14.9", &enabled, None, true),
        ("5.0.1", &disabled, None, false),
    ] {
        let objects = [version(of_version, capabilities)].into_iter().chain(state.map(registry));
        let cluster = FakeCluster::new().with(objects).unwrap();
        assert_eq!(
            secrets(&cluster).are_made().await.unwrap(),
            are_made,
            "{of_version} {capabilities} {state:?}"
        );
    }
    let cluster = FakeCluster::new().with([version("4.16.3", &disabled)]).unwrap();
    assert_eq!(replaced(&cluster, &["default-dockercfg-q7w3t"]).await.unwrap(), ["default-dockercfg-q7w3t"]);
    secrets(&FakeCluster::new()).are_made().await.unwrap_err();
}

fn namespace(created: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "shop-copy", "creationTimestamp": created},
    })
}

/// A cluster in which the namespace's Secret is not there yet.
fn too_early(created: &str) -> (FakeCluster, Value) {
    let full = cluster();
    let secret = full.object("secrets", "shop-copy", "default-dockercfg-9xk2p").unwrap();
    let of_cluster = ["clusterversions.config.openshift.io", "configs.imageregistry.operator.openshift.io"];
    let objects =
        of_cluster.iter().flat_map(|resource| full.all(resource)).chain(full.all("serviceaccounts"));
    (FakeCluster::new().with(objects.chain([namespace(created)])).unwrap(), secret)
}

#[tokio::test(start_paused = true)]
async fn a_pod_waits_for_the_secret_of_a_new_namespace() {
    let (cluster, secret) = too_early(&Time::now().to_string());
    let lists = || cluster.requests().iter().filter(|request| request.contains("/secrets")).count();
    let come = async {
        while lists() < 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        cluster.add(secret).unwrap();
    };
    let (names, ()) = tokio::join!(replaced(&cluster, &["default-dockercfg-q7w3t"]), come);
    assert_eq!(names.unwrap(), ["default-dockercfg-9xk2p"]);
    assert_eq!(lists(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_pod_does_not_wait_for_an_older_namespace() {
    let (cluster, _) = too_early("2026-01-01T00:00:00Z");
    let error = replaced(&cluster, &[]).await.unwrap_err().to_string();
    let expected =
        "waiting for Secret `default-dockercfg-…` in the first 5 minutes of namespace shop-copy: timed out";
    assert!(error.starts_with(expected), "{error}");
    // If the Secret is there, the age of the namespace does not matter.
    let full = crate::testing::cluster().with([namespace("2026-01-01T00:00:00Z")]).unwrap();
    assert!(replaced(&full, &[]).await.is_ok());
    assert!(!full.requests().iter().any(|request| request.ends_with("/namespaces/shop-copy")));
}
