//! Connections below the protocol: sockets and TLS.

mod listener;
mod security;
mod stream;

pub(crate) use listener::Listener;
#[cfg(any(feature = "broker", feature = "client"))]
pub(crate) use security::BoxedIo;
pub(crate) use security::Security;
pub(crate) use stream::Stream;
