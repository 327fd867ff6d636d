//! Calls an object store as Velero does: stores an object, reads it back, lists and deletes it.

use std::collections::BTreeMap;

use plugwright::client::ObjectStoreClient;
use serde_json::json;
use tokio::io::AsyncReadExt;

use super::calls::{Calls, Outcome, Problem};

/// The calls to make.
pub(super) struct Request<'a> {
    pub(super) bucket: &'a str,
    /// The location's prefix, which Velero prepends to every key.
    pub(super) prefix: &'a str,
    /// The key and content of the object to store.
    pub(super) body: Option<(&'a str, &'a [u8])>,
    /// The prefix to list.
    pub(super) list: Option<&'a str>,
}

pub(super) async fn run(
    calls: &mut Calls<'_>,
    store: &ObjectStoreClient,
    config: &BTreeMap<String, String>,
    request: &Request<'_>,
) {
    let bucket = request.bucket;
    if calls.call("init", store.init(config.clone()), |()| Ok(Outcome::ok())).await.is_none() {
        return;
    }
    if let Some(prefix) = request.list {
        let prefix = below(request.prefix, prefix);
        calls
            .call(
                with("list_common_prefixes", &prefix),
                store.list_common_prefixes(bucket, &prefix, "/"),
                |found| Ok(Outcome::list("prefixes", "prefix", found)),
            )
            .await;
        calls
            .call(with("list_objects", &prefix), store.list_objects(bucket, &prefix), |found| {
                Ok(Outcome::list("keys", "object", found))
            })
            .await;
    }
    if let Some((key, body)) = request.body {
        round_trip(calls, store, bucket, &below(request.prefix, key), body).await;
    }
}

async fn round_trip(calls: &mut Calls<'_>, store: &ObjectStoreClient, bucket: &str, key: &str, body: &[u8]) {
    let size = body.len();
    let put = calls
        .call(format!("put_object {key}"), store.put_object(bucket, key, body), |()| {
            Ok(Outcome::new(format!("{size} bytes"), json!({"size": size})))
        })
        .await;
    if put.is_none() {
        return;
    }
    calls
        .call(format!("object_exists {key}"), store.object_exists(bucket, key), |exists| {
            if *exists { Ok(Outcome::new("true", json!({"exists": true}))) } else { Err(missing()) }
        })
        .await;
    let folder = key.rfind('/').map_or("", |slash| &key[..=slash]);
    calls
        .call(with("list_objects", folder), store.list_objects(bucket, folder), |keys| {
            if keys.iter().any(|found| found == key) {
                Ok(Outcome::list("keys", "object", keys))
            } else {
                Err(format!("expected {key}, found {keys:?}"))
            }
        })
        .await;
    let read = async {
        let mut content = Vec::new();
        store.get_object(bucket, key).await?.read_to_end(&mut content).await?;
        Ok::<_, Problem>(content)
    };
    calls
        .call(format!("get_object {key}"), read, |content| {
            if content == body {
                Ok(Outcome::new(format!("{size} bytes, as stored"), json!({"size": size})))
            } else {
                Err(format!("expected the {size} stored bytes, found {} different bytes", content.len()))
            }
        })
        .await;
    calls
        .call(format!("delete_object {key}"), store.delete_object(bucket, key), |()| Ok(Outcome::ok()))
        .await;
    calls
        .call(format!("object_exists {key}"), store.object_exists(bucket, key), |exists| {
            if *exists {
                Err("expected false for a deleted object, found true".to_owned())
            } else {
                Ok(Outcome::new("false", json!({"exists": false})))
            }
        })
        .await;
}

fn with(call: &str, prefix: &str) -> String {
    format!("{call} {prefix}").trim_end().to_owned()
}

fn missing() -> String {
    "expected true for a stored object, found false; Velero makes this call before each backup".to_owned()
}

/// A key or prefix below the location's own prefix.
fn below(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}/{key}") }
}
