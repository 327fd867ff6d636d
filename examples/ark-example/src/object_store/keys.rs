//! Lists objects.

use std::fs;
use std::path::Path;

use plugwright::prelude::*;

use super::found;

/// All keys in a bucket that begin with the text `prefix`, in byte order.
pub(super) fn list(bucket: &Path, prefix: &str) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    walk(bucket, "", prefix, &mut keys)?;
    keys.sort_unstable();
    Ok(keys)
}

/// `above` is the common prefix of all keys in the directory: empty, or ending with `/`.
fn walk(directory: &Path, above: &str, prefix: &str, keys: &mut Vec<String>) -> Result<()> {
    // The directory of a new location does not exist.
    let Some(entries) = found(fs::read_dir(directory), directory)? else { return Ok(()) };
    for entry in entries {
        let entry = entry.with_context(|| directory.display().to_string())?;
        // Keys are UTF-8; other files are not objects.
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

/// Truncates the sorted keys after the first `delimiter` that follows `prefix`, without duplicates.
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
