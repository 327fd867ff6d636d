//! An object store for objects of any size. It keeps only their length and hash.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use plugwright::prelude::*;
use tokio::io::AsyncReadExt;

use crate::pattern::{Digest, Pattern};
use crate::script;

/// The digests by bucket and key, for all stores of the process.
static DIGESTS: LazyLock<Mutex<HashMap<(String, String), String>>> = LazyLock::new(Mutex::default);

#[object_store(name = "probe.plugwright.dev/object-store", config_keys = ["do", "mark"])]
struct DigestStore {
    config: Config,
}

fn digest(bucket: &str, key: &str) -> Option<String> {
    let digests = DIGESTS.lock().unwrap_or_else(PoisonError::into_inner);
    digests.get(&(bucket.to_owned(), key.to_owned())).cloned()
}

impl ObjectStore for DigestStore {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        script::text(config.get("do").unwrap_or_default())?;
        Ok(Self { config })
    }

    async fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        script::text(key)?;
        if let Some(limit) = key.strip_prefix("refuse-after:") {
            let limit: u64 = limit.parse()?;
            tokio::io::copy(&mut body.take(limit), &mut tokio::io::sink()).await?;
            bail!("refused after {limit} bytes");
        }
        let mut digest = Digest::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            match body.read(&mut chunk).await? {
                0 => break,
                count => digest.update(&chunk[..count]),
            }
        }
        let at = (bucket.to_owned(), key.to_owned());
        DIGESTS.lock().unwrap_or_else(PoisonError::into_inner).insert(at, digest.to_string());
        Ok(())
    }

    async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool> {
        script::text(key)?;
        Ok(digest(bucket, key).is_some())
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        script::text(key)?;
        match key.split_once(':') {
            Some(("pattern", length)) => Ok(ObjectBody::new(Pattern::new(length.parse()?, false))),
            Some(("broken", length)) => Ok(ObjectBody::new(Pattern::new(length.parse()?, true))),
            Some(("config", name)) => Ok(self.config.get(name).unwrap_or_default().to_owned().into()),
            _ => Ok(digest(bucket, key).with_context(|| format!("no object {key} in {bucket}"))?.into()),
        }
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        script::text(prefix)?;
        Ok([bucket, prefix, delimiter].map(ToOwned::to_owned).to_vec())
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        script::text(prefix)?;
        Ok([bucket, prefix].map(ToOwned::to_owned).to_vec())
    }

    async fn delete_object(&self, _: &str, key: &str) -> Result<()> {
        script::text(key)
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        script::text(key)?;
        Ok(format!("probe://{bucket}/{key}?ttl={}", ttl.as_nanos()))
    }
}
