//! Shared parts of the unit tests. Items are in the namespace `shop`, Velero is in `velero`.

use plugwright::prelude::*;
use plugwright::testing::FakeCluster;
use serde_json::{Value, json};

pub(crate) fn cluster(objects: impl IntoIterator<Item = Value>) -> FakeCluster {
    FakeCluster::new().with(objects).unwrap()
}

pub(crate) fn item(object: Value) -> Item {
    Item::from_value(object).unwrap()
}

/// The ConfigMap of a restore item action.
pub(crate) fn config(plugin: &str, data: &Value) -> Value {
    let labels = json!({"velero.io/plugin-config": "", plugin: "RestoreItemAction"});
    let metadata = json!({"name": "config", "namespace": "velero", "labels": labels});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
}
