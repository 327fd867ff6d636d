//! An in-memory API server, for tests of plugins that use Kubernetes (feature `testing`).
//!
//! ```text
//! a test ──► FakeCluster ──► client (in this process) ──► service ──► verbs ──► objects
//!                        └─► serve (HTTP and a kubeconfig, for another process) ──┘
//! ```

mod body;
mod cluster;
mod fault;
mod objects;
mod patch;
mod request;
mod select;
mod server;
mod service;
mod status;
#[cfg(test)]
mod tests;
mod verbs;
mod watch;

pub use cluster::{FakeCluster, FaultIn};
pub use server::ServedCluster;
