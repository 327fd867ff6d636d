//! The interface between the shared store and a provider.

use std::future::Future;

use plugwright::{Config, Context, Result};

use crate::bucket::Bucket;

/// A provider with the configuration of one BackupStorageLocation.
pub(crate) trait Provider: Sized + Send + Sync + 'static {
    /// Checks the configuration and finds the credentials. Makes no request unless the configuration requires one,
    /// because Velero calls it every minute.
    fn new(cx: &Context, config: &Config) -> impl Future<Output = Result<Self>> + Send;

    /// A bucket, or a container of Azure. No request is made.
    fn bucket(&self, name: &str) -> Result<Bucket>;
}

/// An action on a bucket, for the required permission and for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Put,
    Get,
    Exists,
    List,
    Delete,
    Sign,
}

/// Reads an environment variable; an empty one counts as absent. Tests replace it.
pub(crate) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// The environment of the process.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
