//! Label and field selectors.

use plugwright_model::label_selector::{self, LabelSelector};
use serde_json::Value;

use crate::request::Target;
use crate::status::Failure;

/// The selection of a list, watch or deletion of a collection.
#[derive(Debug)]
pub(super) struct Selector {
    labels: LabelSelector,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    pointer: String,
    value: String,
    equal: bool,
}

impl Selector {
    pub(super) fn of(target: &Target) -> Result<Self, Failure> {
        let labels = label_selector::parse(target.query("labelSelector"))
            .map_err(|error| Failure::bad_request(format!("unable to parse the label selector: {error}")))?;
        let fields = target.query("fieldSelector").split(',').filter(|part| !part.is_empty());
        Ok(Self { labels, fields: fields.map(field).collect::<Result<_, _>>()? })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"].get(key).and_then(Value::as_str);
        self.labels.matches(label) && self.fields.iter().all(|field| field.matches(object))
    }
}

/// `metadata.name=web`, `status.phase!=Running`.
fn field(text: &str) -> Result<Field, Failure> {
    let (path, value, equal) = text
        .split_once("!=")
        .map(|(path, value)| (path, value, false))
        .or_else(|| {
            text.split_once("==").or_else(|| text.split_once('=')).map(|(path, value)| (path, value, true))
        })
        .ok_or_else(|| {
            Failure::bad_request(format!("invalid field selector: expected `path=value`, found `{text}`"))
        })?;
    let pointer = path.split('.').fold(String::new(), |pointer, part| pointer + "/" + part);
    Ok(Field { pointer, value: value.to_owned(), equal })
}

impl Field {
    fn matches(&self, object: &Value) -> bool {
        let found = match object.pointer(&self.pointer) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        (found == self.value) == self.equal
    }
}
