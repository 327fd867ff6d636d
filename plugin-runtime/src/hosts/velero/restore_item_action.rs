//! `generated.RestoreItemAction`.

use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{Called, Calls};
use super::convert;
use super::proto::generated::restore_item_action_server::{RestoreItemAction, RestoreItemActionServer};
use super::proto::generated::{
    RestoreItemActionAppliesToRequest, RestoreItemActionAppliesToResponse, RestoreItemActionExecuteRequest,
    RestoreItemActionExecuteResponse,
};
use crate::action::restore_item_action::Handler;

const KIND: Kind = Kind::RestoreItemAction;

pub(super) fn service(calls: Calls) -> RestoreItemActionServer<Service> {
    RestoreItemActionServer::new(Service { calls }).max_decoding_message_size(usize::MAX)
}

pub(super) struct Service {
    calls: Calls,
}

#[tonic::async_trait]
impl RestoreItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<RestoreItemActionAppliesToRequest>,
    ) -> Result<Response<RestoreItemActionAppliesToResponse>, Status> {
        let name = request.into_inner().plugin;
        let applies_to = |called: Called<dyn Handler>| async move {
            called.handler.applies_to(called.declared_selector()).await
        };
        let selector = self.calls.run(KIND, name, "applies_to", applies_to).await?;
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
        let execute = |called: Called<dyn Handler>| async move {
            let mut input = called.restore_input(item, item_from_backup, &restore)?;
            let output = called.handler.execute(&mut input).await?;
            convert::annotate_restore(&mut input.item, &output);
            Ok(RestoreItemActionExecuteResponse {
                item: input.item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
                skip_restore: output.skip,
            })
        };
        self.calls.run(KIND, plugin, "execute", execute).await.map(Response::new)
    }
}
