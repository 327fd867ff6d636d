//! The JSON that a [`Backup`](super::Backup) or [`Restore`](super::Restore) was read from.

use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::named_field;
use crate::error::Result;

/// Keeps the JSON for access to fields without a type, parsed on first access. It is not part of the object's
/// value: two objects with the same fields are equal.
#[derive(Clone, Default)]
pub(crate) struct Original {
    json: Option<Box<[u8]>>,
    tree: OnceLock<Value>,
}

impl Original {
    pub(crate) fn new(json: &[u8]) -> Self {
        Self { json: Some(json.into()), tree: OnceLock::new() }
    }

    /// The tree; built from `object` if there was no JSON.
    pub(crate) fn tree(&self, object: &impl Serialize) -> &Value {
        self.tree.get_or_init(|| {
            let parsed = self.json.as_deref().map(serde_json::from_slice);
            parsed.unwrap_or_else(|| serde_json::to_value(object)).unwrap_or_default()
        })
    }
}

impl PartialEq for Original {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.json.is_some() { "JSON" } else { "none" })
    }
}

/// Parses an object; `null` becomes the default one. `what` is its version and kind.
#[track_caller]
pub(crate) fn read<T: DeserializeOwned + Default>(json: &[u8], what: &str) -> Result<T> {
    named_field::read(json, &format!("invalid {what}"))
}
