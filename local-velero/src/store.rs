//! The disk of an object store of files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

/// The bucket of every storage location.
pub const BUCKET: &str = "backups";
/// The prefix of every storage location.
pub(crate) const PREFIX: &str = "local";

/// Reads what Velero has stored.
pub struct Store {
    /// The root directory.
    pub root: PathBuf,
}

impl Store {
    /// The keys below `<prefix>/<kind>/<name>/`, where kind is `backups` or `restores`; without that path, and sorted.
    pub fn keys(&self, kind: &str, name: &str) -> Result<Vec<String>> {
        let folder = self.folder(kind, name);
        let mut keys = Vec::new();
        // A folder that is not there has no objects in it.
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            keys.push(entry?.file_name().to_string_lossy().into_owned());
        }
        keys.sort();
        Ok(keys)
    }

    /// An object that is a gzipped text.
    pub fn text(&self, kind: &str, name: &str, key: &str) -> Result<String> {
        let path = self.folder(kind, name).join(key);
        let mut text = String::new();
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        GzDecoder::new(file).read_to_string(&mut text).with_context(|| path.display().to_string())?;
        Ok(text)
    }

    /// The log of a backup or a restore. Velero writes it as the server's own, in JSON.
    pub fn log(&self, kind: &str, name: &str) -> Result<Vec<Record>> {
        let key = match kind {
            "restores" => format!("restore-{name}-logs.gz"),
            _ => format!("{name}-logs.gz"),
        };
        let text = self.text(kind, name, &key)?;
        text.lines().map(|line| Ok(Record(serde_json::from_str(line)?))).collect()
    }

    /// The items in a backup's tarball: their paths, and what is in them.
    pub fn items(&self, backup: &str) -> Result<BTreeMap<String, Value>> {
        let path = self.folder("backups", backup).join(format!("{backup}.tar.gz"));
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        let mut items = BTreeMap::new();
        for entry in tar::Archive::new(GzDecoder::new(file)).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let name = path.display().to_string();
            // Each item is there twice: below the version that the API prefers, too.
            if path.extension().is_none_or(|extension| extension != "json")
                || name.contains("-preferredversion/")
            {
                continue;
            }
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            items.insert(name, serde_json::from_str(&text)?);
        }
        Ok(items)
    }

    fn folder(&self, kind: &str, name: &str) -> PathBuf {
        self.root.join(BUCKET).join(PREFIX).join(kind).join(name)
    }
}

/// A line of a log.
#[derive(Debug)]
pub struct Record(Value);

impl Record {
    /// A field as text; empty if there is no such field.
    pub fn get(&self, field: &str) -> String {
        match &self.0[field] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        }
    }

    /// Whether its message is this one.
    pub fn has_message(&self, message: &str) -> bool {
        self.0["msg"] == message
    }
}
