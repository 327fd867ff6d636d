//! Tests of the binary, started as Velero does, with `manifests/cluster.yaml` as the cluster.

use std::path::{Path, PathBuf};

use plugwright::client::Client;
use plugwright::client::chain::{ItemReport, Report};
use plugwright::testing::{FakeCluster, ServedCluster};
use plugwright::{Backup, Item, Kind, ResourceIdentifier, Restore};
use serde_json::Value;

const REGISTRY: &str = "image-registry.openshift-image-registry.svc:5000";

const RESTORED: [&str; 5] =
    ["image-stream-tag", "pod", "related-image-stream-tag", "role-binding", "service-account"];

/// The plugin, and its cluster with a server.
struct Site {
    plugin: Client,
    cluster: FakeCluster,
    _served: ServedCluster,
}

impl Site {
    async fn new() -> Self {
        let cluster = FakeCluster::new().with_file(manifest("cluster")).unwrap();
        let served = cluster.serve().await.unwrap();
        let plugin = Client::builder(env!("CARGO_BIN_EXE_openshift-plugin-example"));
        let plugin = plugin.env("KUBECONFIG", served.kubeconfig()).env("VELERO_NAMESPACE", "velero");
        Self { plugin: plugin.start().await.unwrap(), cluster, _served: served }
    }

    /// Restores the manifests. The referenced tag is created after the plugin has checked twice, like in a real cluster, where
    /// OpenShift needs time after Velero has created it.
    async fn restore(&self) -> Report {
        let items: Vec<Item> = RESTORED.iter().map(|name| item(&object(name))).collect();
        let restore = Restore::from_json(object("restore").to_string().as_bytes()).unwrap();
        let tag = async {
            let is_look = |request: &&String| request.contains("shop-copy/imagestreamtags/web");
            while self.cluster.requests().iter().filter(is_look).count() < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            let mut tag = object("related-image-stream-tag");
            tag["metadata"]["namespace"] = "shop-copy".into();
            self.cluster.add(tag).unwrap();
        };
        let (report, ()) = tokio::join!(self.plugin.restore(&items, &restore), tag);
        report.unwrap()
    }
}

fn manifest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("manifests/{name}.yaml"))
}

fn object(name: &str) -> Value {
    let cluster = FakeCluster::new().with_file(manifest(name)).unwrap();
    let resources = [
        "imagestreamtags.image.openshift.io",
        "pods",
        "restores.velero.io",
        "rolebindings.authorization.openshift.io",
        "serviceaccounts",
    ];
    resources.iter().find_map(|resource| cluster.all(resource).pop()).unwrap()
}

fn item(object: &Value) -> Item {
    Item::from_value(object.clone()).unwrap()
}

fn find<'a>(report: &'a Report, resource: &str, name: &str) -> &'a ItemReport {
    report.item(&ResourceIdentifier::new(resource, "shop", name)).unwrap()
}

/// The actions called for an item, in order.
fn calls(item: &ItemReport) -> Vec<&str> {
    let calls = item.steps.iter().filter(|step| step.is_call());
    calls.map(|step| step.plugin.name.strip_prefix("openshift.io/").unwrap()).collect()
}

#[tokio::test]
async fn velero_finds_the_actions_in_the_order_of_the_original() {
    let site = Site::new().await;
    let plugins = site.plugin.plugins().await.unwrap();
    let plugins: Vec<_> = plugins.iter().map(|plugin| (plugin.kind, plugin.name.as_str())).collect();
    let expected = [
        (Kind::BackupItemAction, "openshift.io/02-serviceaccount-backup-plugin"),
        (Kind::RestoreItemAction, "openshift.io/01-common-restore-plugin"),
        (Kind::RestoreItemAction, "openshift.io/07-pod-restore-plugin"),
        (Kind::RestoreItemAction, "openshift.io/21-role-bindings-restore-plugin"),
        (Kind::RestoreItemActionV2, "openshift.io/04-imagestreamtag-restore-plugin"),
        (Kind::ItemBlockAction, "openshift.io/02-serviceaccount-backup-plugin"),
    ];
    assert_eq!(plugins, expected);
}

