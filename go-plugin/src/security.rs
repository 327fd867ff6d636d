//! What is below a connection's protocol: nothing, or TLS.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection of any kind.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// One type for all, so that what serves a connection is compiled once.
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
    #[cfg_attr(not(any(feature = "auto-mtls", feature = "broker")), allow(clippy::unused_async, dead_code))]
    pub(crate) async fn accept(&self, io: BoxedIo) -> io::Result<BoxedIo> {
        match self {
            Self::Plain => Ok(io),
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => Ok(Box::new(tls.accept(io).await?)),
        }
    }

    /// As the side that has connected.
    #[cfg(any(feature = "broker", feature = "client"))]
    pub(crate) async fn connect(&self, io: BoxedIo) -> io::Result<BoxedIo> {
        match self {
            Self::Plain => Ok(io),
            #[cfg(feature = "auto-mtls")]
            Self::Tls(tls) => Ok(Box::new(tls.connect(io).await?)),
        }
    }
}
