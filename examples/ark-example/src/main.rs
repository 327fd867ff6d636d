//! Heptio Ark's example plugins, for Ark since 0.6 and every Velero release. Each module is a plugin; registration is automatic.

mod backup;
mod block_store;
mod object_store;
mod restore;

plugwright::main!();
