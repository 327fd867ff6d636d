//! What a provider brings to the store that all three share.

use std::future::Future;

use plugwright::{Config, Context, Result};

use crate::bucket::Bucket;

/// A provider with the configuration of one BackupStorageLocation.
pub(crate) trait Provider: Sized + Send + Sync + 'static {
    /// Checks the configuration and finds the credentials. It makes no request unless the configuration cannot be
    /// understood without one: Velero calls it every minute.
    fn new(cx: &Context, config: &Config) -> impl Future<Output = Result<Self>> + Send;

    /// A bucket, or a container of Azure. No request is made.
    fn bucket(&self, name: &str) -> Result<Bucket>;
}

/// What is done to a bucket: for the permission that it needs, and the message where it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Put,
    Get,
    Exists,
    List,
    Delete,
    Sign,
}

/// Reads an environment variable; an empty one counts as absent. Tests have their own.
pub(crate) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// The environment of the process.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
