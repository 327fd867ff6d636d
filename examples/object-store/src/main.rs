//! One binary that replaces Velero's plugins for AWS, GCP and Azure: a folder for each provider, and the shared store.

mod aws;
mod azure;
mod bucket;
mod download;
mod failure;
mod gcp;
mod http;
mod kubernetes;
mod listing;
mod provider;
mod settings;
mod store;
mod token;
mod upload;

use std::process::ExitCode;

use plugwright::{Declaration, Plugins};

use crate::aws::Aws;
use crate::azure::Azure;
use crate::gcp::Gcp;
use crate::store::Store;

fn main() -> ExitCode {
    Plugins::new()
        .with(Declaration::object_store::<Store<Aws>>("velero.io/aws").config::<aws::Settings>())
        .with(Declaration::object_store::<Store<Gcp>>("velero.io/gcp").config::<gcp::Settings>())
        .with(Declaration::object_store::<Store<Azure>>("velero.io/azure").config::<azure::Settings>())
        .serve()
}
