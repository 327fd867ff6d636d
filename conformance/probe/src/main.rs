//! Test plugins. Each call contains commands.
//!
//! `conformance/matrix/hosts/twin` is the twin in Go, on the framework of each version of Velero and Ark. Its README lists the
//! commands.
//!
//! ```text
//! annotation `probe.plugwright.dev/do` of an item, or key, ID or setting of a store ─► script ─► edit, log, …
//! ```

mod access;
mod backup;
mod delete;
mod digest_store;
mod echo;
mod edit;
mod item_block;
mod log;
mod memory_store;
mod operation;
mod pattern;
mod restore;
mod script;
mod snapshotter;

plugwright::main!();
