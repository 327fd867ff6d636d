//! A plugin made for tests: what its plugins do is decided by each call.
//!
//! `conformance/matrix/hosts/twin` is the same in Go, on the own framework of each version of Velero and Ark, and has the table
//! of commands.
//!
//! ```text
//! annotation `probe.plugwright.dev/do` of an item, or key, id or setting of a store ─► script ─► edit, log, …
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
