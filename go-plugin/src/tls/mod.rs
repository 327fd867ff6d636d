//! AutoMTLS: each side makes a certificate for this one connection, and accepts exactly the other's (go-plugin's
//! `mtls.go`). The host puts its certificate into the plugin's environment, the plugin answers with its own in the
//! handshake line (`server.go`, `Serve`). Both are used in both roles: a brokered connection goes either way.
//!
//! Go makes ECDSA P-521 keys, which aws-lc-rs supports among rustls's providers.

mod peer;
#[cfg(all(test, feature = "client"))]
mod tests;

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::crypto::aws_lc_rs;
#[cfg(any(feature = "broker", feature = "client"))]
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, server};

use peer::OnlyPeer;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The name in all certificates (`mtls.go`, `generateCert`).
const NAME: &str = "localhost";

/// A certificate made for one connection, with its key.
pub(crate) struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Identity {
    pub(crate) fn generate() -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([NAME.to_owned()])?.self_signed(&key)?;
        Ok(Self { certificate, key })
    }

    /// For `PLUGIN_CLIENT_CERT`.
    #[cfg(feature = "client")]
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }
}

/// Makes TLS connections with one other side.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    #[cfg_attr(not(any(feature = "broker", feature = "client")), allow(dead_code))]
    connector: TlsConnector,
    certificate: Arc<str>,
}

impl Tls {
    /// The plugin's side, for the host with this certificate.
    pub(crate) fn with_host(pem: &str) -> Result<Self, Error> {
        let host = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| format!("PLUGIN_CLIENT_CERT is not a certificate in PEM form: {error}"))?;
        Self::between(&Identity::generate()?, host)
    }

    /// The host's side, for the plugin with this certificate, which is that of a handshake line.
    #[cfg(feature = "client")]
    pub(crate) fn with_plugin(identity: &Identity, certificate: &str) -> Result<Self, Error> {
        let plugin = STANDARD_NO_PAD
            .decode(certificate)
            .map_err(|error| format!("the certificate in the handshake line is not base64: {error}"))?;
        Self::between(identity, plugin.into())
    }

    fn between(identity: &Identity, peer: CertificateDer<'static>) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let peer = Arc::new(OnlyPeer { certificate: peer, provider: Arc::clone(&provider) });
        let chain = || vec![identity.certificate.der().clone()];
        let key = || PrivateKeyDer::Pkcs8(identity.key.serialize_der().into());
        let mut accept = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(peer.clone())
            .with_single_cert(chain(), key())?;
        let mut connect = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(peer)
            .with_client_auth_cert(chain(), key())?;
        // grpc-go refuses a connection on which HTTP/2 was not agreed.
        accept.alpn_protocols = vec![b"h2".to_vec()];
        connect.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(accept)),
            connector: TlsConnector::from(Arc::new(connect)),
            certificate: STANDARD_NO_PAD.encode(identity.certificate.der()).into(),
        })
    }

    /// Ours, for the handshake line: base64 of the DER without padding.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    pub(crate) async fn accept<IO>(&self, io: IO) -> io::Result<server::TlsStream<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        self.acceptor.accept(io).await
    }

    #[cfg(any(feature = "broker", feature = "client"))]
    pub(crate) async fn connect<IO>(&self, io: IO) -> io::Result<tokio_rustls::client::TlsStream<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
        self.connector.connect(name, io).await
    }
}
