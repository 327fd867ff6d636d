//! AutoMTLS: each side creates a certificate for this one connection, and accepts only the other side's
//! (go-plugin's `mtls.go`). The host passes its certificate in the plugin's environment, the plugin returns
//! its own in the handshake line (`server.go`, `Serve`). Both are used in both roles: brokered connections go
//! either way.
//!
//! Go creates ECDSA P-521 keys, which among rustls's providers aws-lc-rs supports.

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

/// A certificate for one connection, with its key.
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

/// Creates TLS connections with one other side.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    #[cfg_attr(not(any(feature = "broker", feature = "client")), allow(dead_code))]
    connector: TlsConnector,
    certificate: Arc<str>,
}

impl Tls {
    /// The plugin side, for the host with this certificate.
    pub(crate) fn with_host(pem: &str) -> Result<Self, Error> {
        let host = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| {
            format!("invalid PLUGIN_CLIENT_CERT; expected a certificate in PEM form: {error}")
        })?;
        Self::between(&Identity::generate()?, host)
    }

    /// The host side, for the plugin with this certificate from its handshake line.
    #[cfg(feature = "client")]
    pub(crate) fn with_plugin(identity: &Identity, certificate: &str) -> Result<Self, Error> {
        let plugin = STANDARD_NO_PAD
            .decode(certificate)
            .map_err(|error| format!("invalid base64 in the certificate of the handshake line: {error}"))?;
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
        // grpc-go rejects a connection on which HTTP/2 was not negotiated.
        accept.alpn_protocols = vec![b"h2".to_vec()];
        connect.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(accept)),
            connector: TlsConnector::from(Arc::new(connect)),
            certificate: STANDARD_NO_PAD.encode(identity.certificate.der()).into(),
        })
    }

    /// Our certificate, for the handshake line: base64 of the DER without padding.
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
