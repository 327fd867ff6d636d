use plugwright::types::ObjectMeta;
use serde::Deserialize;

use super::glob;

/// A ticket number in an annotation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Ticket {
    /// The name of the annotation.
    pub(crate) annotation: String,
    /// A pattern for the value. `*` matches any text.
    #[serde(default = "any")]
    pub(crate) pattern: String,
}

fn any() -> String {
    "*".into()
}

impl Ticket {
    /// The value on the first object with the annotation: the request or its application.
    pub(crate) fn on<'a>(&self, objects: [&'a ObjectMeta; 2]) -> Option<&'a str> {
        let value = |object: &'a ObjectMeta| object.annotations.get(&self.annotation);
        objects.into_iter().filter_map(value).map(String::as_str).find(|value| !value.is_empty())
    }

    pub(crate) fn accepts(&self, value: &str) -> bool {
        glob::matches(&self.pattern, value)
    }
}
