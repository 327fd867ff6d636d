//! `generated.BackupItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Called, Calls};
use super::convert;
use super::proto::generated::backup_item_action_server::{BackupItemAction, BackupItemActionServer};
use super::proto::generated::{
    BackupItemActionAppliesToRequest, BackupItemActionAppliesToResponse, ExecuteRequest, ExecuteResponse,
};
use crate::action::backup_item_action::Handler;
use crate::types::BackupInput;

const KIND: Kind = Kind::BackupItemAction;

pub(super) fn service(calls: Calls) -> BackupItemActionServer<Service> {
    BackupItemActionServer::new(Service { calls }).max_decoding_message_size(usize::MAX)
}

pub(super) struct Service {
    calls: Calls,
}

#[tonic::async_trait]
impl BackupItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<BackupItemActionAppliesToRequest>,
    ) -> Result<Response<BackupItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let applies_to = |called: Called<dyn Handler>| async move {
            called.handler.applies_to(called.declared_selector()).await
        };
        let selector = self.calls.run(KIND, name, "applies_to", applies_to).await?;
        Ok(Response::new(BackupItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let ExecuteRequest { plugin, item, backup } = request.into_inner();
        let execute = |called: Called<dyn Handler>| async move {
            let mut input = BackupInput::new(call::item(item, "item")?, called.backup(&backup)?);
            let output = called.handler.execute(&mut input).await?;
            convert::annotate_backup(&mut input.item, &output);
            Ok(ExecuteResponse {
                item: input.item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
            })
        };
        self.calls.run(KIND, plugin, "execute", execute).await.map(Response::new)
    }
}
