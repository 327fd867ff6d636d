//! `generated.RestoreItemAction`.

use bytes::Bytes;
use tonic::{Request, Response, Status};

use crate::hosts::ark::proto::v0_10::restore_item_action_server::{RestoreItemAction, serve};
use crate::hosts::ark::proto::v0_10::{
    AppliesToRequest, AppliesToResponse, RestoreExecuteRequest, RestoreExecuteResponse,
};
use crate::hosts::ark::restore::Answer;
use crate::hosts::velero;
use crate::hosts::velero::call::Dispatcher;
use go_plugin::grpc::Methods;

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    let velero = velero::restore_item_action::Service::new(dispatcher);
    serve(Service { velero })
}

pub(super) struct Service {
    velero: velero::restore_item_action::Service,
}

impl RestoreItemAction for Service {
    async fn applies_to(
        &self,
        request: Request<AppliesToRequest>,
    ) -> Result<Response<AppliesToResponse>, Status> {
        let selector = self.velero.selector(request.into_inner().plugin).await?;
        Ok(Response::new(selector.into()))
    }

    async fn execute(
        &self,
        request: Request<RestoreExecuteRequest>,
    ) -> Result<Response<RestoreExecuteResponse>, Status> {
        let RestoreExecuteRequest { plugin, item, restore } = request.into_inner();
        let given = item.clone();
        self.velero
            .changed(plugin, item, Bytes::new(), restore, |item, output| {
                let Answer { item, warning } = Answer::new(given, &item, output);
                RestoreExecuteResponse { item, warning }
            })
            .await
            .map(Response::new)
    }
}
