//! `generated.RestoreItemAction`.

use bytes::Bytes;
use tonic::{Request, Response, Status};

use crate::hosts::ark::proto::v0_10::restore_item_action_server::{
    RestoreItemAction, RestoreItemActionServer,
};
use crate::hosts::ark::proto::v0_10::{
    AppliesToRequest, AppliesToResponse, RestoreExecuteRequest, RestoreExecuteResponse,
};
use crate::hosts::ark::restore::Answer;
use crate::hosts::velero;
use crate::hosts::velero::call::Calls;

pub(super) fn service(calls: Calls) -> RestoreItemActionServer<Service> {
    let velero = velero::restore_item_action::Service::new(calls);
    RestoreItemActionServer::new(Service { velero }).max_decoding_message_size(usize::MAX)
}

pub(super) struct Service {
    velero: velero::restore_item_action::Service,
}

#[tonic::async_trait]
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
