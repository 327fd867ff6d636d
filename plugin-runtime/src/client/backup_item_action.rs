//! Calls backup item actions of version 1.

use go_plugin::__private::Checked;

use super::connection::Connection;
use super::convert;
use super::proto::generated::backup_item_action_client::BackupItemActionClient as Grpc;
use super::proto::generated::{BackupItemActionAppliesToRequest, ExecuteRequest};
use super::status::CallError;
use crate::types::annotations;
use crate::{Backup, Item, ResourceIdentifier, ResourceSelector};

/// The result of a backup item action (V1 or V2), as Velero reads it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BackupItemActionOutput {
    /// The item to store. It still has the annotations that the action set for Velero, which Velero reads and
    /// removes.
    pub item: Item,
    /// Additional items to back up.
    pub additional_items: Vec<ResourceIdentifier>,
    /// The operation that continues after the call; V2 only.
    pub operation_id: Option<String>,
    /// Items to back up once that operation has ended; V2 only.
    pub post_operation_items: Vec<ResourceIdentifier>,
}

impl BackupItemActionOutput {
    /// Whether Velero omits the item from the backup: since 1.18.1, if it has the annotation
    /// `velero.io/skip-from-backup`, with any value (`pkg/backup/item_backupper.go`, `executeActions`).
    pub fn is_skipped(&self) -> bool {
        self.item.annotation(annotations::SKIP_FROM_BACKUP).is_some()
    }

    /// Whether the additional items are backed up even if the backup does not include them.
    pub fn must_include_additional_items(&self) -> bool {
        self.item.annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS) == Some(annotations::TRUE)
    }
}

/// A backup item action of version 1, from
/// [`Client::backup_item_action`](super::Client::backup_item_action).
#[derive(Debug, Clone)]
pub struct BackupItemActionClient {
    connection: Connection,
    plugin: String,
}

impl BackupItemActionClient {
    pub(super) fn new(connection: Connection, plugin: String) -> Self {
        Self { connection, plugin }
    }

    fn grpc(&self) -> Grpc<Checked> {
        Grpc::new(self.connection.checked()).max_decoding_message_size(usize::MAX)
    }

    /// Calls AppliesTo: the items the action applies to.
    pub async fn applies_to(&self) -> Result<ResourceSelector, CallError> {
        let request = BackupItemActionAppliesToRequest { plugin: self.plugin.clone() };
        let response = self.connection.answer(self.grpc().applies_to(request)).await?;
        Ok(convert::selector(response.resource_selector))
    }

    /// Calls Execute with an item.
    pub async fn execute(&self, item: &Item, backup: &Backup) -> Result<BackupItemActionOutput, CallError> {
        let request = ExecuteRequest {
            plugin: self.plugin.clone(),
            item: item.to_json(),
            backup: convert::backup(backup),
        };
        let response = self.connection.answer(self.grpc().execute(request)).await?;
        Ok(BackupItemActionOutput {
            item: convert::item(response.item)?,
            additional_items: convert::identifiers(response.additional_items),
            operation_id: None,
            post_operation_items: Vec::new(),
        })
    }
}
