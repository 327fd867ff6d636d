//! gRPC: the services of a plugin, and go-plugin's own services.
//!
//! ```text
//! connection (HTTP/2) ─► services: by name ─┬─► a service that tonic generated
//!                                           └─► methods ─ read: frames → messages ─► call ─► body: messages → frames
//! ```
//!
//! [`Services::add_service`] accepts tonic's generated services. [`Methods`] is a smaller alternative: its
//! code is compiled once for all methods, while tonic's server code is generated for each.

mod answer;
mod body;
#[cfg(feature = "broker")]
mod broker;
#[cfg(any(feature = "broker", feature = "client"))]
#[cfg_attr(not(feature = "client"), allow(unreachable_pub))]
pub(crate) mod channel;
#[cfg(feature = "client")]
pub(crate) mod checked;
mod connection;
mod deadline;
mod health;
mod methods;
#[cfg(not(feature = "broker"))]
mod no_broker;
mod read;
#[cfg(feature = "reflection")]
mod reflection;
mod respond;
mod server;
mod services;
mod stdio;

pub use body::Body;
#[cfg(feature = "broker")]
pub(crate) use broker::Settings;
#[cfg(feature = "broker")]
pub(crate) use broker::mux::Mux;
#[cfg(feature = "broker")]
pub use broker::{Broker, BrokerError, BrokerListener, BrokeredConnection};
pub use methods::{Answers, Methods};
#[cfg(not(feature = "broker"))]
pub(crate) use no_broker::NoBroker;
pub use read::Messages;
pub(crate) use server::GrpcServer;
pub use services::Services;

#[cfg(test)]
mod tests;
