//! `v2.BackupItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Dispatcher, Target};
use super::convert;
use super::proto::v2::backup_item_action_server::{BackupItemAction, serve};
use super::proto::v2::{
    BackupItemActionAppliesToRequest, BackupItemActionAppliesToResponse, BackupItemActionCancelRequest,
    BackupItemActionProgressRequest, BackupItemActionProgressResponse, ExecuteRequest, ExecuteResponse,
};
use crate::action::backup_item_action_v2::Handler;
use crate::types::BackupInput;
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::BackupItemActionV2;

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(super) struct Service {
    dispatcher: Dispatcher,
}

impl BackupItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<BackupItemActionAppliesToRequest>,
    ) -> Result<Response<BackupItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.dispatcher.selector(KIND, name).await?;
        Ok(Response::new(BackupItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let ExecuteRequest { plugin, item, backup } = request.into_inner();
        let execute = |target: Target<dyn Handler>| async move {
            let mut input = BackupInput::new(call::item(item, "item")?, target.backup(&backup)?);
            let output = target.handler.execute(&mut input).await?;
            target.check_operation(output.operation.as_deref(), target.handler.has_operations())?;
            convert::annotate_backup(&mut input.item, output.skip, output.must_include_additional_items);
            Ok(ExecuteResponse {
                item: input.item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
                operation_id: output.operation.unwrap_or_default(),
                post_operation_items: convert::identifiers(output.post_operation_items),
            })
        };
        self.dispatcher.run(KIND, plugin, "execute", execute).await.map(Response::new)
    }

    async fn progress(
        &self,
        request: Request<BackupItemActionProgressRequest>,
    ) -> Result<Response<BackupItemActionProgressResponse>, Status> {
        let BackupItemActionProgressRequest { plugin, operation_id, backup } = request.into_inner();
        let progress = |target: Target<dyn Handler>| async move {
            let backup = target.backup(&backup)?;
            target.handler.progress(&operation_id, &backup).await
        };
        let progress = self.dispatcher.run(KIND, plugin, "progress", progress).await?;
        Ok(Response::new(BackupItemActionProgressResponse { progress: convert::progress(progress) }))
    }

    async fn cancel(&self, request: Request<BackupItemActionCancelRequest>) -> Result<Response<()>, Status> {
        let BackupItemActionCancelRequest { plugin, operation_id, backup } = request.into_inner();
        let cancel = |target: Target<dyn Handler>| async move {
            let backup = target.backup(&backup)?;
            target.handler.cancel(&operation_id, &backup).await
        };
        self.dispatcher.run(KIND, plugin, "cancel", cancel).await.map(Response::new)
    }
}
