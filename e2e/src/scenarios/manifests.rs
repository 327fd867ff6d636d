//! The manifests of the examples, for scenarios.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::site::Site;

/// The object in a manifest, moved to another namespace.
pub(crate) fn object(manifest: &str, namespace: &str) -> Result<Value> {
    let mut object: Value = serde_saphyr::from_str(manifest).context("invalid manifest of an example")?;
    object["metadata"]["namespace"] = json!(namespace);
    Ok(object)
}

/// Sets a label.
pub(crate) fn label(object: &mut Value, key: &str, value: &str) {
    object["metadata"]["labels"][key] = json!(value);
}

/// Sets an annotation.
pub(crate) fn annotate(object: &mut Value, key: &str, value: &str) {
    object["metadata"]["annotations"][key] = json!(value);
}

/// Creates objects, with owners first. The uid of the owner is set, because the garbage collector deletes objects with an
/// unknown owner.
pub(crate) async fn create(site: &Site<'_>, objects: &mut [Value]) -> Result<()> {
    let mut uids = BTreeMap::new();
    let id =
        |object: &Value, name: &str| (object["kind"].to_string(), object.pointer(name).map(Value::to_string));
    for object in objects {
        for owner in object["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
            let uid = uids.get(&id(owner, "/name"));
            owner["uid"] =
                json!(uid.with_context(|| format!("expected the owner {owner} before its objects"))?);
        }
        let created = site.objects.create(object).await?;
        uids.insert(id(object, "/metadata/name"), created.metadata.uid);
    }
    Ok(())
}
