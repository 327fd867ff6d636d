//! Plugins of every kind, which look at their input and use each part of the output.

use std::collections::BTreeMap;
use std::time::Duration;

use plugwright::prelude::*;
use tokio::io::AsyncReadExt;

/// The name of every plugin but V2's.
pub(super) const NAME: &str = "fuzz.plugwright.dev/one";
/// The name of the V2 plugins.
pub(super) const V2: &str = "fuzz.plugwright.dev/two";
/// EphemeralAccess's name for its only plugin.
pub(super) const REQUESTER: &str = "ephemeralaccess";

/// Objects that a call read. It is never an error, so that the call goes on.
fn look(item: &mut Item) -> Vec<ResourceIdentifier> {
    let owners = item.owner_references();
    let _ = (item.labels().count(), item.containers().count(), item.condition("Ready").is_some());
    owners.iter().map(|owner| ResourceIdentifier::new(&owner.kind, item.namespace(), &owner.name)).collect()
}

#[backup_item_action(name = "fuzz.plugwright.dev/one")]
#[derive(Default)]
struct Back;

impl BackupItemAction for Back {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        let also = look(&mut input.item);
        let selected = input.backup.selects("pods", input.item.namespace());
        input.item.set_annotation("selected", selected.to_string());
        Ok(BackupOutput::backup().additional_items(also))
    }
}

#[backup_item_action_v2(name = "fuzz.plugwright.dev/two")]
#[derive(Default)]
struct BackTwo;

impl BackupItemActionV2 for BackTwo {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        let also = look(&mut input.item);
        Ok(BackupOutputV2::backup().operation(input.item.name()).post_operation_items(also))
    }
}

impl BackupOperations for BackTwo {
    type OperationId = String;

    async fn progress(&self, operation: &String, backup: &Backup) -> Result<OperationProgress> {
        ensure!(!operation.is_empty(), "no operation in {}", backup.metadata.name);
        Ok(OperationProgress::succeeded())
    }
}

#[restore_item_action(name = "fuzz.plugwright.dev/one")]
#[derive(Default)]
struct Rest;

impl RestoreItemAction for Rest {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        input.item.remove("/status");
        Ok(RestoreOutput::restore().additional_items(look(&mut input.item)))
    }
}

#[restore_item_action_v2(name = "fuzz.plugwright.dev/two")]
#[derive(Default)]
struct RestTwo;

impl RestoreItemActionV2 for RestTwo {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        if let Some(before) = &input.item_from_backup {
            let _ = before.as_value();
        }
        Ok(RestoreOutputV2::restore().operation(input.item.name()).additional_items(look(&mut input.item)))
    }

    async fn are_additional_items_ready(&self, items: &[ResourceIdentifier], _: &Restore) -> Result<bool> {
        Ok(items.is_empty())
    }
}

impl RestoreOperations for RestTwo {
    type OperationId = String;

    async fn progress(&self, operation: &String, _: &Restore) -> Result<OperationProgress> {
        ensure!(!operation.is_empty(), "no operation");
        Ok(OperationProgress::succeeded())
    }
}

#[delete_item_action(name = "fuzz.plugwright.dev/one")]
#[derive(Default)]
struct Delete;

impl DeleteItemAction for Delete {
    async fn execute(&self, input: &DeleteInput) -> Result<()> {
        look(&mut input.item.clone());
        Ok(())
    }
}

#[item_block_action(name = "fuzz.plugwright.dev/one")]
#[derive(Default)]
struct Block;

impl ItemBlockAction for Block {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(look(&mut input.item.clone()))
    }
}

#[object_store(name = "fuzz.plugwright.dev/one")]
struct Store;

impl ObjectStore for Store {
    async fn init(_: &Context, config: Config) -> Result<Self> {
        let _ = (config.parse::<u16>("port"), config.parse::<bool>("secure"));
        Ok(Self)
    }

    async fn put_object(&self, _: &str, _: &str, body: &mut ObjectBody) -> Result<()> {
        let mut content = Vec::new();
        body.read_to_end(&mut content).await?;
        Ok(())
    }

    async fn object_exists(&self, _: &str, key: &str) -> Result<bool> {
        Ok(key.is_empty())
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectBody> {
        Ok([bucket, key].concat().into_bytes().into())
    }

    async fn list_common_prefixes(&self, bucket: &str, prefix: &str, delimiter: &str) -> Result<Vec<String>> {
        Ok([bucket, prefix, delimiter].map(str::to_owned).to_vec())
    }

    async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        Ok([bucket, prefix].map(str::to_owned).to_vec())
    }

    async fn delete_object(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    async fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        Ok(format!("https://{bucket}/{key}?{}", ttl.as_secs()))
    }
}

#[volume_snapshotter(name = "fuzz.plugwright.dev/one")]
struct Snapshotter;

impl VolumeSnapshotter for Snapshotter {
    async fn init(_: &Context, _: Config) -> Result<Self> {
        Ok(Self)
    }

    async fn create_volume_from_snapshot(
        &self,
        id: &str,
        _: &str,
        _: &str,
        iops: Option<i64>,
    ) -> Result<String> {
        Ok(format!("{id}-{}", iops.unwrap_or_default()))
    }

    async fn get_volume_info(&self, id: &str, _: &str) -> Result<VolumeInfo> {
        Ok(VolumeInfo { volume_type: id.to_owned(), iops: Some(7) })
    }

    async fn create_snapshot(&self, id: &str, _: &str, tags: &BTreeMap<String, String>) -> Result<String> {
        Ok(format!("{id}-{}", tags.len()))
    }

    async fn delete_snapshot(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn get_volume_id(&self, volume: &Item) -> Result<Option<String>> {
        Ok(volume.get_str("/spec/csi/volumeHandle").map(str::to_owned))
    }

    async fn set_volume_id(&self, volume: &mut Item, id: &str) -> Result<()> {
        volume.set("/spec/csi/volumeHandle", id)
    }
}

#[access_requester]
#[derive(Default)]
struct Requester;

impl AccessRequester for Requester {
    async fn grant_access(&self, request: &AccessRequest, _: &Application) -> Result<GrantResponse> {
        Ok(GrantResponse::granted(format!(
            "{:?} for {}",
            request.spec.duration, request.spec.subject.username
        )))
    }
}
