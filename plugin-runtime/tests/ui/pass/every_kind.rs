// The generated code must not trigger the user's own lints.
#![forbid(unsafe_code)]
#![deny(warnings, unused_qualifications, unused_import_braces, unreachable_pub, missing_docs)]

//! One plugin of each kind.

use std::collections::BTreeMap;
use std::time::Duration;

use plugwright::Plugins;
use plugwright::prelude::*;

/// V1.
#[backup_item_action(name = "example.io/backup")]
#[derive(Default)]
struct Backing;

impl BackupItemAction for Backing {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

/// V2, with operations.
#[backup_item_action_v2(name = "example.io/backup-2")]
#[derive(Default)]
struct Backing2;

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
struct Restoring;

impl RestoreItemAction for Restoring {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

/// V2, without operations.
#[restore_item_action_v2(name = "example.io/restore-2")]
#[derive(Default)]
struct Restoring2;

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
struct Deleting;

impl DeleteItemAction for Deleting {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        Ok(())
    }
}

/// Item block.
#[item_block_action(name = "example.io/block")]
#[derive(Default)]
struct Blocking;

impl ItemBlockAction for Blocking {
    async fn get_related_items(&self, _: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(Vec::new())
    }
}

/// A bucket.
#[object_store(name = "example.io/objects", config_keys = ["region"])]
struct Objects;

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
struct Volumes;

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

#[access_requester(new = Self::new, crate = plugwright)]
struct Access;

impl Access {
    async fn new(_: &Context) -> Result<Self> {
        Ok(Self)
    }
}

impl AccessRequester for Access {
    async fn init(&self) -> Result<()> {
        Ok(())
    }
    async fn grant_access(&self, request: &AccessRequest, application: &Application) -> Result<GrantResponse> {
        ensure!(!request.spec.subject.username.is_empty(), "nobody asks for {}", application.metadata.name);
        Ok(GrantResponse::pending("at night"))
    }
    async fn revoke_access(&self, _: &AccessRequest, _: &Application) -> Result<Option<RevokeResponse>> {
        Ok(Some(RevokeResponse::revoked("gone")))
    }
}

fn main() {
    let declared = format!("{:?}", Plugins::declared());
    for name in ["backup", "backup-2", "restore", "restore-2", "delete", "block", "objects", "volumes"] {
        assert!(declared.contains(&format!("\"example.io/{name}\"")), "{name} is not in {declared}");
    }
    assert!(declared.contains("app=shop,!canary"), "{declared}");
    assert!(declared.contains("\"ephemeralaccess\""), "{declared}");
}