#[tokio::test]
async fn a_namespace_is_restored_as_a_copy_into_another_cluster() {
    let site = Site::new().await;
    let report = site.restore().await;
    assert_eq!(report.errors().chain(report.warnings()).collect::<Vec<_>>(), [] as [String; 0]);

    let pod = find(&report, "pods", "web-1-5d4fz");
    assert_eq!(calls(pod), ["01-common-restore-plugin", "07-pod-restore-plugin"]);
    let pod = pod.result().unwrap();
    let image = format!("{REGISTRY}/shop-copy/web@sha256:4f5c0a");
    assert_eq!(pod.get_str("/spec/containers/0/image"), Some(&*image));
    assert_eq!(pod.get_str("/spec/imagePullSecrets/0/name"), Some("default-dockercfg-9xk2p"));
    assert_eq!(pod.get("/spec/nodeSelector"), None);
    let labels: Vec<_> = pod.labels().collect();
    assert_eq!(labels, [("app", "web"), ("oadp.openshift.io/disconnected-from-dc", "copy")]);

    let binding = find(&report, "rolebindings.authorization.openshift.io", "viewers");
    assert_eq!(calls(binding), ["21-role-bindings-restore-plugin"]);
    let users = binding.result().unwrap().get("/userNames");
    assert_eq!(users, Some(&["system:serviceaccount:shop-copy:web", "ana"].as_slice().into()));
}

#[tokio::test]
async fn a_tag_waits_for_its_referenced_tag() {
    let site = Site::new().await;
    let report = site.restore().await;
    let tag = find(&report, "imagestreamtags.image.openshift.io", "web:prod");
    // Version 2 is called after version 1, regardless of names.
    assert_eq!(calls(tag), ["01-common-restore-plugin", "04-imagestreamtag-restore-plugin"]);
    let effect = tag.effect("openshift.io/04-imagestreamtag-restore-plugin").unwrap();
    assert!(effect.wait_for_additional_items && effect.not_ready.is_none());
    assert_eq!(effect.additional_items[0].to_string(), "imagestreamtags.image.openshift.io shop/web:1");
    let tag = tag.result().unwrap();
    assert_eq!(tag.get_str("/tag/from/namespace"), Some("shop-copy"));
    assert_eq!(tag.annotation("openshift.io/restore-registry-hostname"), Some(REGISTRY));
    // Three checks: the tag was created between the second and the third.
    let looks = |request: &&String| request.contains("shop-copy/imagestreamtags/web");
    assert_eq!(site.cluster.requests().iter().filter(looks).count(), 3);
}

#[tokio::test]
async fn an_account_and_its_constraints_are_one_block() {
    let site = Site::new().await;
    let constraints = "securitycontextconstraints.security.openshift.io";
    let definitions = site.cluster.all("customresourcedefinitions.apiextensions.k8s.io");
    let account = object("service-account");
    let of_cluster = site.cluster.all(constraints);
    let items: Vec<Item> = [account].iter().chain(&definitions).chain(&of_cluster).map(item).collect();
    let report = site.plugin.backup(&items, &Backup::named("velero", "nightly")).await.unwrap();
    assert_eq!(report.errors().chain(report.warnings()).collect::<Vec<_>>(), [] as [String; 0]);
    let account = find(&report, "serviceaccounts", "web");
    let effects: Vec<_> = account.steps.iter().filter_map(|step| step.effect()).collect();
    let expected = [ResourceIdentifier::new(constraints, "", "shop-web")];
    assert_eq!(
        (&effects[0].related_items[..], &effects[1].additional_items[..]),
        (&expected[..], &expected[..])
    );
    // Both kinds are one plugin in one process, which lists the constraints once.
    let lists = site.cluster.requests();
    assert_eq!(lists, ["GET /apis/security.openshift.io/v1/securitycontextconstraints?"]);
}

#[tokio::test]
async fn without_the_cluster_items_fail_and_the_restore_continues() {
    let site = Site::new().await;
    site.cluster.fail("list", "imagestreams.image.openshift.io", 404);
    let items = ["pod", "role-binding"].map(|name| item(&object(name)));
    let report = site.plugin.restore(&items, &Restore::named("velero", "copy")).await.unwrap();
    let errors: Vec<_> = report.errors().collect();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].starts_with("pods shop/web-1-5d4fz: openshift.io/01-common-restore-plugin: "),
        "{errors:?}"
    );
    assert!(errors[0].contains("configmaps \"config\" not found"), "{errors:?}");
    assert!(find(&report, "rolebindings.authorization.openshift.io", "viewers").result().is_some());
}
