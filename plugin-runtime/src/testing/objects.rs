//! The objects, with their versions and what happened to them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::Time;

/// `virtualmachines` of `kubevirt.io`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) plural: String,
}

/// Where an object is. The namespace is empty for one that is in none.
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

/// What a watch is told.
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
    /// For names and uids.
    made: u64,
    events: Vec<Event>,
    /// Plurals that are not what English makes of the kind, by group and kind.
    plurals: BTreeMap<(String, String), String>,
}

impl Resource {
    /// Of `pods` or `virtualmachines.kubevirt.io`.
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

    /// Of all namespaces if none is given.
    pub(super) fn of<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Value)> {
        self.there.iter().filter(move |(key, _)| {
            key.resource == *resource && namespace.is_none_or(|namespace| key.namespace == namespace)
        })
    }

    /// The events after a version.
    pub(super) fn events_after(&self, version: u64) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.version > version)
    }

    /// What a test says is there: with its own uid and time if it has them.
    pub(super) fn add(&mut self, key: Key, mut object: Value) {
        let change = if self.there.contains_key(&key) { Change::Modified } else { Change::Added };
        self.complete(&mut object, false);
        self.put(key, object, change);
    }

    /// What a client creates: the uid and the time are the server's.
    pub(super) fn create(&mut self, key: Key, mut object: Value) -> Value {
        self.complete(&mut object, true);
        self.put(key, object, Change::Added)
    }

    /// What a client makes of an object; unchanged, it keeps its version.
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

    /// Removes an object, or marks it where finalizers keep it. `None` if it is gone.
    pub(super) fn delete(&mut self, key: &Key) -> Option<Value> {
        let mut object = self.there.get(key)?.clone();
        if !has_finalizers(&object) {
            self.remove(key);
            return None;
        }
        if is_terminating(&object) {
            return Some(object);
        }
        metadata(&mut object).insert("deletionTimestamp".into(), json!(Time::now()));
        Some(self.put(key.clone(), object, Change::Modified))
    }

    /// `generateName` with five characters more. They count up, so that tests know them.
    pub(super) fn generate_name(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}{:05}", self.made)
    }

    fn complete(&mut self, object: &mut Value, anew: bool) {
        self.made += 1;
        let uid = format!("00000000-0000-4000-8000-{:012}", self.made);
        let metadata = metadata(object);
        for (field, value) in [("uid", json!(uid)), ("creationTimestamp", json!(Time::now()))] {
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

/// The object's metadata, made if it has none.
pub(super) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    match &mut object["metadata"] {
        Value::Object(metadata) => metadata,
        _ => unreachable!("it was just made an object"),
    }
}

fn is_terminating(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
}

fn has_finalizers(object: &Value) -> bool {
    object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}
