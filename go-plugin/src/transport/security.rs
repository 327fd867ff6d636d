//! What is below a connection's protocol: nothing, or TLS.

#[cfg(any(feature = "broker", feature = "client"))]
use std::io;

#[cfg(any(feature = "broker", feature = "client"))]
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection of any kind.
#[cfg(any(feature = "broker", feature = "client"))]
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
#[cfg(any(feature = "broker", feature = "client"))]
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// One type for all, so that what serves a connection is compiled once.
#[cfg(any(feature = "broker", feature = "client"))]
pub(crate) type BoxedIo = Box<dyn Io>;

/// Whether connections are TLS ones.
#[derive(Clone)]
pub(crate) enum Security {
    Plain,
    #[cfg(feature = "auto-mtls")]
    Tls(crate::tls::Tls),
}

impl Security {
    /// Ours, as the handshake line has it; empty without TLS.
    pub(crate) fn certificate(&self) -> &str {
        match self {
            Self::Plain => "",
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => tls.certificate(),
        }
    }

    /// As the side that was connected to.
    #[cfg(feature = "broker")]
    #[cfg_attr(not(feature = "auto-mtls"), allow(clippy::unused_async))]
    pub(crate) async fn accept(&self, io: BoxedIo) -> io::Result<BoxedIo> {
        match self {
            Self::Plain => Ok(io),
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => Ok(Box::new(tls.accept(io).await?)),
        }
    }

    /// As the side that has connected.
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
