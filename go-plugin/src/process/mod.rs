//! The process behind a connection, whatever it speaks: what the plugin prints, and its orderly end.

mod controller;
mod protocol;
mod stdio;

pub(crate) use controller::Controller;
pub(crate) use protocol::Protocol;
pub(crate) use stdio::Stdio;
