//! Shared parts of the unit tests. All objects are in the namespace `shop`.

use plugwright::prelude::*;
use plugwright::{Kind, testing::FakeCluster};
use serde_json::{Value, json};

/// A context with a cluster that contains these objects.
pub(crate) fn context(objects: impl IntoIterator<Item = Value>) -> Context {
    let cluster = FakeCluster::new().with(objects).unwrap();
    Context::for_tests(Kind::BackupItemAction, "kubevirt-velero-plugin/test").with_client(cluster.client())
}

/// An object with additional fields. Name and namespace are added to `metadata`.
pub(crate) fn object(api_version: &str, kind: &str, name: &str, fields: &Value) -> Value {
    let mut object = fields.clone();
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    object["metadata"]["name"] = name.into();
    object["metadata"]["namespace"] = "shop".into();
    object
}

pub(crate) fn machine(fields: &Value) -> Value {
    object("kubevirt.io/v1", "VirtualMachine", "web", fields)
}

pub(crate) fn instance(fields: &Value) -> Value {
    object("kubevirt.io/v1", "VirtualMachineInstance", "web", fields)
}

pub(crate) fn data_volume(fields: &Value) -> Value {
    object("cdi.kubevirt.io/v1beta1", "DataVolume", "disk", fields)
}

pub(crate) fn claim(name: &str, fields: &Value) -> Value {
    object("v1", "PersistentVolumeClaim", name, fields)
}

/// The launcher pod of the machine `web`, with additional labels.
pub(crate) fn launcher(labels: &Value) -> Value {
    let mut labels = labels.clone();
    labels["kubevirt.io"] = "virt-launcher".into();
    let annotations = json!({"kubevirt.io/domain": "web"});
    object(
        "v1",
        "Pod",
        "virt-launcher-web-x7k2p",
        &json!({"metadata": {"labels": labels, "annotations": annotations}}),
    )
}

/// The label that excludes an object from backups.
pub(crate) fn excluded() -> Value {
    json!({"velero.io/exclude-from-backup": "true"})
}

pub(crate) fn item(object: Value) -> Item {
    Item::from_value(object).unwrap()
}

pub(crate) fn backup(spec: &Value) -> Backup {
    Backup::from_json(json!({"spec": spec}).to_string().as_bytes()).unwrap()
}

/// Formats identifiers, such as `pods shop/web`.
pub(crate) fn texts(ids: &[ResourceIdentifier]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
