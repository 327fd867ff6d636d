//! Calls delete item actions.

use go_plugin::__private::Checked;

use super::connection::Connection;
use super::convert;
use super::proto::generated::delete_item_action_client::DeleteItemActionClient as Grpc;
use super::proto::generated::{DeleteItemActionAppliesToRequest, DeleteItemActionExecuteRequest};
use super::status::CallError;
use crate::{Backup, Item, ResourceSelector};

/// A delete item action, from [`Client::delete_item_action`](super::Client::delete_item_action).
#[derive(Debug, Clone)]
pub struct DeleteItemActionClient {
    connection: Connection,
    plugin: String,
}

impl DeleteItemActionClient {
    pub(super) fn new(connection: Connection, plugin: String) -> Self {
        Self { connection, plugin }
    }

    fn grpc(&self) -> Grpc<Checked> {
        Grpc::new(self.connection.checked()).max_decoding_message_size(usize::MAX)
    }

    /// Calls AppliesTo: the items the action applies to.
    pub async fn applies_to(&self) -> Result<ResourceSelector, CallError> {
        let request = DeleteItemActionAppliesToRequest { plugin: self.plugin.clone() };
        let response = self.connection.answer(self.grpc().applies_to(request)).await?;
        Ok(convert::selector(response.resource_selector))
    }

    /// Calls Execute with an item of a backup that is being deleted.
    pub async fn execute(&self, item: &Item, backup: &Backup) -> Result<(), CallError> {
        let request = DeleteItemActionExecuteRequest {
            plugin: self.plugin.clone(),
            item: item.to_json(),
            backup: convert::backup(backup),
        };
        self.connection.answer(self.grpc().execute(request)).await.map(drop)
    }
}
