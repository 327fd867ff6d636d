//! Tests valid streams (`rpc`), and almost valid streams that no host sends.
//!
//! Each of the latter is derived from its number, out of bytes written by Go, so
//! `GO_PLUGIN_FUZZ_ONLY=<number>` repeats a failure. `cargo test` tries some thousands; this tries more:
//!
//! ```console
//! GO_PLUGIN_FUZZ=1000000 cargo test -p go-plugin --all-features --lib net_rpc::tests
//! ```

mod broker;
mod gob;
mod messages;
mod mutate;
mod output;
mod rpc;
mod session;
mod yamux;

use std::collections::BTreeMap;

use super::gob::{GoTime, Interface, Registered, gob_struct};

gob_struct! {
    /// The arguments of the recorded host's call: an object and the name of another, with fields of every
    /// type.
    struct CallArguments = "Arguments" {
        request: Option<Object> = "AccReq",
        application: Option<Object> = "App",
    }

    struct CallReply = "Reply" {
        response: Option<Answered> = "Response",
        error: Interface<PluginError> = "Err",
    }

    struct Answered = "Answered" {
        status: String = "Status",
        message: String = "Message",
    }

    struct PluginError = "PluginError" {
        err: String = "Err",
    }

    struct Object = "Object" {
        metadata: Metadata = "ObjectMeta",
        spec: Spec = "Spec",
        status: Status = "Status",
    }

    struct Metadata = "Metadata" {
        name: String = "Name",
        generation: i64 = "Generation",
        created: GoTime = "CreationTimestamp",
        deleted: Option<GoTime> = "DeletionTimestamp",
        grace: Option<i64> = "DeletionGracePeriodSeconds",
        labels: BTreeMap<String, String> = "Labels",
        annotations: BTreeMap<String, String> = "Annotations",
        owners: Vec<Owner> = "OwnerReferences",
        finalizers: Vec<String> = "Finalizers",
        fields: Vec<Managed> = "ManagedFields",
    }

    struct Owner = "Owner" {
        name: String = "Name",
        controller: Option<bool> = "Controller",
    }

    struct Managed = "Managed" {
        time: Option<GoTime> = "Time",
        fields: Option<Raw> = "FieldsV1",
    }

    struct Raw = "Raw" {
        raw: Vec<u8> = "Raw",
    }

    struct Spec = "Spec" {
        duration: Duration = "Duration",
        project: String = "Project",
    }

    struct Duration = "Duration" {
        duration: i64 = "Duration",
    }

    struct Status = "Status" {
        history: Vec<History> = "History",
    }

    struct History = "History" {
        time: GoTime = "TransitionTime",
        details: Option<String> = "Details",
    }
}

impl Registered for PluginError {
    const NAME: &'static str = "*plugin.PluginError";
}

const REQUESTS: &[u8] = include_bytes!("fixtures/requests.gob");
const REPLIES: &[u8] = include_bytes!("fixtures/replies.gob");
const LATER: &[u8] = include_bytes!("fixtures/later.gob");
const SESSION: &[u8] = include_bytes!("fixtures/session.bin");

/// The numbers of the inputs to try: a `part` of the requested ones.
fn numbers(part: u64) -> impl Iterator<Item = u64> {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let only = asked("GO_PLUGIN_FUZZ_ONLY");
    let count = asked("GO_PLUGIN_FUZZ").unwrap_or(4_000) / part;
    only.map_or(0..count, |only| only..only + 1)
}

/// Prints the number of the input if a test fails.
struct Trying(u64);

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("GO_PLUGIN_FUZZ_ONLY={}", self.0);
        }
    }
}
