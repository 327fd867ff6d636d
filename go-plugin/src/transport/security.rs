//! The security layer below a connection's protocol: none, or TLS.

#[cfg(any(feature = "broker", feature = "client"))]
use std::io;

#[cfg(any(feature = "broker", feature = "client"))]
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection of any kind.
#[cfg(any(feature = "broker", feature = "client"))]
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
#[cfg(any(feature = "broker", feature = "client"))]
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A single type, so that the code that serves a connection is compiled once.
#[cfg(any(feature = "broker", feature = "client"))]
pub(crate) type BoxedIo = Box<dyn Io>;

/// Whether connections use TLS.
#[derive(Clone)]
pub(crate) enum Security {
    Plain,
    #[cfg(feature = "auto-mtls")]
    Tls(crate::tls::Tls),
}

impl Security {
    /// Our certificate for the handshake line; empty without TLS.
    pub(crate) fn certificate(&self) -> &str {
        match self {
            Self::Plain => "",
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => tls.certificate(),
        }
    }

    /// Secures an accepted connection.
    #[cfg(feature = "broker")]
    #[cfg_attr(not(feature = "auto-mtls"), allow(clippy::unused_async))]
    pub(crate) async fn accept(&self, io: BoxedIo) -> io::Result<BoxedIo> {
        match self {
            Self::Plain => Ok(io),
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => Ok(Box::new(tls.accept(io).await?)),
        }
    }

    /// Secures an outgoing connection.
    #[cfg(any(feature = "broker", feature = "client"))]
    #[cfg_attr(not(feature = "auto-mtls"), allow(clippy::unused_async))]
    pub(crate) async fn connect(&self, io: BoxedIo) -> io::Result<BoxedIo> {
        match self {
            Self::Plain => Ok(io),
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => Ok(Box::new(tls.connect(io).await?)),
        }
    }
}
