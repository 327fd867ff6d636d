//! `v2.BackupItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Called, Calls};
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

pub(super) fn service(calls: Calls) -> Methods {
    serve(Service { calls })
}

pub(super) struct Service {
    calls: Calls,
}

impl BackupItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<BackupItemActionAppliesToRequest>,
    ) -> Result<Response<BackupItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.calls.selector(KIND, name).await?;
        Ok(Response::new(BackupItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let ExecuteRequest { plugin, item, backup } = request.into_inner();
        let execute = |called: Called<dyn Handler>| async move {
            let mut input = BackupInput::new(call::item(item, "item")?, called.backup(&backup)?);
            let output = called.handler.execute(&mut input).await?;
            called.check_operation(output.operation.as_deref(), called.handler.has_operations())?;
            convert::annotate_backup(&mut input.item, output.skip, output.must_include_additional_items);
            Ok(ExecuteResponse {
                item: input.item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
                operation_id: output.operation.unwrap_or_default(),
                post_operation_items: convert::identifiers(output.post_operation_items),
            })
        };
        self.calls.run(KIND, plugin, "execute", execute).await.map(Response::new)
    }

    async fn progress(
        &self,
        request: Request<BackupItemActionProgressRequest>,
    ) -> Result<Response<BackupItemActionProgressResponse>, Status> {
        let BackupItemActionProgressRequest { plugin, operation_id, backup } = request.into_inner();
        let progress = |called: Called<dyn Handler>| async move {
            let backup = called.backup(&backup)?;
            called.handler.progress(&operation_id, &backup).await
        };
        let progress = self.calls.run(KIND, plugin, "progress", progress).await?;
        Ok(Response::new(BackupItemActionProgressResponse { progress: convert::progress(progress) }))
    }

    async fn cancel(&self, request: Request<BackupItemActionCancelRequest>) -> Result<Response<()>, Status> {
        let BackupItemActionCancelRequest { plugin, operation_id, backup } = request.into_inner();
        let cancel = |called: Called<dyn Handler>| async move {
            let backup = called.backup(&backup)?;
            called.handler.cancel(&operation_id, &backup).await
        };
        self.calls.run(KIND, plugin, "cancel", cancel).await.map(Response::new)
    }
}
