//! A running virtual machine is backed up with all related objects, and restored with a new identity.

use anyhow::{Result, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use plugwright_local_velero::any_definition;
use serde_json::{Value, json};

use super::manifests;
use crate::site::Site;

/// The custom resources, which a server discovers when it starts.
pub(crate) fn definitions() -> Result<Vec<CustomResourceDefinition>> {
    let all = [
        ("kubevirt.io/v1", "VirtualMachine"),
        ("kubevirt.io/v1", "VirtualMachineInstance"),
        ("cdi.kubevirt.io/v1beta1", "DataVolume"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
    ];
    all.into_iter().map(|(api_version, kind)| any_definition(api_version, kind, true)).collect()
}

/// The manifests, with owners first.
const MANIFESTS: [&str; 7] = [
    include_str!("../../../examples/kubevirt/manifests/virtual-machine.yaml"),
    include_str!("../../../examples/kubevirt/manifests/virtual-machine-instance.yaml"),
    include_str!("../../../examples/kubevirt/manifests/launcher-pod.yaml"),
    include_str!("../../../examples/kubevirt/manifests/data-volume.yaml"),
    include_str!("../../../examples/kubevirt/manifests/persistent-volume-claim.yaml"),
    include_str!("../../../examples/kubevirt/manifests/state-claim.yaml"),
    include_str!("../../../examples/kubevirt/manifests/volume-snapshot.yaml"),
];

/// The label on the machine, which is all that the backup selects. The plugin adds the other objects of the machine.
const CHOSEN: (&str, &str) = ("e2e", "kubevirt");

const FIRMWARE: &str = "/spec/template/spec/domain/firmware/uuid";

fn objects(namespace: &str) -> Result<Vec<Value>> {
    let object = |manifest: &&str| manifests::object(manifest, namespace);
    let mut objects: Vec<Value> = MANIFESTS.iter().map(object).collect::<Result<_>>()?;
    manifests::label(&mut objects[0], CHOSEN.0, CHOSEN.1);
    manifests::annotate(&mut objects[4], "e2e.plugwright.dev/snapshot", "web-root-1");
    let metadata = |name: &str| json!({"name": name, "namespace": namespace});
    for name in ["web-cloud-init", "web-ssh", "of-nobody"] {
        objects.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata(name)}));
    }
    objects.push(json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 1, "data": {},
        "metadata": metadata("web-small-1")}));
    Ok(objects)
}

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("machines").await?;
    let mut objects = objects(&namespace)?;
    manifests::create(site, &mut objects).await?;
    let selector = json!({"matchLabels": {CHOSEN.0: CHOSEN.1}});
    let spec = json!({"includedNamespaces": [namespace], "labelSelector": selector});

    let mut torn = spec.clone();
    torn["excludedResources"] = json!(["pods"]);
    site.backup("b-machine-torn", torn).await?.is("PartiallyFailed")?;
    let log = site.velero.store.log("backups", "b-machine-torn")?;
    let refused = log.iter().any(|line| line.get("error.message").contains("must contain its launcher pod"));
    ensure!(refused, "expected an error about the missing launcher pod in the log");

    site.backup("b-machine", spec).await?.is("Completed")?;
    stored(site, &namespace)?;
    for object in &objects {
        site.objects.delete(object).await?;
    }
    let options = json!({
        "velero.kubevirt.io/restore-run-strategy": "Halted",
        "velero.kubevirt.io/clear-mac-address": "",
        "velero.kubevirt.io/generate-new-firmware-uuid": "",
    });
    let metadata = json!({"name": "r-machine", "labels": options});
    site.velero_object("Restore", metadata, json!({"backupName": "b-machine"})).await?.is("Completed")?;
    restored(site, &objects).await
}

