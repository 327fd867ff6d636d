//! [`Item`]: a Kubernetes object as JSON.
//!
//! ```text
//! bytes ──head (one pass: syntax, kind, name, …)──► Item ──first look──► tree ──first change──► tree only ──► new bytes
//!   │                                                 │ └────────── not changed: the same bytes ──────────────────►
//!   └──tree at once, if plugins look at items─────────┘
//! ```

mod condition;
mod diff;
mod each;
mod get_each;
mod head;
mod meta;
mod pods;
mod pointer;
#[cfg(test)]
mod tests;
mod typed;

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::bail;
use crate::error::{Error, Result};
pub use condition::Condition;
use head::Head;

/// A Kubernetes object of any kind, as JSON.
///
/// No data is lost: fields that are not touched stay as they are, including unknown ones. An unchanged item
/// goes back to Velero byte for byte, and an item that is not inspected costs one pass over its text.
///
/// Exception: if an item *is* changed, numbers that fit neither a 64-bit integer nor a 64-bit float are
/// rounded, as in Go.
///
/// ```
/// use plugwright::Item;
///
/// let json = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}"#;
/// let mut item = Item::from_json(json)?;
/// assert_eq!((item.kind(), item.namespace(), item.name()), ("Pod", "shop", "web"));
///
/// item.set_label("restored", "yes");
/// item.set("/spec/nodeName", "node-1")?;
/// item.remove("/status");
/// assert_eq!(item.get_str("/spec/nodeName"), Some("node-1"));
/// # Ok::<(), plugwright::Error>(())
/// ```
///
/// Places in an item are JSON pointers (RFC 6901): `/spec/containers/0/image`. In a name, `/` is written `~1`
/// and `~` is `~0`: `/metadata/annotations/example.com~1owner`. The methods for labels and annotations accept
/// plain names. To edit more than a few fields, use a typed view with [`edit_as`](Self::edit_as).
///
/// `Debug` and `Display` print only kind, namespace and name, so that logs never contain a Secret. Items are
/// equal if their values are, regardless of formatting.
pub struct Item {
    /// The original text, until the first change.
    source: Option<Source>,
    /// Parsed on first access. Always set if `source` is not.
    tree: OnceLock<Value>,
    changed: bool,
}

/// Whether a plugin of this process has looked at more of an item than its head.
static LOOKED: AtomicBool = AtomicBool::new(false);

#[derive(Clone)]
struct Source {
    bytes: Bytes,
    /// Without it, the tree was built first.
    head: Option<Head>,
}

impl Item {
    /// Parses an object's JSON, which must have a `kind`. Builds no tree yet.
    ///
    /// Accepts the same input as [`serde_json::Value`]: UTF-8, at most 512 levels deep. The last of repeated
    /// names counts.
    #[track_caller]
    pub fn from_json(json: impl Into<Bytes>) -> Result<Self> {
        let bytes = json.into();
        let head = Head::read(&bytes)?;
        let tree = if head.is_peculiar { OnceLock::from(parse(&bytes)?) } else { OnceLock::new() };
        Ok(Self { source: Some(Source { bytes, head: Some(head) }), tree, changed: false })
    }

    /// Like [`from_json`](Self::from_json), for the item of a call: builds the tree at once if a plugin of this
    /// process has looked at an item before, which saves the pass for the head.
    #[track_caller]
    pub(crate) fn received(bytes: Bytes) -> Result<Self> {
        // `from_json` explains errors, and accepts deeper values.
        if LOOKED.load(Ordering::Relaxed)
            && let Ok(tree) = serde_json::from_slice(&bytes)
            && head::check(&tree).is_ok()
        {
            let source = Some(Source { bytes, head: None });
            return Ok(Self { source, tree: OnceLock::from(tree), changed: false });
        }
        Self::from_json(bytes)
    }

    /// Creates an item from an object, which must have a `kind`: `Item::from_value(json!({"kind": "Pod"}))`.
    #[track_caller]
    pub fn from_value(value: Value) -> Result<Self> {
        head::check(&value)?;
        Ok(Self { source: None, tree: OnceLock::from(value), changed: false })
    }

