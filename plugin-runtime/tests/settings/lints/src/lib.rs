//! A plugin of each kind, without lint warnings.
#![forbid(unsafe_code)]
#![deny(warnings, unused_qualifications, missing_docs, unreachable_pub, clippy::pedantic)]
#![deny(nonstandard_style, rust_2018_idioms, rust_2024_compatibility, single_use_lifetimes, unused_lifetimes)]

use std::collections::BTreeMap;
use std::time::Duration;

use plugwright::prelude::*;

/// V1.
#[backup_item_action(name = "example.io/backup")]
#[derive(Default)]
pub struct Backing;

impl BackupItemAction for Backing {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

/// V2, with operations.
#[backup_item_action_v2(name = "example.io/backup-2")]
#[derive(Default)]
pub struct Backing2;

impl BackupItemActionV2 for Backing2 {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutputV2> {
        Ok(BackupOutputV2::backup())
    }
}

impl BackupOperations for Backing2 {
    type OperationId = String;

    async fn progress(&self, _: &String, _: &Backup) -> Result<OperationProgress> {
        Ok(OperationProgress::default())
    }
}

/// V1.
#[restore_item_action(name = "example.io/restore", label_selector = "app=shop,!canary")]
#[derive(Default)]
pub struct Restoring;

impl RestoreItemAction for Restoring {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

/// V2, without operations.
#[restore_item_action_v2(name = "example.io/restore-2")]
#[derive(Default)]
pub struct Restoring2;

impl RestoreItemActionV2 for Restoring2 {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

/// With a selector.
#[delete_item_action(
    name = "example.io/delete",
    included_namespaces = ["shop-*"],
    excluded_namespaces = ["shop-test"],
    included_resources = ["secret", "Secret", "secrets", "deployments.apps", "*.velero.io"],
    excluded_resources = ["events"],
)]
#[derive(Default)]
pub struct Deleting;

impl DeleteItemAction for Deleting {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        Ok(())
    }
}

/// Item block.
#[item_block_action(name = "example.io/block")]
#[derive(Default)]
pub struct Blocking;

impl ItemBlockAction for Blocking {
    async fn get_related_items(&self, _: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(Vec::new())
    }
}

/// A bucket.
#[object_store(name = "example.io/objects", config_keys = ["region"])]
pub struct Objects;

impl ObjectStore for Objects {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }
    async fn put_object(&self, _: &str, _: &str, _: &mut ObjectBody) -> Result<()> {
        Ok(())
    }
    async fn object_exists(&self, _: &str, _: &str) -> Result<bool> {
        Ok(false)
    }
    async fn get_object(&self, _: &str, _: &str) -> Result<ObjectBody> {
        bail!("not found")
    }
    async fn list_common_prefixes(&self, _: &str, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
    async fn list_objects(&self, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
    async fn delete_object(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("not found")
    }
}

/// Snapshots.
#[volume_snapshotter(name = "example.io/volumes", config_keys = [])]
pub struct Volumes;

impl VolumeSnapshotter for Volumes {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }
    async fn create_volume_from_snapshot(&self, _: &str, _: &str, _: &str, _: Option<i64>) -> Result<String> {
        bail!("not found")
    }
    async fn get_volume_info(&self, _: &str, _: &str) -> Result<VolumeInfo> {
        bail!("not found")
    }
    async fn create_snapshot(&self, _: &str, _: &str, _: &BTreeMap<String, String>) -> Result<String> {
        bail!("not found")
    }
    async fn delete_snapshot(&self, _: &str) -> Result<()> {
        Ok(())
    }
    async fn get_volume_id(&self, _: &Item) -> Result<Option<String>> {
        Ok(None)
    }
    async fn set_volume_id(&self, _: &mut Item, _: &str) -> Result<()> {
        Ok(())
    }
}

/// A function, under two names.
///
/// # Errors
/// None.
#[backup_item_action(name = "example.io/function-backup", included_resources = ["pods"])]
#[backup_item_action(name = "example.io/function-backup-2", included_resources = ["secrets"])]
pub async fn back_up(BackupInput { item, .. }: &mut BackupInput) -> Result<BackupOutput> {
    item.set_annotation("example.io/seen", "true");
    Ok(BackupOutput::backup())
}

/// Private.
#[restore_item_action_v2(name = "example.io/function-restore-2")]
async fn restore(input: &mut RestoreInput) -> Result<RestoreOutputV2> {
    input.item.remove("/spec/nodeName");
    Ok(RestoreOutputV2::restore())
}

/// Also private.
#[delete_item_action(name = "example.io/function-delete")]
async fn delete(_: &DeleteInput) -> Result<()> {
    Ok(())
}

/// In a private module.
mod block {
    use plugwright::prelude::*;

    #[item_block_action(name = "example.io/function-block")]
    async fn related(_: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(Vec::new())
    }
}
