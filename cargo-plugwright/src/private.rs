//! Readers of bytes that the fuzz targets in `reliability` call. They are not part of an API.

use serde_json::Value;

use crate::declared::Declared;
use crate::{check, image, manifest, yaml};

/// Reads a program for `check`; the error names the actual format.
pub fn read_elf(content: &[u8]) -> Result<(), String> {
    check::read_elf(content)
}

/// Reads `[package.metadata.plugwright]`.
pub fn read_table(table: &Value) -> Result<(), Vec<String>> {
    Declared::read(table).map(drop)
}

/// Reads the items of a file for `try`; returns each with its place.
pub fn read_items(text: &str) -> Result<Vec<String>, String> {
    manifest::read_text(text)
}

/// Writes a value as YAML.
pub fn write_yaml(value: &Value) -> String {
    yaml::write(value)
}

/// Reads the values of a YAML stream.
pub fn read_yaml(text: &str) -> Result<Vec<Value>, String> {
    Ok(yaml::read(text)?.into_iter().map(|document| document.value).collect())
}

/// Parses an image's name; returns it in full, its registry, and the name without the tag.
pub fn read_image_name(text: &str) -> Result<[String; 3], String> {
    image::read_name(text)
}

/// Reads a registry's credentials from Docker's configuration; the error is the command's message.
pub fn read_credentials(config: &[u8], registry: &str) -> Result<(), String> {
    image::read_credentials(config, registry)
}
