//! Watches: existing objects, then changes.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::cluster::FakeCluster;
use crate::objects::{Change, Event, Key};
use crate::request::Target;
use crate::select::Selector;
use crate::status::Failure;

/// The duration of a watch without a timeout.
const LIMIT: Duration = Duration::from_secs(300);

impl FakeCluster {
    /// Streams the events of a watch, one per line. Ends at its timeout, or when the client is gone.
    pub(super) fn watch(&self, target: Target) -> Result<mpsc::Receiver<Bytes>, Failure> {
        let mut watch = Watch { selector: Selector::of(&target)?, seen: BTreeSet::new(), after: 0, target };
        let first = watch.start(self);
        let limit = watch.target.query("timeoutSeconds").parse().map_or(LIMIT, Duration::from_secs);
        let (sender, receiver) = mpsc::channel(64);
        let cluster = self.clone();
        tokio::spawn(async move {
            let mut changes = cluster.changes();
            let send = async {
                let mut lines = first;
                loop {
                    for line in lines {
                        if sender.send(line).await.is_err() {
                            return;
                        }
                    }
                    lines = watch.next(&cluster);
                    if lines.is_empty() && changes.changed().await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = send => {}
                () = sender.closed() => {}
                () = tokio::time::sleep(limit) => {}
            }
        });
        Ok(receiver)
    }
}

struct Watch {
    target: Target,
    selector: Selector,
    /// The objects known to the client.
    seen: BTreeSet<Key>,
    /// The last version processed.
    after: u64,
}

impl Watch {
    fn is_for(&self, key: &Key) -> bool {
        key.resource == self.target.resource
            && self.target.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
            && (self.target.name.is_empty() || self.target.name == key.name)
    }

    /// Without a version, existing objects are new to the client. With one, it has listed that version.
    fn start(&mut self, cluster: &FakeCluster) -> Vec<Bytes> {
        let objects = cluster.objects();
        let there = objects.of(&self.target.resource, self.target.namespace.as_deref());
        let there: Vec<_> =
            there.filter(|(key, object)| self.is_for(key) && self.selector.matches(object)).collect();
        match self.target.query("resourceVersion").parse() {
            Ok(version) if version > 0 => {
                self.after = version;
                let old = there.into_iter().filter(|(_, object)| version_of(object) <= version);
                self.seen = old.map(|(key, _)| key.clone()).collect();
                Vec::new()
            }
            _ => {
                self.after = objects.version();
                self.seen = there.iter().map(|(key, _)| (*key).clone()).collect();
                there.into_iter().map(|(_, object)| line("ADDED", object)).collect()
            }
        }
    }

    fn next(&mut self, cluster: &FakeCluster) -> Vec<Bytes> {
        let objects = cluster.objects();
        let events: Vec<Event> = objects.events_after(self.after).cloned().collect();
        self.after = objects.version();
        drop(objects);
        events.into_iter().filter_map(|event| self.line(event)).collect()
    }

    /// An object that leaves the selection is reported as deleted, and one that enters it as added.
    fn line(&mut self, Event { change, key, object, .. }: Event) -> Option<Bytes> {
        if !self.is_for(&key) {
            return None;
        }
        let selected = change != Change::Deleted && self.selector.matches(&object);
        let known = if selected { !self.seen.insert(key) } else { self.seen.remove(&key) };
        match (known, selected) {
            (false, true) => Some(line("ADDED", &object)),
            (true, true) => Some(line("MODIFIED", &object)),
            // A watch from an older version may not have seen it; reporting it twice is harmless.
            (true, false) => Some(line("DELETED", &object)),
            (false, false) => (change == Change::Deleted && self.selector.matches(&object))
                .then(|| line("DELETED", &object)),
        }
    }
}

fn version_of(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|version| version.parse().ok()).unwrap_or(0)
}

fn line(change: &str, object: &Value) -> Bytes {
    format!("{}\n", json!({"type": change, "object": object})).into()
}
