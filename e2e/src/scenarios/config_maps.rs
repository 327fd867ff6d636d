//! The ConfigMaps that most scenarios back up.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use crate::site::Site;

/// The annotation with the command for a test plugin.
pub(crate) const DO: &str = "e2e.plugwright.dev/do";

pub(crate) fn config_map(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": {"of": name}})
}

/// Creates ConfigMaps, each with a name and a command for the plugins.
pub(crate) async fn make(site: &Site<'_>, namespace: &str, maps: &[(&str, &str)]) -> Result<Vec<Value>> {
    let mut made = Vec::new();
    for (name, wish) in maps {
        let mut object = config_map(namespace, name);
        if !wish.is_empty() {
            object["metadata"]["annotations"] = json!({DO: wish});
        }
        site.objects.create(&object).await?;
        made.push(object);
    }
    Ok(made)
}

/// The names of the ConfigMaps in a backup's tarball.
pub(crate) fn in_backup(site: &Site<'_>, backup: &str) -> Result<Vec<String>> {
    let items = site.velero.store.items(backup)?;
    let maps = items.values().filter(|item| item["kind"] == "ConfigMap");
    Ok(maps.filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect())
}

/// The names of the existing ConfigMaps.
pub(crate) async fn live(site: &Site<'_>, namespace: &str) -> Result<Vec<String>> {
    Ok(live_objects(site, namespace).await?.into_keys().collect())
}

/// The existing ConfigMaps, by name.
pub(crate) async fn live_objects(site: &Site<'_>, namespace: &str) -> Result<BTreeMap<String, Value>> {
    let maps = site.objects.of("v1", "ConfigMap", namespace).list(&kube::api::ListParams::default()).await?;
    Ok(by_name(maps.items.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?))
}

/// Objects by name.
pub(crate) fn by_name(objects: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let named = |object: Value| Some((object["metadata"]["name"].as_str()?.to_owned(), object));
    objects.into_iter().filter_map(named).collect()
}
