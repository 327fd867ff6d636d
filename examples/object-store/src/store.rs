//! The object store that Velero calls, for any provider.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plugwright::prelude::*;

use crate::bucket::Bucket;
use crate::provider::Provider;

/// The store of one BackupStorageLocation. Each Init creates a new one.
pub(crate) struct Store<P> {
    cx: Context,
    provider: P,
    /// By name: each call contains the bucket.
    buckets: Mutex<BTreeMap<String, Arc<Bucket>>>,
}

impl<P: Provider> Store<P> {
    fn bucket(&self, name: &str) -> Result<Arc<Bucket>> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get(name) {
            return Ok(Arc::clone(bucket));
        }
        let bucket = Arc::new(self.provider.bucket(name)?);
        buckets.insert(name.to_owned(), Arc::clone(&bucket));
        Ok(bucket)
    }
}

impl<P: Provider> ObjectStore for Store<P> {
    async fn init(cx: &Context, config: Config) -> Result<Self> {
        let provider = P::new(cx, &config).await?;
        Ok(Self { cx: cx.clone(), provider, buckets: Mutex::default() })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let put = self.bucket(bucket)?.put(&self.cx, key, body).await;
        put.with_context(|| format!("error putting object {key}"))
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        let exists = self.bucket(bucket)?.exists(key).await;
        exists.with_context(|| format!("error checking if object {key} exists"))
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        let body = self.bucket(bucket)?.get(key).await;
        body.with_context(|| format!("error getting object {key}"))
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        let prefixes = self.bucket(bucket)?.common_prefixes(prefix, delimiter).await;
        prefixes.with_context(|| format!("error listing bucket {bucket}"))
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let keys = self.bucket(bucket)?.keys(prefix).await;
        keys.with_context(|| format!("error listing bucket {bucket}"))
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        let deleted = self.bucket(bucket)?.delete(key).await;
        deleted.with_context(|| format!("error deleting object {key}"))
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        let url = self.bucket(bucket)?.signed_url(key, ttl).await;
        url.with_context(|| format!("error signing a URL of object {key}"))
    }
}
