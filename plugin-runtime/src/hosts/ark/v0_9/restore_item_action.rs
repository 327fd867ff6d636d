//! `generated.RestoreItemAction`.

use bytes::Bytes;
use tonic::{Request, Response, Status};

use crate::hosts::ark::proto::v0_9::restore_item_action_server::{RestoreItemAction, serve};
use crate::hosts::ark::proto::v0_9::{
    AppliesToResponse, Empty, RestoreExecuteRequest, RestoreExecuteResponse,
};
use crate::hosts::ark::restore::Answer;
use crate::hosts::velero;
use crate::hosts::velero::call::Dispatcher;
use go_plugin::grpc::Methods;

pub(in crate::hosts) fn service(plugin: &str, dispatcher: Dispatcher) -> Methods {
    let velero = velero::restore_item_action::Service::new(dispatcher);
    serve(Service { plugin: plugin.to_owned(), velero })
}

pub(super) struct Service {
    plugin: String,
    velero: velero::restore_item_action::Service,
}

impl RestoreItemAction for Service {
    async fn applies_to(&self, _: Request<Empty>) -> Result<Response<AppliesToResponse>, Status> {
        let selector = self.velero.selector(self.plugin.clone()).await?;
        Ok(Response::new(selector.into()))
    }

    async fn execute(
        &self,
        request: Request<RestoreExecuteRequest>,
    ) -> Result<Response<RestoreExecuteResponse>, Status> {
        let RestoreExecuteRequest { item, restore } = request.into_inner();
        let given = item.clone();
        self.velero
            .changed(self.plugin.clone(), item, Bytes::new(), restore, |item, output| {
                let Answer { item, warning } = Answer::new(given, &item, output);
                RestoreExecuteResponse { item, warning }
            })
            .await
            .map(Response::new)
    }
}
