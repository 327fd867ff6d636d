//! Large streams under TLS, through a connection that takes little at a time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic::{Request, Response};

use super::Acceptor;
use crate::client::channel_over;
use crate::grpc::{Messages, Methods, Services};
use crate::server::{Protocol, Stdio};

/// Less than a TLS record: each record is cut in pieces.
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

/// Does not look at the server: this is a test of what comes through.
#[derive(Debug)]
struct AnyServer;

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn channel() -> Channel {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let acceptor = Acceptor::for_client(&certificate.pem()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer))
        .with_client_auth_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let connect = move || {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        let (acceptor, connector) = (acceptor.clone(), connector.clone());
        tokio::spawn(async move {
            let stream = acceptor.accept(theirs).await.unwrap();
            crate::grpc::GrpcServer::new(services(), None, Stdio::default()).serve(stream).await;
        });
        async move { connector.connect(ServerName::try_from("localhost").unwrap(), ours).await }
    };
    channel_over(connect).await.unwrap()
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), work).await.expect("the stream to come to its end")
}

#[tokio::test]
async fn a_large_download_arrives_whole_at_a_slow_reader() {
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
async fn a_large_upload_is_answered() {
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
