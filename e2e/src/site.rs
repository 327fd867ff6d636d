//! Where a scenario plays: one Velero server, with our plugins or with Go's.

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt};
use kube::Client;
use kube::api::{Api, DynamicObject, WatchEvent, WatchParams};
use serde_json::{Map, Value, json};

use crate::objects::Objects;
use crate::velero::Velero;
use crate::wait::until;

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

/// A backup or restore that has ended.
pub(crate) struct Ended {
    /// Every phase that it was in.
    pub(crate) phases: Vec<String>,
    pub(crate) object: DynamicObject,
}

impl Ended {
    /// Fails unless the last phase is this one.
    pub(crate) fn is(&self, phase: &str) -> Result<()> {
        let reason =
            self.object.data.pointer("/status/validationErrors").map(Value::to_string).unwrap_or_default();
        ensure!(
            self.phases.last().is_some_and(|last| last == phase),
            "{} should be {phase} in the end, and was {:?} {reason}",
            self.object.metadata.name.as_deref().unwrap_or_default(),
            self.phases
        );
        Ok(())
    }

    /// A number of the status; Velero leaves a zero out.
    pub(crate) fn count(&self, field: &str) -> u64 {
        self.object.data.pointer(&format!("/status/{field}")).and_then(Value::as_u64).unwrap_or(0)
    }
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
    pub(crate) async fn start(&self, kind: &str, mut metadata: Value, spec: Value) -> Result<DynamicObject> {
        metadata["namespace"] = json!(self.velero.namespace);
        let object = json!({"apiVersion": "velero.io/v1", "kind": kind, "metadata": metadata, "spec": spec});
        self.objects.create(&object).await
    }

    /// Waits for the last phase of a Backup or a Restore, from the state on that `object` has.
    pub(crate) async fn ended(&self, kind: &str, object: &DynamicObject) -> Result<Ended> {
        let name = object.metadata.name.clone().unwrap_or_default();
        let phases = RefCell::default();
        let limit = std::time::Duration::from_secs(90);
        let ended = tokio::time::timeout(limit, self.follow(kind, &name, object, &phases)).await;
        let ended =
            ended.with_context(|| format!("{kind} {name} has not ended; its phases were {phases:?}"))?;
        Ok(Ended { object: ended?, phases: phases.into_inner() })
    }

    /// A watch: by asking again and again a short phase would be missed.
    async fn follow(
        &self,
        kind: &str,
        name: &str,
        object: &DynamicObject,
        phases: &RefCell<Vec<String>>,
    ) -> Result<DynamicObject> {
        let api = self.objects.velero(&self.velero.namespace, kind);
        let from = object.metadata.resource_version.clone().unwrap_or_default();
        let only = WatchParams::default().fields(&format!("metadata.name={name}"));
        let mut events = api.watch(&only, &from).await?.boxed();
        while let Some(event) = events.try_next().await? {
            let WatchEvent::Modified(object) = event else { continue };
            let phase =
                object.data.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default().to_owned();
            if phases.borrow().last() != Some(&phase) {
                phases.borrow_mut().push(phase.clone());
            }
            if matches!(&*phase, "Completed" | "PartiallyFailed" | "Failed" | "FailedValidation") {
                return Ok(object);
            }
        }
        anyhow::bail!("the API server has ended the watch of {kind} {name}")
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
