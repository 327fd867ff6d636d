//! Calls restore item actions of version 1.

use std::time::Duration;

use go_plugin::__private::Checked;

use super::connection::Connection;
use super::convert;
use super::proto::generated::restore_item_action_client::RestoreItemActionClient as Grpc;
use super::proto::generated::{RestoreItemActionAppliesToRequest, RestoreItemActionExecuteRequest};
use super::status::CallError;
use crate::types::annotations;
use crate::{Item, ResourceIdentifier, ResourceSelector, Restore};

/// The result of a restore item action (V1 or V2), as Velero reads it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RestoreItemActionOutput {
    /// The item to restore. It still has the annotations that the action set for Velero, which Velero reads
    /// and removes.
    pub item: Item,
    /// Items to restore before this one.
    pub additional_items: Vec<ResourceIdentifier>,
    pub(super) skipped: bool,
    /// The operation that continues after the call; V2 only.
    pub operation_id: Option<String>,
    /// Whether Velero polls `AreAdditionalItemsReady` until it returns true; V2 only.
    pub wait_for_additional_items: bool,
    /// The timeout of this polling. `None` is the server's default (`--resource-timeout`); V2 only.
    pub additional_items_ready_timeout: Option<Duration>,
}

impl RestoreItemActionOutput {
    /// Whether Velero omits the item from the restore. No further action is then called for it.
    pub fn is_skipped(&self) -> bool {
        self.skipped
    }

    /// Whether the additional items are restored even if the restore does not include them.
    pub fn must_include_additional_items(&self) -> bool {
        self.item.annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE) == Some(annotations::TRUE)
    }
}

/// A restore item action of version 1, from
/// [`Client::restore_item_action`](super::Client::restore_item_action).
#[derive(Debug, Clone)]
pub struct RestoreItemActionClient {
    connection: Connection,
    plugin: String,
}

impl RestoreItemActionClient {
    pub(super) fn new(connection: Connection, plugin: String) -> Self {
        Self { connection, plugin }
    }

    fn grpc(&self) -> Grpc<Checked> {
        Grpc::new(self.connection.checked()).max_decoding_message_size(usize::MAX)
    }

    /// Calls AppliesTo: the items the action applies to.
    pub async fn applies_to(&self) -> Result<ResourceSelector, CallError> {
        let request = RestoreItemActionAppliesToRequest { plugin: self.plugin.clone() };
        let response = self.connection.answer(self.grpc().applies_to(request)).await?;
        Ok(convert::selector(response.resource_selector))
    }

    /// Calls Execute with an item that no other action has changed before.
    pub async fn execute(
        &self,
        item: &Item,
        restore: &Restore,
    ) -> Result<RestoreItemActionOutput, CallError> {
        self.execute_with(item, item, restore).await
    }

    /// Calls Execute with an item, and the same item as stored in the backup.
    pub async fn execute_with(
        &self,
        item: &Item,
        item_from_backup: &Item,
        restore: &Restore,
    ) -> Result<RestoreItemActionOutput, CallError> {
        let request = RestoreItemActionExecuteRequest {
            plugin: self.plugin.clone(),
            item: item.to_json(),
            restore: convert::restore(restore),
            item_from_backup: item_from_backup.to_json(),
        };
        let response = self.connection.answer(self.grpc().execute(request)).await?;
        Ok(RestoreItemActionOutput {
            item: convert::item(response.item)?,
            additional_items: convert::identifiers(response.additional_items),
            skipped: response.skip_restore,
            operation_id: None,
            wait_for_additional_items: false,
            additional_items_ready_timeout: None,
        })
    }
}
