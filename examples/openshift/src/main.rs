//! The core of OpenShift's Velero plugin, with a module for each kind of object, and shared modules.

mod common;
mod image_stream_tag;
mod pod;
mod pull_secrets;
mod registry;
mod role_binding;
mod service_account;
mod stage_pod;
#[cfg(test)]
mod testing;
mod version;

plugwright::main!();
