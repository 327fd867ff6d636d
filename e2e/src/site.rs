//! Where a scenario plays: one Velero server, with our plugins or with Go's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use kube::Client;
use kube::api::{Api, DynamicObject};
use plugwright_local_velero::operation::{self, Ended};
use plugwright_local_velero::{Objects, Velero, until};
use serde_json::{Map, Value, json};

/// Longer than any backup or restore here takes.
const LIMIT: Duration = Duration::from_secs(90);

/// Whose plugins a server has loaded.
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
}

pub(crate) struct Site<'a> {
    pub(crate) side: Side,
    pub(crate) velero: &'a Velero<'a>,
    pub(crate) objects: Objects,
    /// Names that only this side has, and what they are called in a comparison.
    names: RefCell<Vec<(String, String)>>,
    seen: RefCell<BTreeMap<String, Value>>,
}

impl<'a> Site<'a> {
    pub(crate) fn new(side: Side, velero: &'a Velero<'a>, client: Client) -> Self {
        let names = vec![(velero.namespace.clone(), "velero".to_owned())];
        Self { side, velero, objects: Objects::new(client), names: names.into(), seen: RefCell::default() }
    }

    /// A name that this side alone uses: both sides play in one cluster, at the same time.
    pub(crate) fn own(&self, name: &str) -> String {
        let own = format!("{name}-{}", self.side.name());
        self.names.borrow_mut().push((own.clone(), name.to_owned()));
        own
    }

    /// Makes a namespace, and answers its name.
    pub(crate) async fn namespace(&self, name: &str) -> Result<String> {
        let own = self.own(name);
        self.objects
            .create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": own}}))
            .await?;
        Ok(own)
    }

    /// Remembers what was seen. Both sides have to see the same.
    pub(crate) fn saw(&self, what: &str, value: impl Into<Value>) {
        let mut text = value.into().to_string();
        // A name may begin as another one.
        let mut names = self.names.borrow().clone();
        names.sort_by_key(|(own, _)| std::cmp::Reverse(own.len()));
        for (own, name) in &names {
            text = text.replace(own, name);
        }
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        self.seen.borrow_mut().insert(what.to_owned(), value);
    }

    /// All that was seen.
    pub(crate) fn into_seen(self) -> BTreeMap<String, Value> {
        self.seen.into_inner()
    }

    /// Backs up, and waits for the end; `spec` is the Backup's.
    pub(crate) async fn backup(&self, name: &str, spec: Value) -> Result<Ended> {
        self.velero_object("Backup", json!({"name": name}), spec).await
    }

    /// Restores, and waits for the end; `spec` is the Restore's.
    pub(crate) async fn restore(&self, name: &str, spec: Value) -> Result<Ended> {
        self.velero_object("Restore", json!({"name": name}), spec).await
    }

    /// Makes a Backup or a Restore, and waits for its last phase.
    pub(crate) async fn velero_object(&self, kind: &str, metadata: Value, spec: Value) -> Result<Ended> {
        let object = self.start(kind, metadata, spec).await?;
        self.ended(kind, &object).await
    }

    /// Makes a Backup or a Restore, and does not wait.
    pub(crate) async fn start(&self, kind: &str, metadata: Value, spec: Value) -> Result<DynamicObject> {
        operation::create(&self.objects, &self.velero.namespace, kind, metadata, spec).await
    }

    /// Waits for the last phase of a Backup or a Restore, from the state on that `object` has.
    pub(crate) async fn ended(&self, kind: &str, object: &DynamicObject) -> Result<Ended> {
        operation::ended(&self.objects, kind, object, LIMIT, |_| {}).await
    }

    /// Remembers phases and counts of a backup or restore.
    pub(crate) fn saw_end(&self, what: &str, ended: &Ended) {
        let status = |field: &str| (field.to_owned(), json!(ended.count(field)));
        let counts = ["errors", "warnings"].map(status);
        self.saw(&format!("phases of the {what}"), ended.phases.clone());
        self.saw(&format!("counts of the {what}"), Map::from_iter(counts));
    }

    /// The object, which has to be there.
    pub(crate) async fn live(&self, object: &Value) -> Result<Value> {
        let live = self.objects.live(object).await?;
        let live =
            live.with_context(|| format!("{} {} is not there", object["kind"], object["metadata"]["name"]))?;
        Ok(serde_json::to_value(live)?)
    }

    /// Waits for a record of the server's log that has this message, and answers how many there are.
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

/// What of an object says what it is: without times, ids, and what the API server adds.
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

/// An object's annotations that begin so.
pub(crate) fn annotations(object: &Value, prefix: &str) -> Map<String, Value> {
    let all = object.pointer("/metadata/annotations").and_then(Value::as_object).into_iter().flatten();
    all.filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
