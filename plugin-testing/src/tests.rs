//! Tests the cluster through kube's client.

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{
    Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, Preconditions, WatchEvent,
    WatchParams,
};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use crate::FakeCluster;
use crate::error::Result;

fn map(name: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop", "labels": labels}, "data": {"a": "1"},
    })
}

fn cluster() -> FakeCluster {
    let maps =
        [map("a", &json!({"tier": "front"})), map("b", &json!({"tier": "back"})), map("c", &json!({}))];
    FakeCluster::new().with(maps).unwrap()
}

#[test]
fn data_that_are_not_strings_are_rejected() {
    for (kind, field, value, found) in [
        ("ConfigMap", "data", json!(false), "the boolean false; quote it"),
        ("ConfigMap", "data", json!(["a"]), "a list"),
        ("Secret", "stringData", json!(5), "the number 5; quote it"),
    ] {
        let object =
            json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "web"}, field: {"suspend": value}});
        let error = FakeCluster::new().with([object]).unwrap_err().to_string();
        assert_eq!(error, format!("{kind} web: `{field}.suspend`: expected a string, found {found}"));
    }
    let other =
        json!({"apiVersion": "example.io/v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": 1}});
    assert!(FakeCluster::new().with([other]).is_ok());
}

fn maps(cluster: &FakeCluster) -> Api<ConfigMap> {
    Api::namespaced(cluster.client(), "shop")
}

fn names(list: impl IntoIterator<Item = ConfigMap>) -> Vec<String> {
    list.into_iter().map(|map| map.metadata.name.unwrap_or_default()).collect()
}

