//! `generated.BackupItemAction`.

use tonic::{Request, Response, Status};

use crate::hosts::ark::backup;
use crate::hosts::ark::proto::v0_9::backup_item_action_server::{BackupItemAction, serve};
use crate::hosts::ark::proto::v0_9::{
    AppliesToResponse, Empty, ExecuteRequest, ExecuteResponse, ResourceIdentifier,
};
use crate::hosts::velero;
use crate::hosts::velero::call::Dispatcher;
use go_plugin::grpc::Methods;

pub(in crate::hosts) fn service(plugin: &str, dispatcher: Dispatcher) -> Methods {
    let velero = velero::backup_item_action::Service::new(dispatcher);
    serve(Service { plugin: plugin.to_owned(), velero })
}

pub(super) struct Service {
    plugin: String,
    velero: velero::backup_item_action::Service,
}

impl BackupItemAction for Service {
    async fn applies_to(&self, _: Request<Empty>) -> Result<Response<AppliesToResponse>, Status> {
        let selector = self.velero.selector(self.plugin.clone()).await?;
        Ok(Response::new(selector.into()))
    }

    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let ExecuteRequest { item, backup } = request.into_inner();
        self.velero
            .changed(self.plugin.clone(), item, backup, |item, output| {
                backup::log_what_is_lost(&output);
                let additional = output.additional_items.into_iter().map(|item| ResourceIdentifier {
                    group: item.group,
                    resource: item.resource,
                    namespace: item.namespace,
                    name: item.name,
                });
                ExecuteResponse { item: item.to_json(), additional_items: additional.collect() }
            })
            .await
            .map(Response::new)
    }
}
