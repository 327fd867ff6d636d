//! Calls backup item actions of version 2.

use go_plugin::__private::Checked;

use super::backup_item_action::BackupItemActionOutput;
use super::connection::Connection;
use super::convert;
use super::proto::v2::backup_item_action_client::BackupItemActionClient as Grpc;
use super::proto::v2::{
    BackupItemActionAppliesToRequest, BackupItemActionCancelRequest, BackupItemActionProgressRequest,
    ExecuteRequest,
};
use super::status::CallError;
use crate::{Backup, Item, OperationProgress, ResourceSelector};

/// A backup item action of version 2, from
/// [`Client::backup_item_action_v2`](super::Client::backup_item_action_v2).
#[derive(Debug, Clone)]
pub struct BackupItemActionV2Client {
    connection: Connection,
    plugin: String,
}

impl BackupItemActionV2Client {
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
            operation_id: convert::operation_id(response.operation_id),
            post_operation_items: convert::identifiers(response.post_operation_items),
        })
    }

    /// Calls Progress for an operation.
    pub async fn progress(
        &self,
        operation_id: impl Into<String>,
        backup: &Backup,
    ) -> Result<OperationProgress, CallError> {
        let request = BackupItemActionProgressRequest {
            plugin: self.plugin.clone(),
            operation_id: operation_id.into(),
            backup: convert::backup(backup),
        };
        let response = self.connection.answer(self.grpc().progress(request)).await?;
        convert::progress(response.progress)
    }

    /// Calls Cancel for an operation.
    pub async fn cancel(&self, operation_id: impl Into<String>, backup: &Backup) -> Result<(), CallError> {
        let request = BackupItemActionCancelRequest {
            plugin: self.plugin.clone(),
            operation_id: operation_id.into(),
            backup: convert::backup(backup),
        };
        self.connection.answer(self.grpc().cancel(request)).await
    }
}
