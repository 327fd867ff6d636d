//! The environment of a scenario: a Velero server with our plugins or with Go's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use kube::Client;
use kube::api::{Api, DynamicObject};
use plugwright_local_velero::operation::{self, Ended};
use plugwright_local_velero::{Objects, Velero, until};
use serde_json::{Map, Value, json};

/// Exceeds the duration of all backups and restores here.
const LIMIT: Duration = Duration::from_secs(90);

/// The implementation of a server's plugins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Ours,
    Go,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Ours, Self::Go];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Go => "go",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Ours => Self::Go,
            Self::Go => Self::Ours,
        }
    }
}

pub(crate) struct Site<'a> {
    pub(crate) side: Side,
    pub(crate) velero: &'a Velero<'a>,
    pub(crate) objects: Objects,
    /// Names that are unique to this side, and their replacements in comparisons.
    names: RefCell<Vec<(String, String)>>,
    seen: RefCell<BTreeMap<String, Value>>,
}

impl<'a> Site<'a> {
    pub(crate) fn new(side: Side, velero: &'a Velero<'a>, client: Client) -> Self {
        let names = vec![(velero.namespace.clone(), "velero".to_owned())];
        Self { side, velero, objects: Objects::new(client), names: names.into(), seen: RefCell::default() }
    }

    /// A name that is unique to this side: both sides share the cluster.
    pub(crate) fn own(&self, name: &str) -> String {
        let own = format!("{name}-{}", self.side.name());
        self.names.borrow_mut().push((own.clone(), name.to_owned()));
        own
    }

    /// The other side's [`own`](Self::own) name.
    pub(crate) fn others(&self, name: &str) -> String {
        let others = format!("{name}-{}", self.side.other().name());
        self.names.borrow_mut().push((others.clone(), format!("{name}-of-the-other")));
        others
    }

    /// Creates a namespace, and returns its name.
    pub(crate) async fn namespace(&self, name: &str) -> Result<String> {
        let own = self.own(name);
        self.objects
            .create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": own}}))
            .await?;
        Ok(own)
    }

    /// Records a result, which must be equal on both sides.
    pub(crate) fn saw(&self, what: &str, value: impl Into<Value>) {
        let mut text = value.into().to_string();
        // A name may be a prefix of another one.
        let mut names = self.names.borrow().clone();
        names.sort_by_key(|(own, _)| std::cmp::Reverse(own.len()));
        for (own, name) in &names {
            text = text.replace(own, name);
        }
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        self.seen.borrow_mut().insert(what.to_owned(), value);
    }

    /// All recorded results.
    pub(crate) fn into_seen(self) -> BTreeMap<String, Value> {
        self.seen.into_inner()
    }

    /// Creates a Backup, and waits until it completes.
    pub(crate) async fn backup(&self, name: &str, spec: Value) -> Result<Ended> {
        self.velero_object("Backup", json!({"name": name}), spec).await
    }

    /// Creates a Restore, and waits until it completes.
    pub(crate) async fn restore(&self, name: &str, spec: Value) -> Result<Ended> {
        self.velero_object("Restore", json!({"name": name}), spec).await
    }

    /// Creates a Backup or Restore, and waits for its last phase.
    pub(crate) async fn velero_object(&self, kind: &str, metadata: Value, spec: Value) -> Result<Ended> {
        let object = self.start(kind, metadata, spec).await?;
        self.ended(kind, &object).await
    }

    /// Creates a Backup or Restore, without waiting.
    pub(crate) async fn start(&self, kind: &str, metadata: Value, spec: Value) -> Result<DynamicObject> {
        operation::create(&self.objects, &self.velero.namespace, kind, metadata, spec).await
    }

    /// Waits for the last phase of a Backup or Restore, beginning with the state in `object`.
    pub(crate) async fn ended(&self, kind: &str, object: &DynamicObject) -> Result<Ended> {
        operation::ended(&self.objects, kind, object, LIMIT, |_| {}).await
    }

    /// Records the phases and counts of a backup or restore.
    pub(crate) fn saw_end(&self, what: &str, ended: &Ended) {
        let status = |field: &str| (field.to_owned(), json!(ended.count(field)));
        let counts = ["errors", "warnings"].map(status);
        self.saw(&format!("phases of the {what}"), ended.phases.clone());
        self.saw(&format!("counts of the {what}"), Map::from_iter(counts));
    }

    /// Reads an object, which must exist.
    pub(crate) async fn live(&self, object: &Value) -> Result<Value> {
        let live = self.objects.live(object).await?;
        let live = live
            .with_context(|| format!("{} {} does not exist", object["kind"], object["metadata"]["name"]))?;
        Ok(serde_json::to_value(live)?)
    }

    /// Waits for a record with this message in the server's log, and returns the number of such records.
    pub(crate) async fn logged(&self, message: &str) -> Result<usize> {
        until(&format!("`{message}` in the log of the server"), async || {
            let count =
                self.velero.records(message)?.iter().filter(|record| record["msg"] == message).count();
            Ok((count > 0).then_some(count))
        })
        .await
    }

    /// Velero's objects of a kind.
    pub(crate) fn velero_api(&self, kind: &str) -> Api<DynamicObject> {
        self.objects.velero(&self.velero.namespace, kind)
    }
}

/// An object without times, IDs, and fields that the API server adds.
pub(crate) fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "managedFields",
            "deletionTimestamp",
        ] {
            metadata.remove(field);
        }
    }
    object
}

/// An object's annotations with this prefix.
pub(crate) fn annotations(object: &Value, prefix: &str) -> Map<String, Value> {
    let all = object.pointer("/metadata/annotations").and_then(Value::as_object).into_iter().flatten();
    all.filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
