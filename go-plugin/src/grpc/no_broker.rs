//! `plugin.GRPCBroker` without the feature `broker`: the stream is kept open like a Go plugin does, and
//! knocks are refused.

use tokio_stream::StreamExt;
use tonic::{Request, Response, Status};

use super::{Answers, Messages};
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::{ConnInfo, conn_info::Knock};

/// Serves the stream and offers nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoBroker;

impl GrpcBroker for NoBroker {
    async fn start_stream(
        &self,
        request: Request<Messages<ConnInfo>>,
    ) -> Result<Response<impl Answers<ConnInfo> + use<>>, Status> {
        let answers = request.into_inner().filter_map(|info| match info {
            Ok(info) if info.knock.as_ref().is_some_and(|knock| knock.knock && !knock.ack) => {
                let error = "this plugin is built without brokered connections".into();
                Some(Ok(ConnInfo { knock: Some(Knock { knock: true, ack: true, error }), ..info }))
            }
            Ok(_) => None,
            Err(status) => Some(Err(status)),
        });
        Ok(Response::new(answers))
    }
}
