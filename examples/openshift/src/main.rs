//! The core of OpenShift's Velero plugin: a module for each sort of object, and what they share.

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
