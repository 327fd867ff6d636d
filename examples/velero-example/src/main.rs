//! Velero's example plugins, one of each kind: a module is a plugin, and nothing lists them.

mod backup;
mod backup_v2;
mod delete;
mod item_block;
mod object_store;
mod operation;
mod restore;
mod restore_v2;
mod volume_snapshotter;

plugwright::main!();
