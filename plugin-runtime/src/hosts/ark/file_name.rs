//! The file name by which Ark 0.6 to 0.9 identifies a plugin.

use std::fmt;
use std::path::Path;

use plugwright_model::Kind;

use crate::Declaration;
use crate::declare::names::Names;

/// `ark-objectstore-mycloud` (Ark 0.9, `pkg/plugin/manager.go`, `parse`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileName {
    word: &'static str,
    kinds: &'static [Kind],
    /// The name of the plugin, or of both stores.
    pub(crate) name: String,
}

/// The words allowed in a file name, in the order in which Ark tries them.
const WORDS: [(&str, &[Kind]); 5] = [
    ("objectstore", &[Kind::ObjectStore]),
    ("blockstore", &[Kind::VolumeSnapshotter]),
    ("cloudprovider", &[Kind::ObjectStore, Kind::VolumeSnapshotter]),
    ("backupitemaction", &[Kind::BackupItemAction]),
    ("restoreitemaction", &[Kind::RestoreItemAction]),
];

impl FileName {
    /// Returns `None` if Ark would not start the file.
    pub(crate) fn parse(command: &str) -> Option<Self> {
        let file = Path::new(command).file_name()?.to_str()?;
        WORDS.into_iter().find_map(|(word, kinds)| {
            let prefix = format!("ark-{word}-");
            // Ark removes every occurrence of the prefix.
            file.starts_with(&prefix).then(|| Self { word, kinds, name: file.replace(&prefix, "") })
        })
    }

    /// Returns the file name by which Ark identifies a plugin; `None` if Ark lacks the kind.
    pub(crate) fn of(plugin: &Declaration) -> Option<String> {
        let (word, _) = WORDS.into_iter().find(|(_, kinds)| *kinds == [plugin.kind])?;
        Some(format!("ark-{word}-{}", Names::Ark.of(plugin)))
    }

    /// The kinds that Ark requests from this process: one kind, or both stores.
    pub(crate) fn kinds(&self) -> &'static [Kind] {
        self.kinds
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ark-{}-{}", self.word, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_kind_and_name() {
        let parse = |command| FileName::parse(command).map(|file| (file.kinds, file.name.clone()));
        let stores: &[Kind] = &[Kind::ObjectStore, Kind::VolumeSnapshotter];
        assert_eq!(parse("/plugins/ark-objectstore-my-cloud"), Some((&stores[..1], "my-cloud".into())));
        assert_eq!(parse("ark-cloudprovider-x"), Some((stores, "x".into())));
        assert_eq!(parse("./ark-blockstore-x"), Some((&stores[1..], "x".into())));
        assert_eq!(
            parse("ark-backupitemaction-ark-backupitemaction-x").map(|(_, name)| name),
            Some("x".into())
        );
        for other in ["", "/", "ark-plugins", "ark-objectstore", "my-ark-objectstore-x", "ark-ObjectStore-x"]
        {
            assert_eq!(FileName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn ark_starts_the_file_of_a_plugin() {
        use crate::declare::testing::{delete, restore};
        let file = FileName::of(&restore("a.b/c-d"));
        assert_eq!(file.as_deref(), Some("ark-restoreitemaction-c-d"));
        assert_eq!(FileName::of(&restore("a.b/c").ark_name("x")).as_deref(), Some("ark-restoreitemaction-x"));
        assert_eq!(FileName::of(&delete("a.b/c")), None);
    }

    #[test]
    fn displays_the_file_name() {
        let file = FileName::parse("/plugins/ark-restoreitemaction-a-b").unwrap();
        assert_eq!(file.to_string(), "ark-restoreitemaction-a-b");
    }
}