/// The code and the reason of an error of the API server.
fn status<T: std::fmt::Debug>(result: Result<T, kube::Error>) -> (u16, String) {
    match result.unwrap_err() {
        kube::Error::Api(status) => (status.code, status.reason.clone()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn get_and_list_by_selectors_and_pages() {
    let cluster = cluster();
    let maps = maps(&cluster);
    let map = maps.get("a").await.unwrap();
    assert!(map.metadata.uid.is_some() && map.metadata.creation_timestamp.is_some());
    let missing = maps.get("x").await;
    let text = missing.as_ref().unwrap_err().to_string();
    assert!(text.contains("configmaps \"x\" not found"), "{text}");
    assert_eq!(status(missing), (404, "NotFound".into()));

    let list = |params: ListParams| {
        let maps = maps.clone();
        async move { names(maps.list(&params).await.unwrap()) }
    };
    assert_eq!(list(ListParams::default().labels("tier in (front,back),tier!=back")).await, ["a"]);
    assert_eq!(list(ListParams::default().labels("!tier")).await, ["c"]);
    assert_eq!(list(ListParams::default().fields("metadata.name=b")).await, ["b"]);
    assert_eq!(list(ListParams::default().fields("metadata.name!=b,data.a=1")).await, ["a", "c"]);
    let wrong = maps.list(&ListParams::default().labels("a in (")).await;
    assert_eq!(status(wrong), (400, "BadRequest".into()));

    let page = maps.list(&ListParams::default().limit(2)).await.unwrap();
    assert_eq!(page.metadata.remaining_item_count, Some(1));
    let next = ListParams::default().limit(2).continue_token(&page.metadata.continue_.clone().unwrap());
    assert_eq!((names(page), list(next).await), (vec!["a".into(), "b".into()], vec!["c".to_owned()]));

    assert!(
        names(
            Api::<ConfigMap>::namespaced(cluster.client(), "other")
                .list(&ListParams::default())
                .await
                .unwrap()
        )
        .is_empty()
    );
    assert_eq!(
        names(Api::<ConfigMap>::all(cluster.client()).list(&ListParams::default()).await.unwrap()).len(),
        3
    );
}

#[tokio::test]
async fn create_by_name_and_by_prefix() {
    let cluster = cluster();
    let maps = maps(&cluster);
    let new = |value: Value| serde_json::from_value::<ConfigMap>(value).unwrap();
    let created =
        maps.create(&PostParams::default(), &new(json!({"metadata": {"generateName": "g-"}}))).await.unwrap();
    let name = created.metadata.name.unwrap();
    assert!(name.starts_with("g-") && name.len() == 7, "{name}");
    assert_eq!(created.metadata.namespace.as_deref(), Some("shop"));
    let twice = maps.create(&PostParams::default(), &new(json!({"metadata": {"name": "a"}}))).await;
    assert_eq!(status(twice), (409, "AlreadyExists".into()));
    let nameless = maps.create(&PostParams::default(), &new(json!({}))).await;
    assert_eq!(status(nameless).0, 400);
    let elsewhere = new(json!({"metadata": {"name": "x", "namespace": "other"}}));
    assert_eq!(status(maps.create(&PostParams::default(), &elsewhere).await).0, 400);
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    maps.create(&dry, &new(json!({"metadata": {"name": "dry"}}))).await.unwrap();
    assert!(maps.get_opt("dry").await.unwrap().is_none());
}

#[tokio::test]
async fn a_stale_update_is_a_conflict() {
    let cluster = cluster();
    let maps = maps(&cluster);
    let mut map = maps.get("a").await.unwrap();
    let stale = map.clone();
    map.data.get_or_insert_default().insert("a".into(), "2".into());
    let updated = maps.replace("a", &PostParams::default(), &map).await.unwrap();
    assert_ne!(updated.metadata.resource_version, map.metadata.resource_version);
    assert_eq!(updated.metadata.uid, map.metadata.uid);
    let refused = maps.replace("a", &PostParams::default(), &stale).await;
    assert_eq!(status(refused), (409, "Conflict".into()));
    assert_eq!(cluster.object("configmaps", "shop", "a").unwrap()["data"], json!({"a": "2"}));
}

#[tokio::test]
async fn every_kind_of_patch() {
    let cluster = FakeCluster::new()
        .with([json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "1"}},
            "spec": {"containers": [{"name": "app", "image": "x:1"}, {"name": "sidecar", "image": "y:1"}]},
        })])
        .unwrap();
    let pods: Api<Pod> = Api::namespaced(cluster.client(), "shop");
    let containers = || cluster.object("pods", "shop", "web").unwrap()["spec"]["containers"].clone();

    let merge = json!({"metadata": {"labels": {"a": null, "b": "2"}}});
    let pod = pods.patch("web", &PatchParams::default(), &Patch::Merge(&merge)).await.unwrap();
    assert_eq!(
        pod.metadata.labels.unwrap().into_iter().collect::<Vec<_>>(),
        [("b".to_owned(), "2".to_owned())]
    );

    let by_name =
        json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "app", "image": "x:2"}]}});
    let apply = PatchParams::apply("test");
    pods.patch("web", &apply, &Patch::Apply(&by_name)).await.unwrap();
    assert_eq!(containers(), json!([{"name": "app", "image": "x:2"}, {"name": "sidecar", "image": "y:1"}]));
    let strategic = json!({"spec": {"containers": [{"name": "sidecar", "image": "y:2"}]}});
    pods.patch("web", &PatchParams::default(), &Patch::Strategic(&strategic)).await.unwrap();
    assert_eq!(containers()[1]["image"], "y:2");
    pods.patch("web", &PatchParams::default(), &Patch::Merge(&strategic)).await.unwrap();
    assert_eq!(containers(), json!([{"name": "sidecar", "image": "y:2"}]));

    let json_patch = |operations: Value| {
        let request = http::Request::patch("/api/v1/namespaces/shop/pods/web")
            .header("content-type", "application/json-patch+json")
            .body(operations.to_string().into_bytes())
            .unwrap();
        let client = cluster.client();
        async move { client.request::<Value>(request).await }
    };
    json_patch(json!([
        {"op": "test", "path": "/spec/containers/0/name", "value": "sidecar"},
        {"op": "add", "path": "/spec/containers/-", "value": {"name": "last"}},
        {"op": "add", "path": "/metadata/labels/x~1y", "value": "3"},
        {"op": "move", "from": "/spec/containers/0", "path": "/spec/containers/1"},
        {"op": "remove", "path": "/metadata/labels/b"},
    ]))
    .await
    .unwrap();
    assert_eq!(containers(), json!([{"name": "last"}, {"name": "sidecar", "image": "y:2"}]));
    assert_eq!(cluster.object("pods", "shop", "web").unwrap()["metadata"]["labels"], json!({"x/y": "3"}));
    let wrong = json_patch(json!([{"op": "replace", "path": "/spec/nothing", "value": 1}])).await;
    assert_eq!(status(wrong).0, 400);

    // Apply creates a missing object; other patches do not.
    pods.patch("new", &apply, &Patch::Apply(&by_name)).await.unwrap();
    assert!(cluster.object("pods", "shop", "new").is_some());
    let absent = pods.patch("absent", &PatchParams::default(), &Patch::Merge(&merge)).await;
    assert_eq!(status(absent).0, 404);
    // Only the status changes.
    let status_patch = json!({"metadata": {"labels": {"no": "no"}}, "status": {"phase": "Running"}});
    pods.patch_status("new", &PatchParams::default(), &Patch::Merge(&status_patch)).await.unwrap();
    let new = cluster.object("pods", "shop", "new").unwrap();
    assert_eq!((&new["status"]["phase"], new["metadata"].get("labels")), (&json!("Running"), None));
}

