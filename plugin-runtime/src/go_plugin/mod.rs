//! What HashiCorp go-plugin asks of every plugin, whatever its host.
//!
//! ```text
//! environment → handshake → listener → server ┬ health, reflection (grpc.*)
//!                                             ├ controller (Shutdown)
//!                                             ├ stdio (what the plugin prints)
//!                                             ├ broker
//!                                             └ the host's own services
//! ```
//!
//! That is gRPC; [`net_rpc`] has the same for hosts of go-plugin's first protocol.

#[cfg(feature = "auto-mtls")]
pub(crate) mod auto_mtls;
mod batch;
pub(crate) mod broker;
pub(crate) mod connection;
pub(crate) mod controller;
pub(crate) mod environment;
pub(crate) mod grpc;
pub(crate) mod handshake;
mod health;
pub(crate) mod listener;
pub(crate) mod net_rpc;
pub(crate) mod protocol;
#[cfg(feature = "reflection")]
mod reflection;
pub(crate) mod server;
pub(crate) mod stdio;
#[cfg(unix)]
mod unix_stream;

/// The generated half of `grpc.*`, the services that every gRPC server has.
#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod grpc_proto {
    pub(crate) mod health {
        include!("../generated/grpc/grpc.health.v1.rs");
    }
    #[cfg(feature = "reflection")]
    pub(crate) mod reflection {
        include!("../generated/grpc/grpc.reflection.v1.rs");
    }
    #[cfg(feature = "reflection")]
    pub(crate) const DESCRIPTORS: &[u8] = include_bytes!("../generated/grpc/descriptors.bin");
}

/// The generated half of `plugin.*`, go-plugin's own services.
#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod proto {
    include!("../generated/go_plugin/plugin.rs");
    #[cfg(feature = "reflection")]
    pub(crate) const DESCRIPTORS: &[u8] = include_bytes!("../generated/go_plugin/descriptors.bin");
}
