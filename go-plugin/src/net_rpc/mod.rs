//! go-plugin's first protocol: Go's net/rpc over gob, in streams of a yamux connection (go-plugin's `rpc_server.go`).
//!
//! ```text
//! yamux ┬ stream 1: net/rpc ┬ Control (Ping, Quit)
//!       │                   └ Dispenser (Dispense: a plugin's name; returns a number)
//!       ├ stream 2, 3: the plugin's output, stdout and stderr
//!       └ further streams: the number, echoed, then net/rpc with that plugin
//!
//! net/rpc: messages (gob) → Request, arguments → service → Response, reply
//! ```
//!
//! The calls of a stream are answered when they complete, possibly out of order, like in Go's server.

mod broker;
#[cfg(any(feature = "client", test))]
mod client;
pub mod gob;
mod memory;
mod messages;
mod own_services;
mod rpc;
mod server;
#[cfg(test)]
mod tests;

pub use broker::MuxBroker;
#[cfg(feature = "client")]
pub use client::{Caller, RpcClient, RpcError};
pub use rpc::{Answer, Arguments, Empty, Reply, Service};
pub(crate) use server::NetRpcServer;
pub use server::Plugins;
