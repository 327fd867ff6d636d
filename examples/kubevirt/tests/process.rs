//! Tests of the binary, started as Velero does, with the objects in `manifests` as the cluster.

use std::path::{Path, PathBuf};

use plugwright::client::{BackupItemActionOutput, CallError, Client, RestoreItemActionOutput};
use plugwright::testing::{FakeCluster, ServedCluster};
use plugwright::{Backup, Item, Kind, Restore};

const OBJECTS: [&str; 7] = [
    "virtual-machine",
    "virtual-machine-instance",
    "launcher-pod",
    "data-volume",
    "persistent-volume-claim",
    "state-claim",
    "volume-snapshot",
];

/// The plugin, and its cluster with a server.
struct Site {
    plugin: Client,
    cluster: FakeCluster,
    _served: ServedCluster,
}

impl Site {
    async fn new() -> Self {
        let manifest = |name| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("manifests/{name}.yaml"));
        let add = |cluster: FakeCluster, path: PathBuf| cluster.with_file(path).unwrap();
        let cluster = OBJECTS.iter().map(manifest).fold(FakeCluster::new(), add);
        let served = cluster.serve().await.unwrap();
        let plugin = Client::builder(env!("CARGO_BIN_EXE_kubevirt-plugin-example"));
        let plugin = plugin.env("KUBECONFIG", served.kubeconfig()).start().await.unwrap();
        Self { plugin, cluster, _served: served }
    }

    fn item(&self, resource: &str, name: &str) -> Item {
        Item::from_value(self.cluster.object(resource, "shop", name).unwrap()).unwrap()
    }

    async fn back_up(
        &self,
        action: &str,
        item: &Item,
        backup: &Backup,
    ) -> Result<BackupItemActionOutput, CallError> {
        let name = format!("kubevirt-velero-plugin/backup-{action}-action");
        self.plugin.backup_item_action(name).execute(item, backup).await
    }

    async fn restore(&self, action: &str, item: &Item, restore: &Restore) -> RestoreItemActionOutput {
        let name = format!("kubevirt-velero-plugin/restore-{action}-action");
        self.plugin.restore_item_action(name).execute(item, restore).await.unwrap()
    }
}

