//! `v2.RestoreItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{Dispatcher, Target};
use super::convert;
use super::proto::v2::restore_item_action_server::{RestoreItemAction, serve};
use super::proto::v2::{
    RestoreItemActionAppliesToRequest, RestoreItemActionAppliesToResponse, RestoreItemActionCancelRequest,
    RestoreItemActionExecuteRequest, RestoreItemActionExecuteResponse, RestoreItemActionItemsReadyRequest,
    RestoreItemActionItemsReadyResponse, RestoreItemActionProgressRequest, RestoreItemActionProgressResponse,
};
use crate::action::restore_item_action_v2::Handler;
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::RestoreItemActionV2;

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(super) struct Service {
    dispatcher: Dispatcher,
}

impl RestoreItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<RestoreItemActionAppliesToRequest>,
    ) -> Result<Response<RestoreItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.dispatcher.selector(KIND, name).await?;
        Ok(Response::new(RestoreItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(
        &self,
        request: Request<RestoreItemActionExecuteRequest>,
    ) -> Result<Response<RestoreItemActionExecuteResponse>, Status> {
        let RestoreItemActionExecuteRequest { plugin, item, restore, item_from_backup } =
            request.into_inner();
        let execute = |target: Target<dyn Handler>| async move {
            let mut input = target.restore_input(item, item_from_backup, &restore)?;
            let output = target.handler.execute(&mut input).await?;
            target.check_operation(output.operation.as_deref(), target.handler.has_operations())?;
            convert::annotate_restore(
                &mut input.item,
                &output.warnings,
                output.must_include_additional_items,
            );
            let timeout = output.additional_items_ready_timeout.unwrap_or_default();
            Ok(RestoreItemActionExecuteResponse {
                item: input.item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
                skip_restore: output.skip,
                operation_id: output.operation.unwrap_or_default(),
                wait_for_additional_items: output.wait_for_additional_items,
                additional_items_ready_timeout: Some(convert::duration(timeout)),
            })
        };
        self.dispatcher.run(KIND, plugin, "execute", execute).await.map(Response::new)
    }

    async fn progress(
        &self,
        request: Request<RestoreItemActionProgressRequest>,
    ) -> Result<Response<RestoreItemActionProgressResponse>, Status> {
        let RestoreItemActionProgressRequest { plugin, operation_id, restore } = request.into_inner();
        let progress = |target: Target<dyn Handler>| async move {
            let restore = target.restore(&restore)?;
            target.handler.progress(&operation_id, &restore).await
        };
        let progress = self.dispatcher.run(KIND, plugin, "progress", progress).await?;
        Ok(Response::new(RestoreItemActionProgressResponse { progress: convert::progress(progress) }))
    }

    async fn cancel(&self, request: Request<RestoreItemActionCancelRequest>) -> Result<Response<()>, Status> {
        let RestoreItemActionCancelRequest { plugin, operation_id, restore } = request.into_inner();
        let cancel = |target: Target<dyn Handler>| async move {
            let restore = target.restore(&restore)?;
            target.handler.cancel(&operation_id, &restore).await
        };
        self.dispatcher.run(KIND, plugin, "cancel", cancel).await.map(Response::new)
    }

    async fn are_additional_items_ready(
        &self,
        request: Request<RestoreItemActionItemsReadyRequest>,
    ) -> Result<Response<RestoreItemActionItemsReadyResponse>, Status> {
        let RestoreItemActionItemsReadyRequest { plugin, restore, additional_items } = request.into_inner();
        let are_ready = |target: Target<dyn Handler>| async move {
            let restore = target.restore(&restore)?;
            let items = convert::from_identifiers(additional_items);
            target.handler.are_additional_items_ready(&items, &restore).await
        };
        let ready = self.dispatcher.run(KIND, plugin, "are_additional_items_ready", are_ready).await?;
        Ok(Response::new(RestoreItemActionItemsReadyResponse { ready }))
    }
}
