//! What an object store has on its disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

/// The bucket of every storage location.
pub(crate) const BUCKET: &str = "backups";
/// The prefix of every storage location.
pub(crate) const PREFIX: &str = "e2e";

/// The root directory of the example's object store.
pub(crate) struct Store {
    pub(crate) root: PathBuf,
}

impl Store {
    /// The keys below `<prefix>/<kind>/<name>/`, where kind is `backups` or `restores`; without that path, and sorted.
    pub(crate) fn keys(&self, kind: &str, name: &str) -> Result<Vec<String>> {
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
    pub(crate) fn text(&self, kind: &str, name: &str, key: &str) -> Result<String> {
        let path = self.folder(kind, name).join(key);
        let mut text = String::new();
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        GzDecoder::new(file).read_to_string(&mut text).with_context(|| path.display().to_string())?;
        Ok(text)
    }

    /// The log of a backup or a restore: a record a line.
    pub(crate) fn log(&self, kind: &str, name: &str) -> Result<Vec<Record>> {
        let key = match kind {
            "restores" => format!("restore-{name}-logs.gz"),
            _ => format!("{name}-logs.gz"),
        };
        Ok(self.text(kind, name, &key)?.lines().map(Record::parse).collect())
    }

    /// The items in a backup's tarball: their paths, and what is in them.
    pub(crate) fn items(&self, backup: &str) -> Result<BTreeMap<String, Value>> {
        let path = self.folder("backups", backup).join(format!("{backup}.tar.gz"));
        let file = fs::File::open(&path).with_context(|| path.display().to_string())?;
        let mut items = BTreeMap::new();
        for entry in tar::Archive::new(GzDecoder::new(file)).entries()? {
            let mut entry = entry?;
            let name = entry.path()?.display().to_string();
            // Each item is there twice: below the version that the API prefers, too.
            if !name.ends_with(".json") || name.contains("-preferredversion/") {
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

/// A line of a log, as logrus writes them: `time="…" level=info msg="…" logSource="…"`; in a restore's log it is JSON, as in that of
/// the server.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Record(BTreeMap<String, String>);

impl Record {
    fn parse(line: &str) -> Self {
        if let Ok(Value::Object(fields)) = serde_json::from_str(line) {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            return Self(fields.iter().map(|(key, value)| (key.clone(), text(value))).collect());
        }
        let mut fields = BTreeMap::new();
        let mut rest = line;
        while let Some((key, after)) = rest.split_once('=') {
            let (value, after) = value(after);
            fields.insert(key.trim().to_owned(), value);
            rest = after;
        }
        Self(fields)
    }

    /// Empty if there is no such field.
    pub(crate) fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    pub(crate) fn message(&self) -> &str {
        self.get("msg")
    }
}

/// A value in quotes, or up to the next space; and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(' ').unwrap_or((text, ""));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, other)) => value.push(other),
                None => break,
            },
            letter => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_fields() {
        let record = Record::parse(
            r#"time="2026-01-02T03:04:05Z" level=warning msg="said \"no\",\nand = left" backup=velero/b1 logSource="src/a.rs:7""#,
        );
        assert_eq!(record.message(), "said \"no\",\nand = left");
        assert_eq!(record.get("level"), "warning");
        assert_eq!(record.get("backup"), "velero/b1");
        assert_eq!(record.get("logSource"), "src/a.rs:7");
        assert_eq!(record.get("none"), "");
        let record = Record::parse(r#"{"level":"info","msg":"said \"no\"","attempt":2}"#);
        assert_eq!((record.message(), record.get("attempt")), ("said \"no\"", "2"));
    }
}
