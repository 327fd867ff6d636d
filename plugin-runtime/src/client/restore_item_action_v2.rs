//! Calls restore item actions of version 2.

use go_plugin::__private::Checked;

use super::connection::Connection;
use super::convert;
use super::proto::v2::restore_item_action_client::RestoreItemActionClient as Grpc;
use super::proto::v2::{
    RestoreItemActionAppliesToRequest, RestoreItemActionCancelRequest, RestoreItemActionExecuteRequest,
    RestoreItemActionItemsReadyRequest, RestoreItemActionProgressRequest,
};
use super::restore_item_action::RestoreItemActionOutput;
use super::status::CallError;
use crate::{Item, OperationProgress, ResourceIdentifier, ResourceSelector, Restore};

/// A restore item action of version 2, from
/// [`Client::restore_item_action_v2`](super::Client::restore_item_action_v2).
#[derive(Debug, Clone)]
pub struct RestoreItemActionV2Client {
    connection: Connection,
    plugin: String,
}

impl RestoreItemActionV2Client {
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
            operation_id: convert::operation_id(response.operation_id),
            wait_for_additional_items: response.wait_for_additional_items,
            additional_items_ready_timeout: convert::ready_timeout(response.additional_items_ready_timeout),
        })
    }

    /// Calls AreAdditionalItemsReady: whether the item itself can be restored.
    pub async fn are_additional_items_ready(
        &self,
        items: &[ResourceIdentifier],
        restore: &Restore,
    ) -> Result<bool, CallError> {
        let request = RestoreItemActionItemsReadyRequest {
            plugin: self.plugin.clone(),
            restore: convert::restore(restore),
            additional_items: convert::identifiers_to_wire(items),
        };
        Ok(self.connection.answer(self.grpc().are_additional_items_ready(request)).await?.ready)
    }

    /// Calls Progress for an operation.
    pub async fn progress(
        &self,
        operation_id: impl Into<String>,
        restore: &Restore,
    ) -> Result<OperationProgress, CallError> {
        let request = RestoreItemActionProgressRequest {
            plugin: self.plugin.clone(),
            operation_id: operation_id.into(),
            restore: convert::restore(restore),
        };
        let response = self.connection.answer(self.grpc().progress(request)).await?;
        convert::progress(response.progress)
    }

    /// Calls Cancel for an operation.
    pub async fn cancel(&self, operation_id: impl Into<String>, restore: &Restore) -> Result<(), CallError> {
        let request = RestoreItemActionCancelRequest {
            plugin: self.plugin.clone(),
            operation_id: operation_id.into(),
            restore: convert::restore(restore),
        };
        self.connection.answer(self.grpc().cancel(request)).await
    }
}
