//! The names that hosts use for plugins and kinds.

use std::fmt;

use plugwright_model::Kind;

use super::Declaration;

/// The host family that uses the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// `example.io/mycloud`, and the kinds of [`Kind::name`].
    Velero,
    /// `mycloud`, and a kind `BlockStore` (Ark's `pkg/plugin/plugin_kinds.go`).
    Ark,
}

impl Names {
    pub(crate) fn of(self, declaration: &Declaration) -> &str {
        let name = declaration.name.as_str();
        match (self, &declaration.ark_name) {
            (Self::Velero, _) => name,
            (Self::Ark, Some(name)) => name,
            (Self::Ark, None) => name.rsplit_once('/').map_or(name, |(_, name)| name),
        }
    }

    pub(crate) fn of_kind(self, kind: Kind) -> &'static str {
        match self {
            Self::Velero => kind.name(),
            Self::Ark => kind.ark().unwrap_or(kind.name()),
        }
    }

    /// A hint for a name that was not found.
    pub(super) fn hint(self, asked: &Asked<'_>) -> &'static str {
        if self == Self::Velero || asked.may_be_a_name() {
            return "";
        }
        "; this host seems to be Ark 0.9 or earlier, whose calls do not name a plugin: let it start a link \
         `ark-<kind>-<name>` to this file"
    }
}

/// A name sent by the host. A host that speaks another dialect may send anything, even a whole item.
pub(super) struct Asked<'a>(pub(super) &'a str);

/// The maximum length of a displayed name.
const MOST: usize = 100;

impl Asked<'_> {
    fn may_be_a_name(&self) -> bool {
        let plain = |c: char| !c.is_control() && !matches!(c, '{' | '"');
        !self.0.is_empty() && self.0.len() <= MOST && self.0.chars().all(plain)
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.may_be_a_name() {
            return f.write_str(self.0);
        }
        let start: String = self.0.chars().take(MOST).collect();
        let more = if start.len() < self.0.len() { " (truncated)" } else { "" };
        write!(f, "{start:?}{more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::testing::restore;

    #[test]
    fn ark_name_is_the_part_after_the_slash_or_explicit() {
        let plugin = restore("a.b/c");
        assert_eq!((Names::Velero.of(&plugin), Names::Ark.of(&plugin)), ("a.b/c", "c"));
        let plugin = plugin.ark_name("d");
        assert_eq!((Names::Velero.of(&plugin), Names::Ark.of(&plugin)), ("a.b/c", "d"));
        assert_eq!(Names::Ark.of_kind(Kind::VolumeSnapshotter), "BlockStore");
        assert_eq!(Names::Velero.of_kind(Kind::VolumeSnapshotter), "VolumeSnapshotter");
    }

    #[test]
    fn invalid_name_is_truncated_and_escaped() {
        assert_eq!(Asked("a.b/c d").to_string(), "a.b/c d");
        assert_eq!(Asked("").to_string(), r#""""#);
        assert_eq!(Asked("\n\u{6}bucket").to_string(), r#""\n\u{6}bucket""#);
        assert_eq!(Names::Ark.hint(&Asked("mycloud")), "");
        assert!(Names::Ark.hint(&Asked("")).contains("Ark 0.9 or earlier"));
        let item = format!("{{{}", "x".repeat(5000));
        assert_eq!(Asked(&item).to_string(), format!("\"{{{}\" (truncated)", "x".repeat(99)));
    }
}
