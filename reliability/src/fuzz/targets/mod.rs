//! The targets: one for each reader of bytes that come from elsewhere.
//!
//! A target reads any input to its end and returns. A panic is a finding, and so is an input that takes too long or
//! needs too much memory. Targets also assert what must hold for every input, such as that a text that was read
//! and written is read as the same value.

mod cli;
mod grpc;
mod host;
mod http2;
mod input;
mod item;
mod net_rpc;
mod objects;
mod plugins;
mod responses;
mod selection;

/// A reader of bytes, and the name of its corpus.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// What it reads, for `--list` and the table.
    pub(crate) reads: &'static str,
    pub(crate) run: fn(&[u8]),
}

/// All targets, in the order of the table.
pub(crate) const TARGETS: &[Target] = &[
    target("http2", "a host's HTTP/2 connection: frames, headers, gRPC framing", http2::connection),
    target("requests", "gRPC requests of every method of Velero, both Arks and go-plugin", grpc::requests),
    target("responses", "a plugin's gRPC responses to the client", responses::responses),
    target("yamux", "a host's yamux connection", net_rpc::yamux),
    target("net-rpc", "a host's net/rpc calls, in valid yamux frames", net_rpc::calls),
    target("net-rpc-client", "a plugin's net/rpc connection to the client", net_rpc::client),
    target("gob", "gob streams", net_rpc::gob),
    target("item", "an item: its head, its tree and edits", item::item),
    target("backup", "a Backup, and the resources it selects", objects::backup),
    target("restore", "a Restore", objects::restore),
    target("objects", "Velero's other objects, and EphemeralAccess's", objects::others),
    target("selectors", "the lists and labels of an action's selector", selection::selectors),
    target("label-selectors", "label selectors", selection::label_selectors),
    target("globs", "patterns of include and exclude lists", selection::globs),
    target("handshake", "a plugin's handshake line", host::handshake),
    target("log-records", "a plugin's stderr", host::log_records),
    target("environment", "a host's environment variables and arguments", host::environment),
    target("manifest-table", "`[package.metadata.plugwright]` for `cargo plugwright manifest`", cli::table),
    target("yaml", "items for `cargo plugwright try`", cli::yaml),
    target("image-names", "image names for `cargo plugwright image`", cli::image_name),
    target("elf", "programs for `cargo plugwright check`", cli::elf),
    target("docker-credentials", "Docker's configuration for `cargo plugwright image --push`", cli::docker),
];

const fn target(name: &'static str, reads: &'static str, run: fn(&[u8])) -> Target {
    Target { name, reads, run }
}