#[tokio::test]
async fn finalizers_delay_deletion() {
    let mut kept = map("kept", &json!({}));
    kept["metadata"]["finalizers"] = json!(["example.io/keep"]);
    let cluster = cluster().with([kept]).unwrap();
    let maps = maps(&cluster);
    let deleted = maps.delete("kept", &DeleteParams::default()).await.unwrap();
    assert!(deleted.left().unwrap().metadata.deletion_timestamp.is_some());
    let done = json!({"metadata": {"finalizers": null}});
    maps.patch("kept", &PatchParams::default(), &Patch::Merge(&done)).await.unwrap();
    assert!(maps.get_opt("kept").await.unwrap().is_none());

    let other = DeleteParams::default()
        .preconditions(Preconditions { uid: Some("another".into()), resource_version: None });
    assert_eq!(status(maps.delete("a", &other).await.map(|_| ())), (409, "Conflict".into()));
    assert!(maps.delete("a", &DeleteParams::default()).await.unwrap().is_right());
    maps.delete_collection(&DeleteParams::default(), &ListParams::default().labels("tier")).await.unwrap();
    assert_eq!(cluster.all("configmaps").len(), 1);
}

#[tokio::test]
async fn watch_returns_existing_objects_and_changes() {
    use std::pin::pin;
    use tokio_stream::StreamExt as _;

    let cluster = cluster();
    let maps = maps(&cluster);
    let params = WatchParams::default().labels("tier").timeout(5);
    let mut events = pin!(maps.watch(&params, "0").await.unwrap());
    let mut next = async || match events.next().await.unwrap().unwrap() {
        WatchEvent::Added(map) => ("added", map.metadata.name.unwrap()),
        WatchEvent::Modified(map) => ("modified", map.metadata.name.unwrap()),
        WatchEvent::Deleted(map) => ("deleted", map.metadata.name.unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!((next().await, next().await), (("added", "a".into()), ("added", "b".into())));
    let label = |value: Value| json!({"metadata": {"labels": {"tier": value}}});
    let patch = PatchParams::default();
    maps.patch("c", &patch, &Patch::Merge(&label(json!("new")))).await.unwrap();
    maps.patch("a", &patch, &Patch::Merge(&json!({"data": {"b": "2"}}))).await.unwrap();
    maps.patch("b", &patch, &Patch::Merge(&label(Value::Null))).await.unwrap();
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    let expected = [("added", "c"), ("modified", "a"), ("deleted", "b"), ("deleted", "a")];
    for (change, name) in expected {
        assert_eq!(next().await, (change, name.to_owned()));
    }
}

#[tokio::test]
async fn faults_start_and_end_as_configured() {
    let cluster = cluster();
    let maps = maps(&cluster);
    cluster.fail("get", "configmaps", 403).after(1).times(2);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(maps.get("a").await.map_or_else(|error| status::<()>(Err(error)).0, |_| 200));
    }
    assert_eq!(codes, [200, 403, 403, 200]);
    cluster.fail("*", "virtualmachines.kubevirt.io", 500);
    assert!(maps.get("a").await.is_ok());
    assert_eq!(cluster.requests().len(), 5);
}

#[tokio::test]
async fn custom_resources_and_files() {
    let path = std::env::temp_dir().join(format!("plugwright-objects-{}.yaml", std::process::id()));
    let text = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: vm, namespace: shop}\n---\n\
                apiVersion: v1\nkind: List\nitems:\n- apiVersion: e.io/v1\n  kind: Chassis\n  metadata: {name: one}\n";
    std::fs::write(&path, text).unwrap();
    let cluster = FakeCluster::new().with_resource("e.io/v1", "Chassis", "chassis").with_file(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(cluster.object("chassis.e.io", "", "one").is_some());
    let machine = ApiResource::from_gvk(&GroupVersionKind::gvk("kubevirt.io", "v1", "VirtualMachine"));
    let machines: Api<DynamicObject> = Api::namespaced_with(cluster.client(), "shop", &machine);
    assert_eq!(machines.list(&ListParams::default()).await.unwrap().items.len(), 1);
    let error = FakeCluster::new().with([json!({"kind": "Pod"})]).unwrap_err();
    assert!(error.to_string().starts_with("expected a Kubernetes object with `apiVersion`"), "{error}");
    let error = FakeCluster::new().with_file("/nowhere.yaml").unwrap_err().to_string();
    assert!(error.starts_with("reading /nowhere.yaml: "), "{error}");
}

#[tokio::test]
async fn a_definition_sets_the_plural() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "chassis.e.io"},
        "spec": {"group": "e.io", "names": {"kind": "Chassis", "plural": "chassis"}},
    });
    let one = json!({"apiVersion": "e.io/v1", "kind": "Chassis", "metadata": {"name": "one"}});
    let cluster = FakeCluster::new().with([definition, one]).unwrap();
    assert_eq!(cluster.all("chassis.e.io").len(), 1);
    assert_eq!(cluster.all("customresourcedefinitions.apiextensions.k8s.io").len(), 1);
}