/// Checks that the tarball contains the machine, all related objects, and the marks for the restore.
fn stored(site: &Site<'_>, namespace: &str) -> Result<()> {
    let items = site.velero.store.items("b-machine")?;
    let folder = format!("/namespaces/{namespace}/");
    let item = |resource: &str, name: &str| {
        items.get(&format!("resources/{resource}{folder}{name}.json")).unwrap_or(&Value::Null)
    };
    let found: Vec<_> = items.keys().filter(|path| path.contains(&folder)).collect();
    let expected = [
        ("controllerrevisions.apps", "web-small-1"),
        ("datavolumes.cdi.kubevirt.io", "web-root"),
        ("persistentvolumeclaims", "persistent-state-for-web-7gq4d"),
        ("persistentvolumeclaims", "web-root"),
        ("pods", "virt-launcher-web-x7k2p"),
        ("secrets", "web-cloud-init"),
        ("secrets", "web-ssh"),
        ("virtualmachineinstances.kubevirt.io", "web"),
        ("virtualmachines.kubevirt.io", "web"),
        ("volumesnapshots.snapshot.storage.k8s.io", "web-root-1"),
    ];
    let all = expected.iter().all(|(resource, name)| !item(resource, name).is_null());
    ensure!(all && found.len() == expected.len(), "found {found:?} in the tarball");

    let vm = item("virtualmachines.kubevirt.io", "web");
    let revision = &vm["spec"]["instancetype"]["revisionName"];
    ensure!(revision == "web-small-1", "unexpected revision of the machine: {revision}");
    let claim = item("persistentvolumeclaims", "web-root");
    let uid = &claim["metadata"]["labels"]["velero.kubevirt.io/pvc-uid"];
    ensure!(uid == &claim["metadata"]["uid"], "unexpected label of the claim: {uid}");
    let snapshot = &item("volumesnapshots.snapshot.storage.k8s.io", "web-root-1")["metadata"]["labels"];
    ensure!(snapshot["velero.kubevirt.io/pvc-uid"] == *uid, "unexpected labels of the snapshot: {snapshot}");
    Ok(())
}

async fn restored(site: &Site<'_>, objects: &[Value]) -> Result<()> {
    for object in objects {
        let (kind, name) = (&object["kind"], &object["metadata"]["name"]);
        let live = site.objects.live(object).await?;
        // KubeVirt creates the instance and its pod; the last Secret is not in the backup.
        let is_left_out = kind == "VirtualMachineInstance" || kind == "Pod" || name == "of-nobody";
        ensure!(live.is_some() != is_left_out, "{kind} {name}: restored {}", live.is_some());
        let labels = live.and_then(|live| live.metadata.labels).unwrap_or_default();
        ensure!(
            !labels.contains_key("velero.kubevirt.io/pvc-uid"),
            "unexpected labels of {kind} {name}: {labels:?}"
        );
    }
    let live = async |kind: &str| {
        let of_kind = objects.iter().find(|object| object["kind"] == kind);
        site.live(of_kind.unwrap_or(&Value::Null)).await
    };
    let (vm, before) = (live("VirtualMachine").await?, &objects[0]);
    ensure!(
        vm["spec"]["runStrategy"] == "Halted",
        "unexpected run strategy of the machine: {}",
        vm["spec"]["runStrategy"]
    );
    let domain = &vm["spec"]["template"]["spec"]["domain"];
    let interfaces = &domain["devices"]["interfaces"];
    ensure!(
        *interfaces == json!([{"name": "default"}]),
        "unexpected interfaces of the machine: {interfaces}"
    );
    let firmware = vm.pointer(FIRMWARE);
    ensure!(
        firmware.is_some() && firmware != before.pointer(FIRMWARE),
        "unexpected firmware of the machine: {firmware:?}"
    );

    let annotations = live("DataVolume").await?["metadata"]["annotations"].clone();
    let filled = &annotations["cdi.kubevirt.io/storage.prePopulated"];
    ensure!(filled == "web-root", "unexpected annotations of the DataVolume: {annotations}");
    let annotations = live("PersistentVolumeClaim").await?["metadata"]["annotations"].clone();
    let filled = &annotations["cdi.kubevirt.io/storage.populatedFor"];
    ensure!(filled == "web-root", "unexpected annotations of the claim: {annotations}");
    Ok(())
}
