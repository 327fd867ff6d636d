//! Tests chains of plugins in this process.

mod backup;
mod plugins;
mod restore;

use serde_json::{Value, json};

use super::Report;
use crate::client::Client;
use crate::{Declaration, Item, Plugins, ResourceIdentifier, Result};

async fn client(plugins: impl IntoIterator<Item = Declaration>) -> Result<Client> {
    Client::in_process(plugins.into_iter().collect::<Plugins>()).await
}

/// An item with instructions for the test plugins.
fn item(kind: &str, name: &str, spec: &Value) -> Result<Item> {
    let metadata = json!({"name": name, "namespace": "shop", "uid": "1", "labels": {"app": name}});
    Item::from_value(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}))
}

fn id(resource: &str, name: &str) -> ResourceIdentifier {
    ResourceIdentifier::new(resource, "shop", name)
}

/// `pods shop/web: kept`, in the order in which Velero starts processing them.
fn fates(report: &Report) -> Vec<String> {
    let fate = |report: &super::ItemReport| {
        use super::Fate::{Excluded, Failed, Kept, Skipped};
        match &report.fate {
            Kept(_) => "kept".to_owned(),
            Excluded(why) => format!("excluded: {why}"),
            Skipped(plugin) => format!("skipped by {plugin}"),
            Failed(why) => format!("failed: {why}"),
        }
    };
    report.items.iter().map(|report| format!("{}: {}", report.id.name, fate(report))).collect()
}
