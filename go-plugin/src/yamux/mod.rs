//! yamux: streams within one connection (hashicorp/yamux, `spec.md`).
//!
//! ```text
//! connection: bytes of the socket ⇄ session: frames, windows, streams ⇄ stream: AsyncRead, AsyncWrite
//! ```
//!
//! The session does no I/O, so that it can be tried with any bytes. A stream is acknowledged as soon as it is opened:
//! the host's end closes the *whole* connection when one of its streams is not acknowledged for 75 seconds
//! (`session.go`, `setOpenTimeout`), and a plugin that prints nothing never writes to two of them.
//!
//! What may wait is limited: in each stream by the window that its other end is given, in streams by their number, and
//! on the way out by no longer reading. There are no pings of our own: a socket within one machine does not fall
//! silent.

mod connection;
mod frame;
mod session;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use connection::Connection;
pub(crate) use session::Role;
pub(crate) use stream::{Handle, Stream};