    /// Returns the value at a JSON pointer, or `None` if it is missing. The pointer `""` is the whole item.
    ///
    /// # Panics
    ///
    /// If the text is not a JSON pointer, such as `spec.nodeName`, or if a `/` in a label or annotation key
    /// is not written `~1`: such a pointer can never match. The call of the plugin then fails with a message
    /// that shows the expected form. [`set`](Self::set) returns it as an error.
    #[track_caller]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        expect_pointer(self, pointer);
        self.as_value().pointer(pointer)
    }

    /// Like [`get`](Self::get); also `None` if the value is not a string.
    #[track_caller]
    pub fn get_str(&self, pointer: &str) -> Option<&str> {
        self.get(pointer)?.as_str()
    }

    /// Sets the value at a JSON pointer. Setting an equal value is not a change.
    ///
    /// Missing or `null` parents are created: objects, or an array for `-`, which appends
    /// (`/spec/tolerations/-`). The item is unchanged on error. Errors are: an invalid pointer, a path
    /// through a value that is neither object nor array, an index out of range, and removing `kind`,
    /// `apiVersion` or `metadata`.
    #[track_caller]
    pub fn set(&mut self, pointer: &str, value: impl Into<Value>) -> Result<()> {
        let value = value.into();
        if self.as_value().pointer(pointer) == Some(&value) {
            return Ok(());
        }
        match pointer {
            "" => head::check(&value)?,
            "/kind" | "/apiVersion" if value.as_str().unwrap_or_default().is_empty() => {
                bail!("`{pointer}` of {self} must be a non-empty string, found {value}")
            }
            "/metadata" if !value.is_object() => {
                bail!("`/metadata` of {self} must be an object, found {value}")
            }
            _ => {}
        }
        match self.change(|tree| pointer::set(tree, pointer, value)) {
            Ok(()) => Ok(()),
            Err(why) => bail!("cannot set `{pointer}` of {self}: {why}"),
        }
    }

    /// Removes the value at a JSON pointer and returns it. Returns `None`, and changes nothing, if it is
    /// missing.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), if the text is not a JSON pointer; and for the whole item, `/kind`,
    /// `/apiVersion` and `/metadata`, because Velero cannot store or restore an object that lacks one of
    /// them.
    #[track_caller]
    pub fn remove(&mut self, pointer: &str) -> Option<Value> {
        assert!(
            !matches!(pointer, "" | "/kind" | "/apiVersion" | "/metadata"),
            "cannot remove `{pointer}` of {self}: every Kubernetes object needs it; to omit the item, return \
             the output's `skip()`"
        );
        self.get(pointer)?;
        self.change(|tree| pointer::remove(tree, pointer).ok_or(())).ok()
    }

    /// Returns the whole object.
    pub fn as_value(&self) -> &Value {
        self.tree.get_or_init(|| {
            LOOKED.store(true, Ordering::Relaxed);
            // The head was parsed, so this parses.
            self.source.as_ref().and_then(|source| parse(&source.bytes).ok()).unwrap_or_default()
        })
    }

    /// Whether any method has changed a value since the item was created. Changes that cancel each other out
    /// count.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// Returns the JSON. For an unchanged item, the original bytes, not copied.
    pub fn to_json(&self) -> Bytes {
        match &self.source {
            Some(source) => source.bytes.clone(),
            // Writing JSON values to memory cannot fail.
            None => serde_json::to_vec(self.as_value()).unwrap_or_default().into(),
        }
    }

    /// Passes the tree to `edit`, which changed it if it returns `Ok`.
    fn change<T, E>(&mut self, edit: impl FnOnce(&mut Value) -> Result<T, E>) -> Result<T, E> {
        self.as_value();
        let mut tree = self.tree.take().unwrap_or_default();
        let edited = edit(&mut tree);
        self.tree = OnceLock::from(tree);
        if edited.is_ok() {
            self.source = None;
            self.changed = true;
        }
        edited
    }
}

#[track_caller]
fn expect_pointer(item: &Item, pointer: &str) {
    if let Err(why) = pointer::check(pointer) {
        panic!("cannot look up `{pointer}` in {item}: {why}");
    }
}

#[track_caller]
fn parse(json: &[u8]) -> Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    // The head has checked the depth.
    deserializer.disable_recursion_limit();
    match Value::deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(Error::from(error).context("invalid JSON in the item")),
    }
}

/// Shares the bytes; the tree of an unchanged item is parsed again on first access.
impl Clone for Item {
    fn clone(&self) -> Self {
        let tree = if self.source.is_some() { OnceLock::new() } else { self.tree.clone() };
        Self { source: self.source.clone(), tree, changed: self.changed }
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Some(own), Some(others)) if own.bytes == others.bytes => true,
            _ => self.as_value() == other.as_value(),
        }
    }
}

/// `Pod shop/web`, without namespace `Namespace shop`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match (self.namespace(), self.name()) {
            ("", "") => Ok(()),
            ("", name) => write!(f, " {name}"),
            (namespace, name) => write!(f, " {namespace}/{name}"),
        }
    }
}

/// `Item(Pod shop/web)`.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({self})")
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
