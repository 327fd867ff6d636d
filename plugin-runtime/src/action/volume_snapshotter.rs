use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::action::AsyncResult;
use crate::declare::Declaration;
use crate::hosts::services;
use crate::types::{Config, Item, VolumeInfo};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Takes snapshots of volumes in a backup and creates volumes from them in a restore.
///
/// Declared by [`#[volume_snapshotter]`](macro@crate::volume_snapshotter). Each Init creates a new
/// snapshotter, and calls go to the newest: unlike an object store's, they do not identify their
/// VolumeSnapshotLocation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `VolumeSnapshotter`",
    label = "this struct needs `impl VolumeSnapshotter for {Self}`",
    note = "it starts with `async fn init(cx: &Context, config: Config) -> Result<Self>`"
)]
pub trait VolumeSnapshotter: Sized + Send + Sync + 'static {
    /// Creates a snapshotter from the configuration of a VolumeSnapshotLocation.
    fn init(cx: &Context, config: Config) -> impl AsyncResult<Self> + Send;

    /// Creates a volume from a snapshot and returns its id. `iops` is the value that
    /// [`get_volume_info`](Self::get_volume_info) returned during the backup.
    fn create_volume_from_snapshot(
        &self,
        snapshot_id: &str,
        volume_type: &str,
        volume_az: &str,
        iops: Option<i64>,
    ) -> impl AsyncResult<String> + Send;

    /// Whether a volume created from a snapshot is ready. Only Heptio Ark 0.9 and earlier has this call, and
    /// 0.9.11 no longer makes it. All other hosts consider a volume ready when
    /// [`create_volume_from_snapshot`](Self::create_volume_from_snapshot) returns, so wait there. The default
    /// is true.
    fn is_volume_ready(&self, volume_id: &str, volume_az: &str) -> impl AsyncResult<bool> + Send {
        let _ = (volume_id, volume_az);
        std::future::ready(Ok(true))
    }

    /// Returns the type and provisioned I/O operations of a volume.
    fn get_volume_info(&self, volume_id: &str, volume_az: &str) -> impl AsyncResult<VolumeInfo> + Send;

    /// Takes a snapshot of a volume, tags it with `tags`, and returns its id.
    fn create_snapshot(
        &self,
        volume_id: &str,
        volume_az: &str,
        tags: &BTreeMap<String, String>,
    ) -> impl AsyncResult<String> + Send;

    /// Deletes a snapshot. A snapshot that is already gone is not an error.
    fn delete_snapshot(&self, snapshot_id: &str) -> impl AsyncResult<()> + Send;

    /// Returns the id of the volume behind a PersistentVolume; `None` if the volume does not belong to this
    /// plugin.
    fn get_volume_id(&self, volume: &Item) -> impl AsyncResult<Option<String>> + Send;

    /// Changes a PersistentVolume to refer to another volume.
    fn set_volume_id(&self, volume: &mut Item, volume_id: &str) -> impl AsyncResult<()> + Send;
}

/// Called by the services; uses the newest snapshotter.
pub(crate) trait Handler: Send + Sync {
    fn init(&self, config: Config) -> BoxFuture<'_, Result<()>>;
    fn create_volume_from_snapshot<'a>(
        &'a self,
        snapshot_id: &'a str,
        volume_type: &'a str,
        volume_az: &'a str,
        iops: Option<i64>,
    ) -> BoxFuture<'a, Result<String>>;
    fn is_volume_ready<'a>(&'a self, volume_id: &'a str, volume_az: &'a str) -> BoxFuture<'a, Result<bool>>;
    fn get_volume_info<'a>(
        &'a self,
        volume_id: &'a str,
        volume_az: &'a str,
    ) -> BoxFuture<'a, Result<VolumeInfo>>;
    fn create_snapshot<'a>(
        &'a self,
        volume_id: &'a str,
        volume_az: &'a str,
        tags: &'a BTreeMap<String, String>,
    ) -> BoxFuture<'a, Result<String>>;
    fn delete_snapshot<'a>(&'a self, snapshot_id: &'a str) -> BoxFuture<'a, Result<()>>;
    fn get_volume_id<'a>(&'a self, volume: &'a Item) -> BoxFuture<'a, Result<Option<String>>>;
    fn set_volume_id<'a>(&'a self, volume: &'a mut Item, volume_id: &'a str) -> BoxFuture<'a, Result<()>>;
}

/// The snapshotter created by the last Init.
struct Newest<T> {
    cx: Context,
    made: RwLock<Option<Arc<T>>>,
}

impl<T: VolumeSnapshotter> Newest<T> {
    fn get(&self) -> Result<Arc<T>> {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        made.clone().ok_or_else(|| self.cx.not_initialized())
    }
}

impl<T: VolumeSnapshotter> Handler for Newest<T> {
    fn init(&self, config: Config) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let made = Arc::new(T::init(&self.cx, config).await?);
            *self.made.write().unwrap_or_else(PoisonError::into_inner) = Some(made);
            Ok(())
        })
    }

    fn create_volume_from_snapshot<'a>(
        &'a self,
        snapshot_id: &'a str,
        volume_type: &'a str,
        volume_az: &'a str,
        iops: Option<i64>,
    ) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move {
            self.get()?.create_volume_from_snapshot(snapshot_id, volume_type, volume_az, iops).await
        })
    }

    fn is_volume_ready<'a>(&'a self, volume_id: &'a str, volume_az: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { self.get()?.is_volume_ready(volume_id, volume_az).await })
    }

    fn get_volume_info<'a>(
        &'a self,
        volume_id: &'a str,
        volume_az: &'a str,
    ) -> BoxFuture<'a, Result<VolumeInfo>> {
        Box::pin(async move { self.get()?.get_volume_info(volume_id, volume_az).await })
    }

    fn create_snapshot<'a>(
        &'a self,
        volume_id: &'a str,
        volume_az: &'a str,
        tags: &'a BTreeMap<String, String>,
    ) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move { self.get()?.create_snapshot(volume_id, volume_az, tags).await })
    }

    fn delete_snapshot<'a>(&'a self, snapshot_id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.get()?.delete_snapshot(snapshot_id).await })
    }

    fn get_volume_id<'a>(&'a self, volume: &'a Item) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move { self.get()?.get_volume_id(volume).await })
    }

    fn set_volume_id<'a>(&'a self, volume: &'a mut Item, volume_id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.get()?.set_volume_id(volume, volume_id).await })
    }
}

impl Declaration {
    /// Declares a [`VolumeSnapshotter`] of this name.
    #[track_caller]
    pub fn volume_snapshotter<T: VolumeSnapshotter>(name: impl Into<String>) -> Self {
        Self::store::<T, Newest<T>, dyn Handler>(
            &services::VOLUME_SNAPSHOTTER,
            name.into(),
            |cx| Newest { cx: cx.clone(), made: RwLock::default() },
            |newest| newest,
        )
    }
}
