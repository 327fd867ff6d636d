//! An in-memory Kubernetes API server, the counterpart of controller-runtime's fake client in Go.
//!
//! `plugwright` exports it with its feature `testing`. It also works without plugins, for tests of any code that uses
//! [`kube`].
//!
//! ```text
//! a test ──► FakeCluster ──► client (in this process) ──► service ──► verbs ──► objects
//!                        └─► serve (HTTP and a kubeconfig, for another process) ──┘
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod cluster;
mod error;
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
pub use error::Error;
pub use server::ServedCluster;
