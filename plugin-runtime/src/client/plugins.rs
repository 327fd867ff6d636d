//! One handle for each kind of plugin, and the list of them.

use std::fmt;

use super::proto::generated::Empty;
use super::proto::generated::plugin_lister_client::PluginListerClient;
use super::{
    BackupItemActionClient, BackupItemActionV2Client, CallError, Client, DeleteItemActionClient,
    ItemBlockActionClient, ObjectStoreClient, RestoreItemActionClient, RestoreItemActionV2Client,
    VolumeSnapshotterClient,
};
use crate::Kind;

/// One plugin of a binary, as it says itself.
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
    /// What plugins there are, in the binary's own order. A kind that Velero does not know is an
    /// error, as it is for Velero, which then does not start.
    pub async fn plugins(&self) -> Result<Vec<PluginIdentifier>, CallError> {
        let mut lister = PluginListerClient::new(self.connection.channel());
        let response = self.connection.answer(lister.list_plugins(Empty {})).await?;
        let identify = |plugin: super::proto::generated::PluginIdentifier| match plugin.kind.parse() {
            Ok(kind) => Ok(PluginIdentifier { command: plugin.command, kind, name: plugin.name }),
            Err(error) => Err(CallError::bad_answer(format_args!("plugin `{}`: {error}", plugin.name))),
        };
        response.plugins.into_iter().map(identify).collect()
    }

    /// The access requester, of a plugin that was started as EphemeralAccess does it
    /// ([`ClientBuilder::ephemeral_access`](super::ClientBuilder::ephemeral_access)), or in this process. That there is
    /// one shows with the first call.
    #[cfg(feature = "ephemeral-access")]
    pub fn access_requester(&self) -> super::AccessRequesterClient {
        super::AccessRequesterClient::new(self.connection.clone())
    }

    /// A backup item action of version 1, by its name. That there is one shows with the first call.
    pub fn backup_item_action(&self, name: impl Into<String>) -> BackupItemActionClient {
        BackupItemActionClient::new(self.connection.clone(), name.into())
    }

    /// A backup item action of version 2, by its name. That there is one shows with the first call.
    pub fn backup_item_action_v2(&self, name: impl Into<String>) -> BackupItemActionV2Client {
        BackupItemActionV2Client::new(self.connection.clone(), name.into())
    }

    /// A restore item action of version 1, by its name. That there is one shows with the first call.
    pub fn restore_item_action(&self, name: impl Into<String>) -> RestoreItemActionClient {
        RestoreItemActionClient::new(self.connection.clone(), name.into())
    }

    /// A restore item action of version 2, by its name. That there is one shows with the first call.
    pub fn restore_item_action_v2(&self, name: impl Into<String>) -> RestoreItemActionV2Client {
        RestoreItemActionV2Client::new(self.connection.clone(), name.into())
    }

    /// A delete item action, by its name. That there is one shows with the first call.
    pub fn delete_item_action(&self, name: impl Into<String>) -> DeleteItemActionClient {
        DeleteItemActionClient::new(self.connection.clone(), name.into())
    }

    /// An item block action, by its name. That there is one shows with the first call.
    pub fn item_block_action(&self, name: impl Into<String>) -> ItemBlockActionClient {
        ItemBlockActionClient::new(self.connection.clone(), name.into())
    }

    /// An object store, by its name. That there is one shows with the first call.
    pub fn object_store(&self, name: impl Into<String>) -> ObjectStoreClient {
        ObjectStoreClient::new(self.connection.clone(), name.into())
    }

    /// A volume snapshotter, by its name. That there is one shows with the first call.
    pub fn volume_snapshotter(&self, name: impl Into<String>) -> VolumeSnapshotterClient {
        VolumeSnapshotterClient::new(self.connection.clone(), name.into())
    }
}