fn texts(ids: &[plugwright::ResourceIdentifier]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn velero_finds_the_ten_actions_of_the_original() {
    let site = Site::new().await;
    let of_kind = |kind: Kind, plugins: &[plugwright::client::PluginIdentifier]| {
        let names = plugins.iter().filter(|plugin| plugin.kind == kind);
        names.map(|plugin| plugin.name.replace("kubevirt-velero-plugin/", "")).collect::<Vec<_>>()
    };
    let plugins = site.plugin.plugins().await.unwrap();
    let backup = [
        "backup-datavolume-action",
        "backup-pvc-action",
        "backup-virtualmachine-action",
        "backup-virtualmachineinstance-action",
        "backup-volumesnapshot-action",
    ];
    assert_eq!(of_kind(Kind::BackupItemAction, &plugins), backup);
    let restore = [
        "restore-pod-action",
        "restore-pvc-action",
        "restore-vm-action",
        "restore-vmi-action",
        "restore-volumesnapshot-action",
    ];
    assert_eq!(of_kind(Kind::RestoreItemAction, &plugins), restore);
}

#[tokio::test]
async fn a_running_machine_is_backed_up_and_restored_as_a_copy() {
    let site = Site::new().await;
    let vm = site.item("virtualmachines.kubevirt.io", "web");
    let backup = Backup::named("velero", "nightly");
    let stored = site.back_up("virtualmachine", &vm, &backup).await.unwrap();
    let of_spec = [
        "datavolumes.cdi.kubevirt.io shop/web-root",
        "persistentvolumeclaims shop/web-root",
        "secrets shop/web-cloud-init",
        "persistentvolumeclaims shop/persistent-state-for-web-7gq4d",
        "secrets shop/web-ssh",
    ];
    let of_run = ["virtualmachineinstances.kubevirt.io shop/web", "pods shop/virt-launcher-web-x7k2p"];
    let revision = ["controllerrevisions.apps shop/web-small-1"];
    assert_eq!(texts(&stored.additional_items), [&revision[..], &of_run, &of_spec].concat());

    let mut stored = stored.item;
    // Velero removes the status before it calls restore actions.
    stored.remove("/status");
    let restore = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/restore.yaml");
    let restore =
        FakeCluster::new().with_file(restore).unwrap().object("restores.velero.io", "velero", "copy");
    let restore = Restore::from_json(restore.unwrap().to_string().as_bytes()).unwrap();
    let restored = site.restore("vm", &stored, &restore).await;
    assert_eq!(texts(&restored.additional_items), [&revision[..], &of_spec].concat());
    let vm = restored.item;
    assert_eq!(vm.get_str("/spec/runStrategy"), Some("Halted"));
    assert_eq!(vm.get("/spec/template/spec/domain/devices/interfaces/0/macAddress"), None);
    let uuid = "/spec/template/spec/domain/firmware/uuid";
    assert!(vm.get_str(uuid).is_some() && vm.get_str(uuid) != stored.get_str(uuid));
}

#[tokio::test]
async fn owned_objects_are_marked_in_the_backup() {
    let site = Site::new().await;
    let (backup, restore) = (Backup::named("velero", "nightly"), Restore::named("velero", "again"));
    let vmi = site.item("virtualmachineinstances.kubevirt.io", "web");
    let stored = site.back_up("virtualmachineinstance", &vmi, &backup).await.unwrap();
    assert!(!stored.is_skipped());
    assert!(site.restore("vmi", &stored.item, &restore).await.is_skipped());

    let claim = site.item("persistentvolumeclaims", "web-root");
    let stored = site.back_up("datavolume", &claim, &backup).await.unwrap().item;
    let stored = site.back_up("pvc", &stored, &backup).await.unwrap().item;
    assert_eq!(stored.annotation("cdi.kubevirt.io/storage.populatedFor"), Some("web-root"));
    assert_eq!(stored.label("velero.kubevirt.io/pvc-uid"), Some(claim.uid()));
    let restored = site.restore("pvc", &stored, &restore).await;
    assert!(!restored.is_skipped());
    assert_eq!(restored.item.label("velero.kubevirt.io/pvc-uid"), None);

    let snapshot = site.item("volumesnapshots.snapshot.storage.k8s.io", "web-root-1");
    let stored = site.back_up("volumesnapshot", &snapshot, &backup).await.unwrap().item;
    assert_eq!(stored.label("velero.kubevirt.io/pvc-uid"), Some(claim.uid()));
    let restored = site.restore("volumesnapshot", &stored, &restore).await;
    assert_eq!(restored.item.label("velero.kubevirt.io/pvc-uid"), None);
}

#[tokio::test]
async fn a_backup_that_could_not_be_restored_fails_with_the_reason() {
    let site = Site::new().await;
    let vm = site.item("virtualmachines.kubevirt.io", "web");
    let backup = Backup::default().with_spec(|spec| spec.excluded_resources = vec!["pods".into()]);
    let error = site.back_up("virtualmachine", &vm, &backup).await.unwrap_err();
    assert!(error.to_string().contains("must contain its launcher pod"), "{error}");

    site.cluster.fail("get", "virtualmachineinstances.kubevirt.io", 500).times(1);
    let error = site.back_up("virtualmachine", &vm, &Backup::default()).await.unwrap_err();
    assert!(error.to_string().contains("reading virtualmachineinstances.kubevirt.io shop/web"), "{error}");
    assert!(site.back_up("virtualmachine", &vm, &Backup::default()).await.is_ok());
}

#[tokio::test]
async fn pods_of_machines_are_selected_and_skipped() {
    let site = Site::new().await;
    let pods = site.plugin.restore_item_action("kubevirt-velero-plugin/restore-pod-action");
    let selector = pods.applies_to().await.unwrap();
    assert_eq!(selector.included_resources, ["pods"]);
    assert_eq!(selector.label_selector, "kubevirt.io in (virt-launcher, hotplug-disk)");
    let pod = site.item("pods", "virt-launcher-web-x7k2p");
    assert!(site.restore("pod", &pod, &Restore::default()).await.is_skipped());
}

/// Runs all actions on all objects, in Velero's order.
#[tokio::test]
async fn a_backup_and_restore_of_all_objects() {
    let site = Site::new().await;
    let resources = [
        "virtualmachines.kubevirt.io",
        "virtualmachineinstances.kubevirt.io",
        "pods",
        "datavolumes.cdi.kubevirt.io",
        "persistentvolumeclaims",
        "volumesnapshots.snapshot.storage.k8s.io",
    ];
    let objects = resources.iter().flat_map(|resource| site.cluster.all(resource));
    let items: Vec<Item> = objects.map(|object| Item::from_value(object).unwrap()).collect();
    let backup = site.plugin.backup(&items, &Backup::named("velero", "nightly")).await.unwrap();
    assert_eq!(backup.errors().collect::<Vec<_>>(), [] as [String; 0]);
    let stored: Vec<Item> = backup.items.iter().filter_map(|item| item.result().cloned()).collect();
    assert_eq!(stored.len(), OBJECTS.len());

    let restore = site.plugin.restore(&stored, &Restore::named("velero", "again")).await.unwrap();
    assert_eq!(restore.errors().collect::<Vec<_>>(), [] as [String; 0]);
    let mut restored: Vec<String> =
        restore.items.iter().filter_map(|item| item.result()).map(ToString::to_string).collect();
    restored.sort();
    let expected = [
        "DataVolume shop/web-root",
        "PersistentVolumeClaim shop/persistent-state-for-web-7gq4d",
        "PersistentVolumeClaim shop/web-root",
        "VirtualMachine shop/web",
        "VolumeSnapshot shop/web-root-1",
    ];
    assert_eq!(restored, expected);
}
