//! `generated.RestoreItemAction`.

use bytes::Bytes;
use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{Dispatcher, RunningCall, Target};
use super::convert;
use super::proto::generated::restore_item_action_server::{RestoreItemAction, serve};
use super::proto::generated::{
    RestoreItemActionAppliesToRequest, RestoreItemActionAppliesToResponse, RestoreItemActionExecuteRequest,
    RestoreItemActionExecuteResponse,
};
use crate::action::restore_item_action::Handler;
use crate::types::{Item, ResourceSelector, RestoreOutput};
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::RestoreItemAction;

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(in crate::hosts) struct Service {
    dispatcher: Dispatcher,
}

impl Service {
    pub(in crate::hosts) fn new(dispatcher: Dispatcher) -> Self {
        Self { dispatcher }
    }

    /// Handles AppliesTo.
    pub(in crate::hosts) fn selector(&self, plugin: String) -> RunningCall<ResourceSelector> {
        self.dispatcher.selector(KIND, plugin)
    }

    /// Handles Execute; `answer` converts the output to the host's message.
    pub(in crate::hosts) fn changed<Answer: Send + 'static>(
        &self,
        plugin: String,
        item: Bytes,
        item_from_backup: Bytes,
        restore: Bytes,
        answer: impl FnOnce(Item, RestoreOutput) -> Answer + Send + 'static,
    ) -> RunningCall<Answer> {
        let execute = |target: Target<dyn Handler>| async move {
            let mut input = target.restore_input(item, item_from_backup, &restore)?;
            let output = target.handler.execute(&mut input).await?;
            Ok(answer(input.item, output))
        };
        self.dispatcher.run(KIND, plugin, "execute", execute)
    }
}

impl RestoreItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<RestoreItemActionAppliesToRequest>,
    ) -> Result<Response<RestoreItemActionAppliesToResponse>, Status> {
        let selector = self.selector(request.into_inner().plugin).await?;
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
        let changed = self.changed(plugin, item, item_from_backup, restore, |mut item, output| {
            convert::annotate_restore(&mut item, &output.warnings, output.must_include_additional_items);
            RestoreItemActionExecuteResponse {
                item: item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
                skip_restore: output.skip,
            }
        });
        changed.await.map(Response::new)
    }
}
