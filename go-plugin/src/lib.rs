//! HashiCorp's [go-plugin](https://github.com/hashicorp/go-plugin) for Rust: programs that a Go host starts as plugins,
//! and hosts that start plugins.
//!
//! A plugin is a process. The host starts it with a magic cookie in the environment, reads one handshake line from its
//! stdout, and connects to the socket that the line names. From then on the two speak gRPC (or, with older plugins,
//! Go's net/rpc): health, log records, standard output, an orderly end, and the services of the host's own.
//!
//! | Module | What it has |
//! |---|---|
//! | [`server`] | [`Server`]: the plugin's side, from the cookie to the end of the process |
//! | [`grpc`] | the services that a plugin serves: any that tonic generates, or [`grpc::Methods`] |
//! | [`net_rpc`] (feature `net-rpc`) | go-plugin's first protocol: net/rpc and gob |
//! | [`hclog`] (feature `hclog`) | a `tracing` layer that writes the records which hosts read |
//! | [`client`] (feature `client`, Unix) | the host's side: start a plugin, call it, end it |
//!
//! ```text
//! environment → handshake → server ─┬ grpc ┬ the plugin's services
//!                                   │      └ health, reflection, broker, controller, stdio
//!                                   └ net_rpc ─ yamux
//! hclog → stderr                    tls: below both
//! ```
//!
//! | Feature | |
//! |---|---|
//! | `hclog` (default) | the module [`hclog`] |
//! | `reflection` (default) | gRPC server reflection, which every Go plugin serves |
//! | `auto-mtls` | TLS where a host requests it (AutoMTLS), and for clients that request it |
//! | `broker` | [`grpc::Broker`]: further gRPC connections, in either direction, also within one connection |
//! | `net-rpc` | the module [`net_rpc`] |
//! | `client` | the module [`client`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

// The generated code names this crate as other crates do.
extern crate self as go_plugin;

mod address;
#[cfg(feature = "client")]
pub mod client;
mod environment;
mod future;
pub mod grpc;
mod handshake;
#[cfg(feature = "hclog")]
pub mod hclog;
#[cfg(feature = "net-rpc")]
pub mod net_rpc;
#[cfg(any(feature = "broker", feature = "net-rpc"))]
mod pending;
mod process;
mod proto;
pub mod server;
#[cfg(feature = "auto-mtls")]
mod tls;
mod transport;
#[cfg(any(feature = "broker", feature = "net-rpc"))]
mod yamux;

pub use address::Address;
pub use environment::Environment;
pub use future::BoxFuture;
pub use handshake::{Handshake, HandshakeLine, ProtocolType};
pub use server::{Ended, ServeError, Server};

/// The README's code is tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
