//! What `cargo plugwright` reads from files.

use cargo_plugwright::__private as readers;
use serde_json::Value;

use super::input::texts;

/// As TOML; as JSON, which `cargo metadata` prints, if it is not.
pub(super) fn table(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => serde_json::to_value(table).ok(),
        Err(_) => serde_json::from_str(text).ok(),
    };
    if let Some(Err(problems)) = table.as_ref().map(readers::read_table) {
        assert!(!problems.is_empty(), "expected the problems of {text:?}");
    }
}

pub(super) fn yaml(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(items) = readers::read_items(text) {
        assert!(!items.is_empty());
    }
    for value in readers::read_yaml(text).unwrap_or_default() {
        let written = readers::write_yaml(&value);
        let back = readers::read_yaml(&written);
        // A document without content is left out.
        let expected = if value.is_null() && back == Ok(Vec::new()) { Vec::new() } else { vec![value] };
        assert_eq!(back, Ok::<Vec<Value>, _>(expected), "written as {written:?}");
    }
}

pub(super) fn image_name(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok([whole, registry, without_tag]) = readers::read_image_name(&text) {
        let tag = whole.strip_prefix(&without_tag).and_then(|rest| rest.strip_prefix(':'));
        assert!(!registry.is_empty() && tag.is_some_and(|tag| !tag.contains('/')), "{text:?}");
        let again = readers::read_image_name(&whole);
        assert_eq!(again, Ok([whole, registry, without_tag]), "{text:?}");
    }
}

pub(super) fn elf(input: &[u8]) {
    if let Err(problem) = readers::read_elf(input) {
        assert!(problem.starts_with("It is "), "{problem}");
    }
}

/// A registry and a configuration.
pub(super) fn docker(input: &[u8]) {
    let parts = texts(input);
    let registry = parts.first().map_or("", String::as_str);
    let config = input.get(registry.len() + 1..).unwrap_or_default();
    let _ = readers::read_credentials(config, registry);
}
