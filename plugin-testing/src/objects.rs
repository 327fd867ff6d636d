//! The objects with their versions and change history.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// `virtualmachines` of `kubevirt.io`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) plural: String,
}

/// The key of an object. The namespace is empty for a cluster-scoped object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) resource: Resource,
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Added,
    Modified,
    Deleted,
}

/// An event for watches.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) version: u64,
    pub(super) change: Change,
    pub(super) key: Key,
    pub(super) object: Value,
}

#[derive(Debug, Default)]
pub(super) struct Objects {
    there: BTreeMap<Key, Value>,
    version: u64,
    /// A counter for names and uids.
    made: u64,
    events: Vec<Event>,
    /// Irregular plurals, by group and kind.
    plurals: BTreeMap<(String, String), String>,
}

impl Resource {
    /// Parses `pods` or `virtualmachines.kubevirt.io`.
    pub(super) fn of_text(text: &str) -> Self {
        let (plural, group) = text.split_once('.').unwrap_or((text, ""));
        Self { group: group.into(), plural: plural.into() }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plural)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

impl Objects {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn name_resource(&mut self, group: &str, kind: &str, plural: &str) {
        self.plurals.insert((group.into(), kind.into()), plural.into());
    }

    pub(super) fn plural_of(&self, group: &str, kind: &str) -> Option<&str> {
        self.plurals.get(&(group.to_owned(), kind.to_owned())).map(String::as_str)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.there.get(key)
    }

    /// Returns the objects of a namespace, or of all.
    pub(super) fn of<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Value)> {
        self.there.iter().filter(move |(key, _)| {
            key.resource == *resource && namespace.is_none_or(|namespace| key.namespace == namespace)
        })
    }

    /// Returns the events after a version.
    pub(super) fn events_after(&self, version: u64) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.version > version)
    }

    /// Adds an object for a test: keeps its uid and time if set.
    pub(super) fn add(&mut self, key: Key, mut object: Value) {
        let change = if self.there.contains_key(&key) { Change::Modified } else { Change::Added };
        self.complete(&mut object, false);
        self.put(key, object, change);
    }

    /// Creates an object for a client: uid and time are the server's.
    pub(super) fn create(&mut self, key: Key, mut object: Value) -> Value {
        self.complete(&mut object, true);
        self.put(key, object, Change::Added)
    }

    /// Updates an object for a client; an unchanged object keeps its version.
    pub(super) fn update(&mut self, key: &Key, mut object: Value) -> Value {
        let Some(old) = self.there.get(key) else { return object };
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "resourceVersion"] {
            let kept = old["metadata"].get(field).cloned();
            let metadata = metadata(&mut object);
            match kept {
                Some(value) => metadata.insert(field.into(), value),
                None => metadata.remove(field),
            };
        }
        if object == *old {
            return object;
        }
        if is_terminating(&object) && !has_finalizers(&object) {
            self.remove(key);
            return object;
        }
        self.put(key.clone(), object, Change::Modified)
    }

    /// Deletes an object, or marks it as deleted if it has finalizers. `None` if it is gone.
    pub(super) fn delete(&mut self, key: &Key) -> Option<Value> {
        let mut object = self.there.get(key)?.clone();
        if !has_finalizers(&object) {
            self.remove(key);
            return None;
        }
        if is_terminating(&object) {
            return Some(object);
        }
        metadata(&mut object).insert("deletionTimestamp".into(), json!(Time(Timestamp::now())));
        Some(self.put(key.clone(), object, Change::Modified))
    }

    /// Completes a `generateName` with five characters. They count up, so that tests can predict them.
    pub(super) fn generate_name(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}{:05}", self.made)
    }

    fn complete(&mut self, object: &mut Value, anew: bool) {
        self.made += 1;
        let uid = format!("00000000-0000-4000-8000-{:012}", self.made);
        let metadata = metadata(object);
        for (field, value) in [("uid", json!(uid)), ("creationTimestamp", json!(Time(Timestamp::now())))] {
            if anew || !metadata.contains_key(field) {
                metadata.insert(field.into(), value);
            }
        }
        if anew {
            metadata.remove("deletionTimestamp");
        }
    }

    fn put(&mut self, key: Key, mut object: Value, change: Change) -> Value {
        self.version += 1;
        metadata(&mut object).insert("resourceVersion".into(), json!(self.version.to_string()));
        let event = Event { version: self.version, change, key: key.clone(), object: object.clone() };
        self.events.push(event);
        self.there.insert(key, object.clone());
        object
    }

    fn remove(&mut self, key: &Key) {
        if let Some(mut object) = self.there.remove(key) {
            self.version += 1;
            metadata(&mut object).insert("resourceVersion".into(), json!(self.version.to_string()));
            let event = Event { version: self.version, change: Change::Deleted, key: key.clone(), object };
            self.events.push(event);
        }
    }
}

/// Returns the object's metadata, creating it if missing.
pub(super) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    match &mut object["metadata"] {
        Value::Object(metadata) => metadata,
        _ => unreachable!("converted to an object above"),
    }
}

fn is_terminating(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
}

fn has_finalizers(object: &Value) -> bool {
    object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}
