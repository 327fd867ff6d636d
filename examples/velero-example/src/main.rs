//! Velero's example plugins, one of each kind. Each module is a plugin; registration is automatic.

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
