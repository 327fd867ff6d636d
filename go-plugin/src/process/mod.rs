//! The process behind a connection of either protocol: its output, and its shutdown.

mod controller;
mod protocol;
mod stdio;

pub(crate) use controller::Controller;
pub(crate) use protocol::Protocol;
pub(crate) use stdio::Stdio;
