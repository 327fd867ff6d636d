//! Kind, names, labels, annotations, owners and finalizers.

use std::convert::Infallible;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::head::Field;
use super::{Item, Source};
use crate::types::OwnerReference;

impl Item {
    /// `apiVersion`, such as `apps/v1`; empty if missing.
    pub fn api_version(&self) -> &str {
        self.head(Field::ApiVersion, "/apiVersion")
    }

    /// `kind`, such as `Deployment`; never empty.
    pub fn kind(&self) -> &str {
        self.head(Field::Kind, "/kind")
    }

    /// The API group: `apps` of `apps/v1`, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether the item is of this API group and kind, in any version. The core group is `""`.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let item = Item::from_json(r#"{"apiVersion": "apps/v1", "kind": "Deployment"}"#)?;
    /// assert!(item.is("apps", "Deployment") && !item.is("extensions", "Deployment"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// `metadata.name`; empty if missing.
    pub fn name(&self) -> &str {
        self.head(Field::Name, "/metadata/name")
    }

    /// `metadata.namespace`; empty for a cluster-scoped object.
    pub fn namespace(&self) -> &str {
        self.head(Field::Namespace, "/metadata/namespace")
    }

    /// `metadata.uid`; empty if missing.
    pub fn uid(&self) -> &str {
        self.head(Field::Uid, "/metadata/uid")
    }

    /// Returns the value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.entry("labels", key)
    }

    /// Iterates over all labels, sorted by key.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries("labels")
    }

    /// Sets a label. Setting the current value is not a change.
    pub fn set_label(&mut self, key: impl AsRef<str>, value: impl Into<String>) {
        self.set_entry("labels", key.as_ref(), value.into());
    }

    /// Removes a label and returns its value.
    pub fn remove_label(&mut self, key: &str) -> Option<String> {
        self.remove_entry("labels", key)
    }

    /// Returns the value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.entry("annotations", key)
    }

    /// Iterates over all annotations, sorted by key.
    pub fn annotations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries("annotations")
    }

    /// Sets an annotation. Setting the current value is not a change.
    pub fn set_annotation(&mut self, key: impl AsRef<str>, value: impl Into<String>) {
        self.set_entry("annotations", key.as_ref(), value.into());
    }

    /// Removes an annotation and returns its value.
    pub fn remove_annotation(&mut self, key: &str) -> Option<String> {
        self.remove_entry("annotations", key)
    }

    /// Returns the owners of this object.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"kind": "Pod", "metadata": {"ownerReferences": [
    ///     {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d4", "uid": "1f0a", "controller": true}]}}"#;
    /// let item = Item::from_json(json)?;
    /// let owners = item.owner_references();
    /// assert_eq!((owners[0].name.as_str(), owners[0].controller), ("web-5d4", Some(true)));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn owner_references(&self) -> Vec<OwnerReference> {
        let owners = self.as_value().pointer("/metadata/ownerReferences").and_then(Value::as_array);
        // The API server validates them, so elements that do not parse are ignored.
        owners.into_iter().flatten().filter_map(|owner| OwnerReference::deserialize(owner).ok()).collect()
    }

    /// `metadata.finalizers`.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let item = Item::from_json(r#"{"kind": "Pod", "metadata": {"finalizers": ["example.io/volume"]}}"#)?;
    /// assert!(item.finalizers().any(|finalizer| finalizer == "example.io/volume"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        let finalizers = self.as_value().pointer("/metadata/finalizers").and_then(Value::as_array);
        finalizers.into_iter().flatten().filter_map(Value::as_str)
    }

    fn head(&self, field: Field, pointer: &str) -> &str {
        match &self.source {
            Some(Source { bytes, head: Some(head) }) => head.text(field, bytes),
            _ => self.as_value().pointer(pointer).and_then(Value::as_str).unwrap_or_default(),
        }
    }

    fn map(&self, name: &str) -> Option<&Map<String, Value>> {
        self.as_value().get("metadata")?.get(name)?.as_object()
    }

    fn entry(&self, map: &str, key: &str) -> Option<&str> {
        self.map(map)?.get(key)?.as_str()
    }

    fn entries(&self, map: &str) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.map(map).into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    fn set_entry(&mut self, map: &str, key: &str, value: String) {
        if self.entry(map, key) == Some(&value) {
            return;
        }
        let Ok(()) = self.change(|tree| {
            // A value that is not an object counts as missing; the API server never produces one. Indexing
            // creates missing objects.
            for pointer in ["/metadata", &format!("/metadata/{map}")] {
                if let Some(other) = tree.pointer_mut(pointer).filter(|value| !value.is_object()) {
                    *other = Value::Null;
                }
            }
            tree["metadata"][map][key] = value.into();
            Ok::<(), Infallible>(())
        });
    }

    fn remove_entry(&mut self, map: &str, key: &str) -> Option<String> {
        self.map(map)?.get(key)?;
        let removed = self.change(|tree| {
            let entries = tree.get_mut("metadata").and_then(|metadata| metadata.get_mut(map));
            entries.and_then(Value::as_object_mut).and_then(|entries| entries.remove(key)).ok_or(())
        });
        match removed.ok()? {
            Value::String(value) => Some(value),
            other => Some(other.to_string()),
        }
    }
}
