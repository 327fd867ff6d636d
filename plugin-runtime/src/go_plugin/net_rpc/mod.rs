//! go-plugin's first protocol: Go's net/rpc over gob, in streams of a yamux connection (go-plugin's `rpc_server.go`).
//!
//! ```text
//! yamux ┬ stream 1: net/rpc ┬ Control (Ping, Quit)
//!       │                   └ Dispenser (Dispense: which plugin; the answer is a number)
//!       ├ stream 2, 3: what the plugin prints, stdout and stderr
//!       └ further ones: the number, back and forth, and then net/rpc with that plugin
//!
//! net/rpc: messages (gob) → Request, arguments → service → Response, reply
//! ```
//!
//! A stream's calls are answered as they are done, which may be in another order than they came, as Go's server does.

pub(crate) mod gob;
mod memory;
mod messages;
mod own_services;
pub(crate) mod rpc;
pub(crate) mod server;
#[cfg(test)]
mod tests;
pub(crate) mod yamux;

#[cfg(any(feature = "client", test))]
pub(crate) mod client;
