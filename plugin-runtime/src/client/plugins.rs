//! The handles of the plugin kinds, and the list of plugins.

use std::fmt;

use super::proto::generated::Empty;
use super::proto::generated::plugin_lister_client::PluginListerClient;
use super::{
    BackupItemActionClient, BackupItemActionV2Client, CallError, Client, DeleteItemActionClient,
    ItemBlockActionClient, ObjectStoreClient, RestoreItemActionClient, RestoreItemActionV2Client,
    VolumeSnapshotterClient,
};
use crate::Kind;

/// A plugin of a binary, as reported by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginIdentifier {
    /// The executable that Velero starts to call it.
    pub command: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name, `example.io/name`.
    pub name: String,
}

/// `RestoreItemAction example.io/name`
impl fmt::Display for PluginIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl Client {
    /// Lists the plugins, in the binary's order. An unknown kind is an error, as it is for Velero, which then
    /// does not start.
    pub async fn plugins(&self) -> Result<Vec<PluginIdentifier>, CallError> {
        let mut lister = PluginListerClient::new(self.connection.checked());
        let response = self.connection.answer(lister.list_plugins(Empty {})).await?;
        let identify = |plugin: super::proto::generated::PluginIdentifier| match plugin.kind.parse() {
            Ok(kind) => Ok(PluginIdentifier { command: plugin.command, kind, name: plugin.name }),
            Err(error) => Err(CallError::bad_answer(format_args!("plugin `{}`: {error}", plugin.name))),
        };
        response.plugins.into_iter().map(identify).collect()
    }

    /// Returns the access requester of a plugin that was started like EphemeralAccess does
    /// ([`ClientBuilder::ephemeral_access`](super::ClientBuilder::ephemeral_access)), or in this process. Not
    /// verified until the first call.
    #[cfg(feature = "ephemeral-access")]
    pub fn access_requester(&self) -> super::AccessRequesterClient {
        super::AccessRequesterClient::new(self.connection.clone())
    }

    /// Returns a V1 backup item action by name. Not verified until the first call.
    pub fn backup_item_action(&self, name: impl Into<String>) -> BackupItemActionClient {
        BackupItemActionClient::new(self.connection.clone(), name.into())
    }

    /// Returns a V2 backup item action by name. Not verified until the first call.
    pub fn backup_item_action_v2(&self, name: impl Into<String>) -> BackupItemActionV2Client {
        BackupItemActionV2Client::new(self.connection.clone(), name.into())
    }

    /// Returns a V1 restore item action by name. Not verified until the first call.
    pub fn restore_item_action(&self, name: impl Into<String>) -> RestoreItemActionClient {
        RestoreItemActionClient::new(self.connection.clone(), name.into())
    }

    /// Returns a V2 restore item action by name. Not verified until the first call.
    pub fn restore_item_action_v2(&self, name: impl Into<String>) -> RestoreItemActionV2Client {
        RestoreItemActionV2Client::new(self.connection.clone(), name.into())
    }

    /// Returns a delete item action by name. Not verified until the first call.
    pub fn delete_item_action(&self, name: impl Into<String>) -> DeleteItemActionClient {
        DeleteItemActionClient::new(self.connection.clone(), name.into())
    }

    /// Returns an item block action by name. Not verified until the first call.
    pub fn item_block_action(&self, name: impl Into<String>) -> ItemBlockActionClient {
        ItemBlockActionClient::new(self.connection.clone(), name.into())
    }

    /// Returns an object store by name. Not verified until the first call.
    pub fn object_store(&self, name: impl Into<String>) -> ObjectStoreClient {
        ObjectStoreClient::new(self.connection.clone(), name.into())
    }

    /// Returns a volume snapshotter by name. Not verified until the first call.
    pub fn volume_snapshotter(&self, name: impl Into<String>) -> VolumeSnapshotterClient {
        VolumeSnapshotterClient::new(self.connection.clone(), name.into())
    }
}
