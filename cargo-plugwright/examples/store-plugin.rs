//! An object store, a volume snapshotter and an action that hangs, for the transcripts in `tests/cmd`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plugwright::prelude::*;
use tokio::io::AsyncReadExt;

/// Stores objects in memory. The configuration selects a fault.
#[object_store(name = "example.io/memory", config_keys = ["mistake"])]
struct Memory {
    mistake: String,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Memory {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ObjectStore for Memory {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        Ok(Self { mistake: config.get("mistake").unwrap_or_default().to_owned(), objects: Mutex::default() })
    }

    async fn put_object(&self, _: &str, key: &str, body: &mut ObjectBody) -> Result<()> {
        let mut content = Vec::new();
        body.read_to_end(&mut content).await?;
        match &*self.mistake {
            "refuses" => bail!("the disk is full"),
            "loses" => content.clear(),
            "hangs" => std::future::pending().await,
            _ => tracing::info!(key, "stored"),
        }
        self.objects().insert(key.to_owned(), content);
        Ok(())
    }

    async fn object_exists(&self, _: &str, key: &str) -> Result<bool> {
        Ok(self.objects().contains_key(key))
    }

    async fn get_object(&self, _: &str, key: &str) -> Result<ObjectBody> {
        println!("reading {key}");
        Ok(ObjectBody::from(self.objects().get(key).context("object not found")?.clone()))
    }

    async fn list_common_prefixes(&self, _: &str, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(vec!["backups/".to_owned()])
    }

    async fn list_objects(&self, _: &str, prefix: &str) -> Result<Vec<String>> {
        Ok(self.objects().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn delete_object(&self, _: &str, key: &str) -> Result<()> {
        self.objects().remove(key);
        Ok(())
    }

    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("signed URLs are not supported")
    }
}

/// Returns names for snapshots that do not exist.
#[volume_snapshotter(name = "example.io/names")]
struct Names;

impl VolumeSnapshotter for Names {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        Ok(volume.get_str("/spec/hostPath/path").map(str::to_owned))
    }

    async fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> Result<()> {
        volume.set("/spec/hostPath/path", volume_id)
    }

    async fn get_volume_info(&self, _: &str, _: &str) -> Result<VolumeInfo> {
        Ok(VolumeInfo { volume_type: "hostPath".into(), iops: Some(100) })
    }

    async fn create_snapshot(
        &self,
        volume: &str,
        zone: &str,
        _: &BTreeMap<String, String>,
    ) -> Result<String> {
        Ok(format!("snapshot-of-{volume}-in-{zone}"))
    }

    async fn create_volume_from_snapshot(&self, _: &str, _: &str, _: &str, _: Option<i64>) -> Result<String> {
        Ok("/new".to_owned())
    }

    async fn delete_snapshot(&self, snapshot: &str) -> Result<()> {
        bail!("{snapshot} is in use")
    }
}

/// Never returns. The selector contains a resource that does not exist.
#[restore_item_action(name = "example.io/hangs", included_resources = ["pods", "podz"])]
async fn hangs(_: &mut RestoreInput) -> Result<RestoreOutput> {
    std::future::pending().await
}

/// Returns an item without a name.
#[restore_item_action(name = "example.io/removes", included_resources = ["secrets"])]
async fn removes(input: &mut RestoreInput) -> Result<RestoreOutput> {
    input.item.remove("/metadata/name");
    Ok(RestoreOutput::restore())
}

plugwright::main!();
