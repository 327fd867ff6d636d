use plugwright::types::ObjectMeta;
use serde::Deserialize;

use super::glob;

/// The number of a change, in an annotation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Ticket {
    /// Its name.
    pub(crate) annotation: String,
    /// What its value has to look like; `*` stands for any text.
    #[serde(default = "any")]
    pub(crate) pattern: String,
}

fn any() -> String {
    "*".into()
}

impl Ticket {
    /// The first value that has the annotation, of the request or of its application.
    pub(crate) fn on<'a>(&self, objects: [&'a ObjectMeta; 2]) -> Option<&'a str> {
        let value = |object: &'a ObjectMeta| object.annotations.get(&self.annotation);
        objects.into_iter().filter_map(value).map(String::as_str).find(|value| !value.is_empty())
    }

    pub(crate) fn accepts(&self, value: &str) -> bool {
        glob::matches(&self.pattern, value)
    }
}
