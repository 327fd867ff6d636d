//! `plugin.GRPCStdio`: the plugin's output.

use tonic::{Request, Response, Status};

use super::Answers;
use crate::process::Stdio;
use crate::proto::plugin::StdioData;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;

impl GrpcStdio for Stdio {
    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<impl Answers<StdioData> + use<>>, Status> {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let stdio = self.clone();
        tokio::spawn(async move {
            // A disconnected host must not consume output that the next one could read.
            while let Ok(slot) = sender.reserve().await {
                tokio::select! {
                    chunk = stdio.next() => match chunk {
                        Some(chunk) => slot.send(Ok(chunk)),
                        None => break,
                    },
                    () = sender.closed() => break,
                }
            }
        });
        Ok(Response::new(tokio_stream::wrappers::ReceiverStream::new(receiver)))
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;

    use super::*;
    use crate::proto::plugin::stdio_data::Channel;

    #[tokio::test]
    async fn chunks_are_in_order_and_the_stream_ends() {
        let stdio = Stdio::default();
        stdio.push(Channel::Stdout, b"one");
        let mut stream = stdio.stream_stdio(Request::new(())).await.unwrap().into_inner();
        stdio.push(Channel::Stderr, b"two");
        let first = stream.next().await.unwrap().unwrap();
        assert_eq!((first.channel(), &first.data[..]), (Channel::Stdout, &b"one"[..]));
        let second = stream.next().await.unwrap().unwrap();
        assert_eq!((second.channel(), &second.data[..]), (Channel::Stderr, &b"two"[..]));
        stdio.end();
        assert!(stream.next().await.is_none());
    }
}
