//! YAML as kubectl reads and writes it.
//!
//! The grammar is saphyr-parser's; what a plain word means is decided here, since Kubernetes still
//! holds to YAML 1.1, where `0644` is a number and `yes` a truth value.

mod read;
mod scalar;
mod write;

pub(crate) use read::{Document, read};
pub(crate) use write::write;
