//! gRPC as hosts speak it: the services of a plugin, and go-plugin's own beside them.
//!
//! ```text
//! connection (HTTP/2) ─► services: by name ─┬─► a service that tonic generated
//!                                           └─► methods ─ read: frames → messages ─► call ─► body: messages → frames
//! ```
//!
//! [`Services::add_service`] takes what tonic generates. [`Methods`] is a smaller form of the same: its code is in a binary once,
//! whatever the number of methods, where tonic's server code is there once for each.

mod batch;
mod body;
mod broker;
mod connection;
mod deadline;
mod health;
mod methods;
mod read;
#[cfg(feature = "reflection")]
mod reflection;
mod server;
mod services;

pub use body::Body;
pub use methods::{Answers, Methods};
pub use read::Messages;
pub(crate) use server::GrpcServer;
pub use services::Services;
