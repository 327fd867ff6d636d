//! Tests large streams under TLS, over a connection with a small buffer.

use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic::{Request, Response};

use super::{Identity, Tls};
use crate::client::channel_over;
use crate::grpc::{Messages, Methods, Services};
use crate::{Handshake, Server};

/// Less than a TLS record, so that each record is split.
const PIPE: usize = 8 << 10;
const CHUNK: usize = 256 << 10;
const CHUNKS: usize = 256;

#[derive(Clone, PartialEq, Message)]
struct Chunk {
    #[prost(bytes = "bytes", tag = "1")]
    data: Bytes,
}

fn chunk() -> Chunk {
    Chunk { data: vec![7; CHUNK].into() }
}

fn services() -> Services {
    let get = async |_: Request<()>| {
        let chunks = tokio_stream::iter(0..CHUNKS).map(|_| Ok(chunk()));
        Ok(Response::new(chunks))
    };
    let put = async |request: Request<Messages<Chunk>>| {
        let mut chunks = request.into_inner();
        let mut length = 0;
        while let Some(chunk) = chunks.next().await {
            length += chunk?.data.len();
        }
        Ok(Response::new(Chunk { data: length.to_string().into() }))
    };
    let methods = Methods::new("test.Objects").server_streaming("Get", get).client_streaming("Put", put);
    Services::new().add_methods(methods)
}

async fn channel() -> Channel {
    let host = Identity::generate().unwrap();
    let plugin = Tls::with_host(&host.pem()).unwrap();
    let host = Tls::with_plugin(&host, plugin.certificate()).unwrap();
    let connect = move || {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        let (host, plugin) = (host.clone(), plugin.clone());
        tokio::spawn(async move {
            let stream = plugin.accept(theirs).await.unwrap();
            let server = Server::new(Handshake::new("TLS", "test")).version(1, services());
            server.serve_connection(stream).await;
        });
        async move { host.connect(ours).await }
    };
    channel_over(connect).await.unwrap()
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), work).await.expect("the stream ends")
}

#[tokio::test]
async fn large_download_to_a_slow_reader_is_complete() {
    let mut client = tonic::client::Grpc::new(channel().await);
    let received = in_time(async {
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<(), Chunk>::default();
        let path = http::uri::PathAndQuery::from_static("/test.Objects/Get");
        let mut chunks = client.server_streaming(Request::new(()), path, codec).await.unwrap().into_inner();
        let mut received = 0;
        while let Some(chunk) = chunks.message().await.unwrap() {
            received += chunk.data.len();
            if received % (8 << 20) == 0 {
                // The connection fills up meanwhile.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        received
    });
    assert_eq!(received.await, CHUNK * CHUNKS);
}

#[tokio::test]
async fn large_upload_gets_a_response() {
    let mut client = tonic::client::Grpc::new(channel().await);
    let answer = in_time(async {
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<Chunk, Chunk>::default();
        let path = http::uri::PathAndQuery::from_static("/test.Objects/Put");
        let chunks = tokio_stream::iter(0..CHUNKS).map(|_| chunk());
        client.client_streaming(Request::new(chunks), path, codec).await.unwrap().into_inner()
    });
    assert_eq!(answer.await.data, (CHUNK * CHUNKS).to_string());
}
