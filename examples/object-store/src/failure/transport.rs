//! A request without a response.

use std::error::Error as StdError;
use std::io;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// The certificate's authority is not trusted.
    UntrustedCertificate,
    /// Any other error of TLS.
    Tls,
    /// The host name cannot be resolved.
    UnknownHost,
    Refused,
    Timeout,
    Proxy,
    /// The connection broke.
    Broken,
}

impl Transport {
    /// Returns `None` for other errors than those of the network.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut found = None;
        let mut next = Some(error);
        while let Some(error) = next {
            found = Self::of_one(error).or(found);
            next = error.source();
        }
        found
    }

    fn of_one(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(error));
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // `source` of an I/O error skips the error it wraps, which may be another I/O error.
            if let Some(inner) = error.get_ref().and_then(|inner| Self::of_one(inner)) {
                return Some(inner);
            }
            return Some(match error.kind() {
                io::ErrorKind::ConnectionRefused => Self::Refused,
                io::ErrorKind::TimedOut => Self::Timeout,
                _ if is_lookup(&error.to_string()) => Self::UnknownHost,
                _ => Self::Broken,
            });
        }
        let text = error.to_string();
        if text.contains("tunnel") || text.contains("proxy") {
            return Some(Self::Proxy);
        }
        if is_lookup(&text) || text == "dns error" {
            return Some(Self::UnknownHost);
        }
        let is_http = error.is::<hyper::Error>() || error.is::<hyper_util::client::legacy::Error>();
        is_http.then_some(Self::Broken)
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
                Self::UntrustedCertificate
            }
            _ => Self::Tls,
        }
    }
}

fn is_lookup(text: &str) -> bool {
    text.contains("failed to lookup address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_error_counts() {
        let of = |error: io::Error| Transport::of(&error);
        assert_eq!(of(io::ErrorKind::ConnectionRefused.into()), Some(Transport::Refused));
        assert_eq!(of(io::ErrorKind::ConnectionReset.into()), Some(Transport::Broken));
        assert_eq!(
            of(io::Error::other("failed to lookup address information: x")),
            Some(Transport::UnknownHost)
        );
        let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert_eq!(of(io::Error::other(unknown)), Some(Transport::UntrustedCertificate));
        assert_eq!(of(io::Error::other(rustls::Error::DecryptError)), Some(Transport::Tls));
        let nested = io::Error::other(io::Error::other(rustls::Error::DecryptError));
        assert_eq!(of(nested), Some(Transport::Tls));
        assert_eq!(Transport::of(&std::fmt::Error), None);
    }
}
