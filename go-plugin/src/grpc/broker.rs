//! `plugin.GRPCBroker`: by it a host and a plugin offer each other further servers.
//!
//! No host of ours offers or asks for one; the stream is held open as a Go plugin holds it, and a
//! host that does ask (a knock, go-plugin's `grpc_broker.go`) is told that nobody is there.

use tokio_stream::StreamExt;
use tonic::{Request, Response, Status};

use super::{Answers, Messages};
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::{ConnInfo, conn_info::Knock};

/// Serves the stream and offers nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broker;

impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Messages<ConnInfo>>,
    ) -> Result<Response<impl Answers<ConnInfo> + use<>>, Status> {
        let answers = request.into_inner().filter_map(|info| match info {
            Ok(info) if info.knock.as_ref().is_some_and(|knock| knock.knock) => {
                let error = "this plugin offers no brokered connections".into();
                Some(Ok(ConnInfo { knock: Some(Knock { knock: true, ack: false, error }), ..info }))
            }
            Ok(_) => None,
            Err(status) => Some(Err(status)),
        });
        Ok(Response::new(answers))
    }
}
