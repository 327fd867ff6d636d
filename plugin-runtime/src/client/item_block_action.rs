//! Calls item block actions.

use go_plugin::__private::Checked;

use super::connection::Connection;
use super::convert;
use super::proto::v1::item_block_action_client::ItemBlockActionClient as Grpc;
use super::proto::v1::{ItemBlockActionAppliesToRequest, ItemBlockActionGetRelatedItemsRequest};
use super::status::CallError;
use crate::{Backup, Item, ResourceIdentifier, ResourceSelector};

/// An item block action, from [`Client::item_block_action`](super::Client::item_block_action).
#[derive(Debug, Clone)]
pub struct ItemBlockActionClient {
    connection: Connection,
    plugin: String,
}

impl ItemBlockActionClient {
    pub(super) fn new(connection: Connection, plugin: String) -> Self {
        Self { connection, plugin }
    }

    fn grpc(&self) -> Grpc<Checked> {
        Grpc::new(self.connection.checked()).max_decoding_message_size(usize::MAX)
    }

    /// Calls AppliesTo: the items the action applies to.
    pub async fn applies_to(&self) -> Result<ResourceSelector, CallError> {
        let request = ItemBlockActionAppliesToRequest { plugin: self.plugin.clone() };
        let response = self.connection.answer(self.grpc().applies_to(request)).await?;
        Ok(convert::selector(response.resource_selector))
    }

    /// Calls GetRelatedItems: the items to back up together with this one.
    pub async fn get_related_items(
        &self,
        item: &Item,
        backup: &Backup,
    ) -> Result<Vec<ResourceIdentifier>, CallError> {
        let request = ItemBlockActionGetRelatedItemsRequest {
            plugin: self.plugin.clone(),
            item: item.to_json(),
            backup: convert::backup(backup),
        };
        let response = self.connection.answer(self.grpc().get_related_items(request)).await?;
        Ok(convert::identifiers(response.related_items))
    }
}
