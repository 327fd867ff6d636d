//! Heptio Ark's example plugins, for every Ark since 0.6 and every Velero: a module is a plugin, and nothing lists them.

mod backup;
mod block_store;
mod object_store;
mod restore;

plugwright::main!();
