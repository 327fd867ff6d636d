//! Which objects there are.

use std::fs;
use std::path::Path;

use plugwright::prelude::*;

use super::found;

/// All keys of a bucket that begin with `prefix`, in byte order. The prefix is a text, and no directory.
pub(super) fn list(bucket: &Path, prefix: &str) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    walk(bucket, "", prefix, &mut keys)?;
    keys.sort_unstable();
    Ok(keys)
}

/// `above` is what all keys in the directory begin with: nothing, or a text with a `/` at its end.
fn walk(directory: &Path, above: &str, prefix: &str, keys: &mut Vec<String>) -> Result<()> {
    // A location that is new has no directory yet.
    let Some(entries) = found(fs::read_dir(directory), directory)? else { return Ok(()) };
    for entry in entries {
        let entry = entry.with_context(|| directory.display().to_string())?;
        // Keys are text: a file whose name is not is nobody's object.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Some(file_type) = found(entry.file_type(), &entry.path())? else { continue };
        let mut key = format!("{above}{name}");
        if file_type.is_dir() {
            key.push('/');
            if key.starts_with(prefix) || prefix.starts_with(&key) {
                walk(&entry.path(), &key, prefix, keys)?;
            }
        } else if file_type.is_file() && key.starts_with(prefix) {
            keys.push(key);
        }
    }
    Ok(())
}

/// Each of the sorted keys up to and with the first `delimiter` behind `prefix`, once.
pub(super) fn common_prefixes(keys: &[String], prefix: &str, delimiter: &str) -> Vec<String> {
    if delimiter.is_empty() {
        return Vec::new();
    }
    let cut = |key: &String| {
        let (before, _) = key.strip_prefix(prefix)?.split_once(delimiter)?;
        Some([prefix, before, delimiter].concat())
    };
    let mut prefixes: Vec<_> = keys.iter().filter_map(cut).collect();
    prefixes.dedup();
    prefixes
}
