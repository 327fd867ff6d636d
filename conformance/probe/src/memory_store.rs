//! An object store in memory, with the semantics of S3.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plugwright::prelude::*;
use tokio::io::AsyncReadExt;

use crate::script;

type Bucket = BTreeMap<String, Vec<u8>>;

/// The buckets of all stores of the process.
static BUCKETS: LazyLock<Mutex<BTreeMap<String, Bucket>>> = LazyLock::new(Mutex::default);

#[object_store(name = "probe.plugwright.dev/object-store-in-memory", ark_name = "in-memory")]
struct MemoryStore;

fn buckets() -> MutexGuard<'static, BTreeMap<String, Bucket>> {
    BUCKETS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keys(bucket: &str, prefix: &str) -> Vec<String> {
    let keys = buckets().get(bucket).map(|objects| objects.keys().cloned().collect::<Vec<_>>());
    keys.unwrap_or_default().into_iter().filter(|key| key.starts_with(prefix)).collect()
}

impl ObjectStore for MemoryStore {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        script::text(config.get("do").unwrap_or_default())?;
        Ok(Self)
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let mut object = Vec::new();
        body.read_to_end(&mut object).await?;
        buckets().entry(bucket.to_owned()).or_default().insert(key.to_owned(), object);
        Ok(())
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        Ok(buckets().get(bucket).is_some_and(|objects| objects.contains_key(key)))
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        let object = buckets().get(bucket).and_then(|objects| objects.get(key)).cloned();
        Ok(object.with_context(|| format!("no object {key} in {bucket}"))?.into())
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        let mut prefixes: Vec<_> = keys(bucket, prefix)
            .iter()
            .filter_map(|key| key[prefix.len()..].split_once(delimiter))
            .map(|(before, _)| [prefix, before, delimiter].concat())
            .collect();
        prefixes.dedup();
        Ok(prefixes)
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        Ok(keys(bucket, prefix))
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        if let Some(objects) = buckets().get_mut(bucket) {
            objects.remove(key);
        }
        Ok(())
    }

    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("memory has no address")
    }
}