#[tokio::test]
async fn reports_the_given_version() {
    let version = async |cluster: FakeCluster| {
        let version = cluster.client().apiserver_version().await.unwrap();
        (version.major, version.minor, version.git_version)
    };
    assert_eq!(version(FakeCluster::new()).await, ("1".into(), "34".into(), "v1.34.0".into()));
    let older = FakeCluster::new().with_version("v1.27.4+18eadca");
    assert_eq!(version(older).await, ("1".into(), "27".into(), "v1.27.4+18eadca".into()));
}

#[tokio::test]
async fn serves_another_process_by_kubeconfig() {
    // These tests include both providers that this crate's features enable.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = cluster();
    let served = cluster.serve().await.unwrap();
    let text = std::fs::read_to_string(served.kubeconfig()).unwrap();
    let config: kube::config::Kubeconfig = serde_saphyr::from_str(&text).unwrap();
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(config, &options).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(client, "shop");
    assert_eq!(names(maps.list(&ListParams::default()).await.unwrap()), ["a", "b", "c"]);
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    assert_eq!(cluster.all("configmaps").len(), 2);
    let path = served.kubeconfig().to_owned();
    drop(served);
    assert!(!path.exists());
}

#[tokio::test]
async fn debug_prints_no_objects() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "shop"},
        "stringData": {"password": "hunter2"},
    });
    let cluster = FakeCluster::new().with([secret]).unwrap();
    let served = cluster.serve().await.unwrap();
    let text = format!("{cluster:?} {served:?} {:?}", cluster.fail("get", "secrets", 403));
    assert!(text.contains("FakeCluster") && !text.contains("hunter2"), "{text}");
}
