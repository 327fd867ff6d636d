//! A plugin selects its items at run time, from its ConfigMap; an empty selector selects every item.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::site::Site;

const PLUGIN: &str = "e2e.plugwright.dev/chooses";

/// The items, by resource.
const KINDS: [(&str, &str); 3] =
    [("secrets", "Secret"), ("configmaps", "ConfigMap"), ("services", "Service")];

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("chosen").await?;
    let item = |kind: &str| {
        let mut item =
            json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "item", "namespace": namespace}});
        if kind == "Service" {
            item["spec"] = json!({"ports": [{"port": 80}]});
        }
        item
    };
    for (_, kind) in KINDS {
        site.objects.create(&item(kind)).await?;
    }
    site.backup("b-chosen", json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;

    let map = |resources: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"resources": resources}, "metadata": {
            "name": "chooses", "namespace": site.velero.namespace,
            "labels": {"velero.io/plugin-config": "", PLUGIN: "RestoreItemAction"},
        }})
    };
    for (restore, resources, selected) in [
        ("r-declared", None, &["secrets"][..]),
        ("r-chosen", Some("configmaps, services"), &["configmaps", "services"]),
        ("r-all", Some(""), &["secrets", "configmaps", "services"]),
    ] {
        if let Some(resources) = resources {
            site.objects.create(&map(resources)).await?;
        }
        for (_, kind) in KINDS {
            site.objects.delete(&item(kind)).await?;
        }
        site.restore(restore, json!({"backupName": "b-chosen"})).await?.is("Completed")?;
        for (resource, kind) in KINDS {
            let live = site.objects.live(&item(kind)).await?;
            let live = live.with_context(|| format!("{restore} did not restore {resource}"))?;
            let is_changed = live.metadata.annotations.unwrap_or_default().contains_key(PLUGIN);
            let is_selected = selected.contains(&resource);
            ensure!(
                is_changed == is_selected,
                "{restore}: expected {selected:?} to be selected, but {resource}: {is_changed}"
            );
        }
        if resources.is_some() {
            site.objects.delete(&map("")).await?;
        }
    }
    Ok(())
}
