use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::action::AsyncResult;
use crate::declare::Declaration;
use crate::hosts::services;
use crate::types::{Config, ObjectBody};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Stores backups and the logs of backups and restores in a bucket.
///
/// Declared by [`#[object_store]`](macro@crate::object_store). Velero shares one instance of a Go plugin
/// between all storage locations and calls Init on it repeatedly. Here each Init creates a new store, and a
/// call goes to the store configured for its bucket (the newest, if two share a bucket). A store therefore
/// has plain fields and needs no locks for them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ObjectStore`",
    label = "this struct needs `impl ObjectStore for {Self}`",
    note = "it starts with `async fn init(cx: &Context, config: Config) -> Result<Self>`"
)]
pub trait ObjectStore: Sized + Send + Sync + 'static {
    /// Creates a store from the configuration of a BackupStorageLocation. Velero adds the keys `bucket`,
    /// `prefix`, `caCert` and `credentialsFile` if they are set.
    fn init(cx: &Context, config: Config) -> impl AsyncResult<Self> + Send;

    /// Stores an object. A body that ends in an error was cut off: keep an existing object unchanged, and
    /// never expose a partial new one.
    fn put_object(&self, bucket: &str, key: &str, body: &mut ObjectBody) -> impl AsyncResult<()> + Send;

    /// Whether an object with this key exists. A missing bucket is an error.
    fn object_exists(&self, bucket: &str, key: &str) -> impl AsyncResult<bool> + Send;

    /// Returns the object's content, which is read as the host consumes it.
    fn get_object(&self, bucket: &str, key: &str) -> impl AsyncResult<ObjectBody> + Send;

    /// Returns the distinct prefixes of all keys that start with `prefix`, up to and including the next
    /// `delimiter`. For the keys `a/x/1`, `a/x/2`, `a/y` and the prefix `a/`: `a/x/`.
    fn list_common_prefixes(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: &str,
    ) -> impl AsyncResult<Vec<String>> + Send;

    /// Returns all keys that start with `prefix`.
    fn list_objects(&self, bucket: &str, prefix: &str) -> impl AsyncResult<Vec<String>> + Send;

    /// Deletes an object.
    fn delete_object(&self, bucket: &str, key: &str) -> impl AsyncResult<()> + Send;

    /// Returns a URL by which anyone can download the object for the given duration. Used by
    /// `velero backup logs` and `velero backup describe --details`.
    fn create_signed_url(&self, bucket: &str, key: &str, ttl: Duration) -> impl AsyncResult<String> + Send;
}

/// Called by the services; finds the store that a call refers to.
pub(crate) trait Handler: Send + Sync {
    fn init(&self, config: Config) -> BoxFuture<'_, Result<()>>;
    fn put_object<'a>(&'a self, at: &'a ObjectKey, body: &'a mut ObjectBody) -> BoxFuture<'a, Result<()>>;
    fn object_exists<'a>(&'a self, at: &'a ObjectKey) -> BoxFuture<'a, Result<bool>>;
    fn get_object<'a>(&'a self, at: &'a ObjectKey) -> BoxFuture<'a, Result<ObjectBody>>;
    fn list_common_prefixes<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        delimiter: &'a str,
    ) -> BoxFuture<'a, Result<Vec<String>>>;
    fn list_objects<'a>(&'a self, bucket: &'a str, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>>>;
    fn delete_object<'a>(&'a self, at: &'a ObjectKey) -> BoxFuture<'a, Result<()>>;
    fn create_signed_url<'a>(&'a self, at: &'a ObjectKey, ttl: Duration) -> BoxFuture<'a, Result<String>>;
}

/// One object.
#[derive(Debug)]
pub(crate) struct ObjectKey {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// The stores created by Init, by bucket, the newest last.
struct Stores<T> {
    cx: Context,
    made: RwLock<Vec<(String, Arc<T>)>>,
}

impl<T: ObjectStore> Stores<T> {
    /// Returns the store of this bucket. A bucket without an Init goes to the newest store, as all calls go
    /// to the one instance of a Go plugin.
    fn of(&self, bucket: &str) -> Result<Arc<T>> {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        let store = made.iter().find(|(of, _)| of == bucket).or(made.last());
        let (_, store) = store.ok_or_else(|| self.cx.not_initialized())?;
        Ok(Arc::clone(store))
    }
}

impl<T: ObjectStore> Handler for Stores<T> {
    fn init(&self, config: Config) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let bucket = config.get("bucket").unwrap_or_default().to_owned();
            let store = Arc::new(T::init(&self.cx, config).await?);
            let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
            made.retain(|(of, _)| *of != bucket);
            made.push((bucket, store));
            Ok(())
        })
    }

    fn put_object<'a>(&'a self, at: &'a ObjectKey, body: &'a mut ObjectBody) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.of(&at.bucket)?.put_object(&at.bucket, &at.key, body).await })
    }

    fn object_exists<'a>(&'a self, at: &'a ObjectKey) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { self.of(&at.bucket)?.object_exists(&at.bucket, &at.key).await })
    }

    fn get_object<'a>(&'a self, at: &'a ObjectKey) -> BoxFuture<'a, Result<ObjectBody>> {
        Box::pin(async move { self.of(&at.bucket)?.get_object(&at.bucket, &at.key).await })
    }

    fn list_common_prefixes<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        delimiter: &'a str,
    ) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move { self.of(bucket)?.list_common_prefixes(bucket, prefix, delimiter).await })
    }

    fn list_objects<'a>(&'a self, bucket: &'a str, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move { self.of(bucket)?.list_objects(bucket, prefix).await })
    }

    fn delete_object<'a>(&'a self, at: &'a ObjectKey) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.of(&at.bucket)?.delete_object(&at.bucket, &at.key).await })
    }

    fn create_signed_url<'a>(&'a self, at: &'a ObjectKey, ttl: Duration) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move { self.of(&at.bucket)?.create_signed_url(&at.bucket, &at.key, ttl).await })
    }
}

impl Declaration {
    /// Declares an [`ObjectStore`] of this name.
    #[track_caller]
    pub fn object_store<T: ObjectStore>(name: impl Into<String>) -> Self {
        Self::store::<T, Stores<T>, dyn Handler>(
            &services::OBJECT_STORE,
            name.into(),
            |cx| Stores { cx: cx.clone(), made: RwLock::default() },
            |stores| stores,
        )
    }
}
