//! `generated.DeleteItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Dispatcher, Target};
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

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(super) struct Service {
    dispatcher: Dispatcher,
}

impl DeleteItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<DeleteItemActionAppliesToRequest>,
    ) -> Result<Response<DeleteItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let selector = self.dispatcher.selector(KIND, name).await?;
        Ok(Response::new(DeleteItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(
        &self,
        request: Request<DeleteItemActionExecuteRequest>,
    ) -> Result<Response<Empty>, Status> {
        let DeleteItemActionExecuteRequest { plugin, item, backup } = request.into_inner();
        let execute = |target: Target<dyn Handler>| async move {
            let input = DeleteInput::new(call::item(item, "item")?, target.backup(&backup)?);
            target.handler.execute(&input).await
        };
        self.dispatcher.run(KIND, plugin, "execute", execute).await.map(|()| Response::new(Empty {}))
    }
}
