//! `generated.DeleteItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Called, Calls};
use super::convert;
use super::proto::generated::delete_item_action_server::{DeleteItemAction, serve};
use super::proto::generated::{
    DeleteItemActionAppliesToRequest, DeleteItemActionAppliesToResponse, DeleteItemActionExecuteRequest,
    Empty,
};
use crate::action::delete_item_action::Handler;
use crate::types::DeleteInput;
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::DeleteItemAction;

pub(super) fn service(calls: Calls) -> Methods {
    serve(Service { calls })
}

pub(super) struct Service {
    calls: Calls,
}

impl DeleteItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<DeleteItemActionAppliesToRequest>,
    ) -> Result<Response<DeleteItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.calls.selector(KIND, name).await?;
        Ok(Response::new(DeleteItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(
        &self,
        request: Request<DeleteItemActionExecuteRequest>,
    ) -> Result<Response<Empty>, Status> {
        let DeleteItemActionExecuteRequest { plugin, item, backup } = request.into_inner();
        let execute = |called: Called<dyn Handler>| async move {
            let input = DeleteInput::new(call::item(item, "item")?, called.backup(&backup)?);
            called.handler.execute(&input).await
        };
        self.calls.run(KIND, plugin, "execute", execute).await.map(|()| Response::new(Empty {}))
    }
}
