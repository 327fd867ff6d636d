//! yamux: multiplexed streams over one connection (hashicorp/yamux, `spec.md`).
//!
//! ```text
//! connection: bytes of the socket ⇄ session: frames, windows, streams ⇄ stream: AsyncRead, AsyncWrite
//! ```
//!
//! The session does no I/O, so it can be tested with any bytes. A stream is acknowledged as soon as it is
//! opened: the host closes the *whole* connection if a stream is not acknowledged for 75 seconds
//! (`session.go`, `setOpenTimeout`), and a plugin without output never writes to two of them.
//!
//! Buffers are limited: per stream by its window, the number of streams by a maximum, and outgoing data by
//! pausing reads. Pings are not sent: a local socket does not go silent.

mod connection;
mod frame;
mod session;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use connection::Connection;
pub(crate) use session::Role;
pub(crate) use stream::{Handle, Stream};
