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

/// Connects an outgoing connection with an accepted one, and sends a byte each way. Under TLS 1.3, the side that
/// connects notices a refusal only when it reads.
async fn meet(connecting: &Tls, accepting: &Tls) -> (bool, bool) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let connect = Box::pin(async {
        let mut io = connecting.connect(ours).await?;
        io.write_all(b"?").await?;
        io.flush().await?;
        io.read_u8().await
    });
    let accept = Box::pin(async {
        let mut io = accepting.accept(theirs).await?;
        let read = io.read_u8().await;
        io.write_all(b"!").await?;
        io.flush().await?;
        read
    });
    let (connected, accepted) = in_time(async { tokio::join!(connect, accept) }).await;
    (connected.is_ok(), accepted.is_ok())
}

/// Each of the two may connect to the other: brokered connections go either way.
#[tokio::test]
async fn only_the_announced_certificate_is_accepted() {
    let host = Identity::generate().unwrap();
    let plugin = Tls::with_host(&host.pem()).unwrap();
    let host = Tls::with_plugin(&host, plugin.certificate()).unwrap();
    assert_eq!(meet(&host, &plugin).await, (true, true));
    assert_eq!(meet(&plugin, &host).await, (true, true));

    // It has the certificate of its peer, but the peer does not have its own.
    let stranger = Identity::generate().unwrap();
    let stranger = Tls::with_plugin(&stranger, plugin.certificate()).unwrap();
    assert_eq!(meet(&stranger, &plugin).await, (false, false));
    assert_eq!(meet(&plugin, &stranger).await, (false, false));
    assert_eq!(meet(&stranger, &host).await, (false, false));
    assert_eq!(meet(&host, &stranger).await, (false, false));
}

#[tokio::test]
async fn connection_without_a_certificate_or_without_tls_is_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};
    let host = Identity::generate().unwrap();
    let plugin = Tls::with_host(&host.pem()).unwrap();

    // It trusts the plugin, and has no certificate.
    let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let certificate =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD_NO_PAD, plugin.certificate());
    let certificate = certificate.unwrap().into();
    config
        .dangerous()
        .set_certificate_verifier(std::sync::Arc::new(super::OnlyPeer { certificate, provider }));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let connect = async {
        let mut io = connector.connect(ServerName::try_from("localhost").unwrap(), ours).await?;
        io.read_u8().await
    };
    let (connected, accepted) = in_time(async { tokio::join!(connect, plugin.accept(theirs)) }).await;
    assert!(connected.is_err() && accepted.is_err());

    // HTTP/2 without TLS.
    let (mut ours, theirs) = tokio::io::duplex(PIPE);
    ours.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    assert!(in_time(plugin.accept(theirs)).await.is_err());
}

/// The plugin's certificate is checked before anything is sent to it.
#[test]
fn invalid_certificates_are_refused() {
    let invalid = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    for pem in ["", "not PEM", invalid] {
        let error = Tls::with_host(pem).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.starts_with("invalid PLUGIN_CLIENT_CERT; expected a certificate in PEM form"),
            "{error}"
        );
    }
    let host = Identity::generate().unwrap();
    let error = Tls::with_plugin(&host, "!").map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("invalid base64"), "{error}");
}
