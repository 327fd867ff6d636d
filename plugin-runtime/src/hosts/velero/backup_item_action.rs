//! `generated.BackupItemAction`.

use bytes::Bytes;
use plugwright_model::Kind;
use tonic::{Request, Response, Status};

use super::call::{self, Dispatcher, RunningCall, Target};
use super::convert;
use super::proto::generated::backup_item_action_server::{BackupItemAction, serve};
use super::proto::generated::{
    BackupItemActionAppliesToRequest, BackupItemActionAppliesToResponse, ExecuteRequest, ExecuteResponse,
};
use crate::action::backup_item_action::Handler;
use crate::types::{BackupInput, BackupOutput, Item, ResourceSelector};
use go_plugin::grpc::Methods;

const KIND: Kind = Kind::BackupItemAction;

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
        backup: Bytes,
        answer: impl FnOnce(Item, BackupOutput) -> Answer + Send + 'static,
    ) -> RunningCall<Answer> {
        let execute = |target: Target<dyn Handler>| async move {
            let mut input = BackupInput::new(call::item(item, "item")?, target.backup(&backup)?);
            let output = target.handler.execute(&mut input).await?;
            Ok(answer(input.item, output))
        };
        self.dispatcher.run(KIND, plugin, "execute", execute)
    }
}

impl BackupItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<BackupItemActionAppliesToRequest>,
    ) -> Result<Response<BackupItemActionAppliesToResponse>, Status> {
        let selector = self.selector(request.into_inner().plugin).await?;
        Ok(Response::new(BackupItemActionAppliesToResponse {
            resource_selector: convert::selector(selector),
        }))
    }

    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let ExecuteRequest { plugin, item, backup } = request.into_inner();
        let changed = self.changed(plugin, item, backup, |mut item, output| {
            convert::annotate_backup(&mut item, output.skip, output.must_include_additional_items);
            ExecuteResponse {
                item: item.to_json(),
                additional_items: convert::identifiers(output.additional_items),
            }
        });
        changed.await.map(Response::new)
    }
}
