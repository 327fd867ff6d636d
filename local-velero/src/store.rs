//! Reads the content of a file-based object store.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

/// The bucket of every storage location.
pub const BUCKET: &str = "backups";
/// The prefix of every storage location.
pub(crate) const PREFIX: &str = "local";

/// The objects that Velero has stored.
pub struct Store {
    /// The root directory.
    pub root: PathBuf,
}

impl Store {
    /// The sorted keys below `<prefix>/<kind>/<name>/`, relative to it. `kind` is `backups` or `restores`.
    pub fn keys(&self, kind: &str, name: &str) -> Result<Vec<String>> {
        let folder = self.folder(kind, name);
        let mut keys = Vec::new();
        // A missing folder has no objects.
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            keys.push(entry?.file_name().to_string_lossy().into_owned());
        }
        keys.sort();
        Ok(keys)
    }

    /// Reads an object; `None` if it does not exist.
    pub fn object(&self, kind: &str, name: &str, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.folder(kind, name).join(key);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).with_context(|| path.display().to_string()),
        }
    }

    /// Reads a gzipped text object.
    pub fn text(&self, kind: &str, name: &str, key: &str) -> Result<String> {
        let path = self.folder(kind, name).join(key);
        let mut text = String::new();
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        GzDecoder::new(file).read_to_string(&mut text).with_context(|| path.display().to_string())?;
        Ok(text)
    }

    /// The log of a backup or restore, as JSON records like the server's log.
    pub fn log(&self, kind: &str, name: &str) -> Result<Vec<Record>> {
        let key = match kind {
            "restores" => format!("restore-{name}-logs.gz"),
            _ => format!("{name}-logs.gz"),
        };
        let text = self.text(kind, name, &key)?;
        text.lines().map(|line| Ok(Record(serde_json::from_str(line)?))).collect()
    }

    /// The items in a backup's tarball, by path.
    pub fn items(&self, backup: &str) -> Result<BTreeMap<String, Value>> {
        let path = self.folder("backups", backup).join(format!("{backup}.tar.gz"));
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        let mut items = BTreeMap::new();
        for entry in tar::Archive::new(GzDecoder::new(file)).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let name = path.display().to_string();
            // The tarball repeats each item below the API's preferred version.
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

/// A log record.
#[derive(Debug)]
pub struct Record(Value);

impl Record {
    /// A field as text; empty if it is missing.
    pub fn get(&self, field: &str) -> String {
        match &self.0[field] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        }
    }

    /// Whether the record has this message.
    pub fn has_message(&self, message: &str) -> bool {
        self.0["msg"] == message
    }
}
