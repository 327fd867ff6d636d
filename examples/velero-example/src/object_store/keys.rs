//! Lists objects.

use std::fs;
use std::path::Path;

use plugwright::prelude::*;

use super::found;

/// All keys in a bucket that begin with the text `prefix`, in byte order.
pub(super) fn list(bucket: &Path, prefix: &str) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        let path = bucket.join(&directory);
        // The bucket may not exist, and directories may be removed during the walk.
        let Some(entries) = found(fs::read_dir(&path), &path)? else { continue };
        for entry in entries {
            let entry = entry.with_context(|| path.display().to_string())?;
            // Keys are UTF-8; other files are not objects.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let key = format!("{directory}{name}");
            let Some(file_type) = found(entry.file_type(), &entry.path())? else { continue };
            if file_type.is_dir() {
                let below = key + "/";
                if below.starts_with(prefix) || prefix.starts_with(&below) {
                    directories.push(below);
                }
            } else if file_type.is_file() && key.starts_with(prefix) {
                keys.push(key);
            }
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

/// Truncates the sorted keys after the first `delimiter` that follows `prefix`, without duplicates.
pub(super) fn common_prefixes(keys: &[String], prefix: &str, delimiter: &str) -> Vec<String> {
    if delimiter.is_empty() {
        return Vec::new();
    }
    let cut = |key: &String| {
        let (before, _) = key.strip_prefix(prefix)?.split_once(delimiter)?;
        Some(format!("{prefix}{before}{delimiter}"))
    };
    let mut prefixes: Vec<_> = keys.iter().filter_map(cut).collect();
    prefixes.dedup();
    prefixes
}
