//! The trusted servers.

use std::sync::{Arc, OnceLock};

use plugwright::{ErrorContext as _, Result, ensure};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier as SystemVerifier;

/// Trusts the system's authorities and these, or any server.
pub(super) fn config(ca_cert: Option<&str>, insecure: bool) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let certificates = ca_cert.map_or(Ok(Vec::new()), certificates)?;
    let verifier =
        Verifier { system: OnceLock::new(), certificates, insecure, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.context("the versions of TLS")?.dangerous();
    Ok(config.with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = certificates.ok().context("`caCert` is not valid; expected certificates as PEM")?;
    ensure!(!certificates.is_empty(), "`caCert` has no certificate; expected certificates as PEM");
    for certificate in &certificates {
        let added = RootCertStore::empty().add(certificate.clone());
        added.context("`caCert` is not valid; expected certificates as PEM")?;
    }
    Ok(certificates)
}

#[derive(Debug)]
struct Verifier {
    /// Read at the first connection with TLS, because it takes milliseconds: hundreds of files. `None` without authorities.
    system: OnceLock<Option<SystemVerifier>>,
    certificates: Vec<CertificateDer<'static>>,
    insecure: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn system(&self) -> Option<&SystemVerifier> {
        let system = self.system.get_or_init(|| {
            SystemVerifier::new_with_extra_roots(self.certificates.clone(), Arc::clone(&self.provider)).ok()
        });
        system.as_ref()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.insecure {
            return Ok(ServerCertVerified::assertion());
        }
        // A server's own certificate in `caCert` is trusted, as in Go. openssl marks self-signed certificates as
        // authorities, which the verifier rejects for servers.
        if self.certificates.contains(end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let Some(system) = self.system() else { return Err(unknown) };
        let verified = system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verified
            .map_err(|error| if format!("{error:?}").contains("CaUsedAsEndEntity") { unknown } else { error })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_certificate_has_to_be_one() {
        for wrong in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let error = config(Some(wrong), false).unwrap_err();
            assert!(error.to_string().starts_with("`caCert` "), "{error}");
        }
        assert!(config(None, false).is_ok() && config(None, true).is_ok());
    }
}
