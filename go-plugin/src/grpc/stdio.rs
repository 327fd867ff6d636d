//! `plugin.GRPCStdio`: what the plugin prints.

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
            // A host that has gone away must not swallow what the next one could read.
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
    async fn chunks_come_in_order_and_the_end_ends_the_stream() {
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
