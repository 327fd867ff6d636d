//! Detects at compile time whether a V2 action has asynchronous operations, so that the author does not have
//! to declare it.
//!
//! `Probe::<T>::new().backup_operations()` is the inherent method if `T: BackupOperations`, else that of
//! [`NoOperations`], which comes second in method lookup.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::types::{Backup, OperationProgress, Restore};
use crate::{Error, Result};
use go_plugin::BoxFuture;

type ProgressFn<T, O> = for<'a> fn(&'a T, &'a str, &'a O) -> BoxFuture<'a, Result<OperationProgress>>;
type CancelFn<T, O> = for<'a> fn(&'a T, &'a str, &'a O) -> BoxFuture<'a, Result<()>>;

/// Progress and Cancel of the action `T`; `O` is the Backup or Restore they belong to.
#[doc(hidden)]
pub struct Operations<T, O> {
    pub(super) progress: ProgressFn<T, O>,
    pub(super) cancel: CancelFn<T, O>,
}

impl<T, O> std::fmt::Debug for Operations<T, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Operations")
    }
}

/// An action and, if implemented, its operations.
pub(crate) struct Action<T, O> {
    pub(crate) action: Arc<T>,
    pub(crate) operations: Option<Operations<T, O>>,
}

impl<T, O> Action<T, O> {
    pub(crate) fn progress<'a>(
        &'a self,
        id: &'a str,
        object: &'a O,
    ) -> BoxFuture<'a, Result<OperationProgress>> {
        match &self.operations {
            Some(operations) => (operations.progress)(&self.action, id, object),
            None => Box::pin(std::future::ready(Err(not_supported()))),
        }
    }

    pub(crate) fn cancel<'a>(&'a self, id: &'a str, object: &'a O) -> BoxFuture<'a, Result<()>> {
        match &self.operations {
            Some(operations) => (operations.cancel)(&self.action, id, object),
            // Same as for a V1 action, which Velero adapts to a V2 action without operations.
            None => Box::pin(std::future::ready(Err(not_supported()))),
        }
    }
}

/// Velero's text (`pkg/plugin/velero/backupitemaction/v2`, `AsyncOperationsNotSupportedError`).
fn not_supported() -> Error {
    Error::msg("Plugin does not support asynchronous operations")
}

/// Velero's text (same file, `InvalidOperationIDError`).
pub(super) fn parse<I: std::str::FromStr>(id: &str) -> Result<I> {
    // An operation always has an id, so an empty one is invalid even if the id's type accepts it.
    let parsed = if id.is_empty() { None } else { id.parse().ok() };
    parsed.ok_or_else(|| Error::msg(format!("operation ID {id} is invalid")))
}

/// Looks up the operations of `T`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The result for an action without operations.
#[doc(hidden)]
pub trait NoOperations<T> {
    fn backup_operations(&self) -> Option<Operations<T, Backup>> {
        None
    }

    fn restore_operations(&self) -> Option<Operations<T, Restore>> {
        None
    }
}

impl<T> NoOperations<T> for Probe<T> {}
