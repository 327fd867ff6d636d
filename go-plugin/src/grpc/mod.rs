//! gRPC as hosts speak it: the services of a plugin, and go-plugin's own beside them.
//!
//! ```text
//! connection (HTTP/2) ─► services: by name ─┬─► a service that tonic generated
//!                                           └─► methods ─ read: frames → messages ─► call ─► body: messages → frames
//! ```
//!
//! [`Services::add_service`] takes what tonic generates. [`Methods`] is a smaller form of the same: its code is in a binary once,
//! whatever the number of methods, where tonic's server code is there once for each.

mod answer;
mod batch;
mod body;
#[cfg(feature = "broker")]
mod broker;
#[cfg(any(feature = "broker", feature = "client"))]
#[cfg_attr(not(feature = "client"), allow(unreachable_pub))]
pub(crate) mod channel;
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
