//! Tests of the binary, started as Velero does, with `manifests/cluster.yaml` as the cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plugwright::client::chain::{Operation, Report};
use plugwright::client::{Client, ClientBuilder};
use plugwright::testing::{FakeCluster, ServedCluster};
use plugwright::{Item, Kind, Restore};
use serde_json::{Value, json};

const DOWNLOADS: &str = "datadownloads.velero.io";

/// The plugins, and their cluster with a server.
struct Site {
    plugins: Client,
    cluster: FakeCluster,
    _served: ServedCluster,
}

impl Site {
    async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(edit: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let cluster = FakeCluster::new().with_file(manifest("cluster")).unwrap();
        let served = cluster.serve().await.unwrap();
        let builder = Client::builder(env!("CARGO_BIN_EXE_csi-pvc-plugin-example"));
        let builder = builder.env("KUBECONFIG", served.kubeconfig()).env("VELERO_NAMESPACE", "velero");
        Self { plugins: edit(builder).start().await.unwrap(), cluster, _served: served }
    }

    /// The only DataDownload.
    fn download(&self) -> Value {
        let mut downloads = self.cluster.all(DOWNLOADS);
        assert_eq!(downloads.len(), 1);
        downloads.remove(0)
    }

    /// Sets the final status of each DataDownload, as a data mover does.
    async fn move_data(&self, status: &Value) {
        loop {
            for mut download in self.cluster.all(DOWNLOADS) {
                download["status"] = status.clone();
                self.cluster.add(download).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Restores all items while a data mover sets this final status.
    async fn restore(&self, status: &Value) -> Report {
        let (items, restore) = (items(), restore());
        tokio::select! {
            report = self.plugins.restore(&items, &restore) => report.unwrap(),
            () = self.move_data(status) => unreachable!("it never returns"),
        }
    }
}

fn manifest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("manifests/{name}.yaml"))
}

/// The objects of the manifests with these names.
fn objects<const N: usize>(names: [&str; N], resources: [&str; N]) -> Vec<Value> {
    let cluster =
        names.iter().fold(FakeCluster::new(), |cluster, name| cluster.with_file(manifest(name)).unwrap());
    resources.iter().flat_map(|resource| cluster.all(resource)).collect()
}

fn items() -> Vec<Item> {
    let names = ["claim", "deployment", "stateful-set"];
    let resources = ["persistentvolumeclaims", "deployments.apps", "statefulsets.apps"];
    objects(names, resources).into_iter().map(|object| Item::from_value(object).unwrap()).collect()
}

fn restore() -> Restore {
    let restore = objects(["restore"], ["restores.velero.io"]).remove(0);
    Restore::from_json(restore.to_string().as_bytes()).unwrap()
}

/// The only operation of a restore.
fn operation(report: &Report) -> &Operation {
    let mut operations =
        report.calls("example.io/csi-pvc").filter_map(|(_, effect)| effect.operation.as_ref());
    let operation = operations.next().unwrap();
    assert!(operations.next().is_none());
    operation
}

#[tokio::test]
async fn velero_finds_the_actions_and_their_selectors() {
    let site = Site::new().await;
    let found = site.plugins.plugins().await.unwrap();
    let found: Vec<_> = found.iter().map(|plugin| (plugin.kind, &*plugin.name)).collect();
    let expected = [
        (Kind::RestoreItemAction, "example.io/change-image-name"),
        (Kind::RestoreItemAction, "example.io/change-storage-class"),
        (Kind::RestoreItemActionV2, "example.io/csi-pvc"),
    ];
    assert_eq!(found, expected);
    let selector = site.plugins.restore_item_action_v2("example.io/csi-pvc").applies_to().await.unwrap();
    assert_eq!(selector.included_resources, ["persistentvolumeclaims"]);
    let selector =
        site.plugins.restore_item_action("example.io/change-storage-class").applies_to().await.unwrap();
    assert_eq!(
        selector.included_resources,
        ["persistentvolumeclaims", "persistentvolumes", "statefulsets.apps"]
    );
}

/// Runs all actions on all items, in Velero's order.
#[tokio::test]
async fn a_restore_of_all_items() {
    let site = Site::new().await;
    let progress = json!({"bytesDone": 1_048_576, "totalBytes": 1_048_576});
    let report = site.restore(&json!({"phase": "Completed", "progress": progress})).await;
    assert_eq!(report.errors().chain(report.warnings()).collect::<Vec<_>>(), [] as [String; 0]);

    let restored = |kind: &str| {
        let mut items = report.items.iter().filter_map(|item| item.result());
        items.find(|item| item.kind() == kind).unwrap()
    };
    let claim = restored("PersistentVolumeClaim");
    assert_eq!(claim.get_str("/spec/storageClassName"), Some("fast"));
    let label = claim.get_str("/spec/selector/matchLabels/velero.io~1dynamic-pv-restore");
    assert_eq!(label, Some("shop-copy.data.0a3f6a8e-6d5c-4a0e-9b0b-6f1f1f3a7c10"));
    let classes: Vec<_> =
        restored("StatefulSet").get_each("/spec/volumeClaimTemplates/*/spec/storageClassName").collect();
    assert_eq!(classes, ["fast"]);
    let images: Vec<_> = restored("Deployment").containers().map(|container| &container["image"]).collect();
    assert_eq!(images, ["registry.example.com/schema:1.4", "registry.example.com/web:1.4"]);

    let download = site.download();
    let target = json!({"pvc": "data", "pv": "", "namespace": "shop-copy"});
    assert_eq!(download["spec"]["targetVolume"], target);
    assert_eq!(download["spec"]["snapshotID"], "5f0d4d6e");
    let operation = operation(&report);
    assert_eq!(download["metadata"]["labels"]["velero.io/async-operation-id"], operation.id);
    assert!(operation.id.len() == 63 && operation.id.starts_with("dd-0a3f6a8e-"), "{}", operation.id);
    let progress = operation.progress.as_ref().unwrap();
    assert!(operation.succeeded());
    assert_eq!((progress.done, progress.total, &*progress.units), (1_048_576, 1_048_576, "Bytes"));
}

#[tokio::test]
async fn a_failed_download_fails_the_operation() {
    let site = Site::new().await;
    let report = site.restore(&json!({"phase": "Failed", "message": "the repository is locked"})).await;
    assert_eq!(operation(&report).error.as_ref().unwrap().to_string(), "the repository is locked");
}

#[tokio::test]
async fn a_download_that_times_out_is_cancelled() {
    let site = Site::new().await;
    let restore = restore().with_spec(|spec| spec.item_operation_timeout = Duration::from_millis(1));
    let report = site.plugins.restore(&items(), &restore).await.unwrap();
    assert!(!operation(&report).succeeded());
    assert_eq!(site.download()["spec"]["cancel"], true);
}

#[tokio::test]
async fn the_new_storage_class_must_exist() {
    let site = Site::new().await;
    site.cluster.fail("get", "storageclasses.storage.k8s.io", 404);
    let report = site.restore(&json!({"phase": "Completed"})).await;
    let errors: Vec<_> = report.errors().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    for error in errors {
        assert!(error.contains("the new storage class fast of "), "{error}");
    }
}

#[tokio::test]
async fn claims_are_left_to_veleros_own_action_if_it_runs() {
    let site = Site::with(|builder| builder.args(["--features", "EnableCSI"])).await;
    let claim = &items()[0];
    let output =
        site.plugins.restore_item_action_v2("example.io/csi-pvc").execute(claim, &restore()).await.unwrap();
    assert_eq!((output.item.as_value(), output.operation_id), (claim.as_value(), None));
    assert_eq!(site.cluster.all(DOWNLOADS), [] as [Value; 0]);
}
