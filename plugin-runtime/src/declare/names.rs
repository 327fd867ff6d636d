//! By which names a host calls plugins and their kinds.

use std::fmt;

use plugwright_model::Kind;

use super::Declaration;

/// Whose names they are.
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

    /// What else may be the matter where a name is not found.
    pub(super) fn hint(self, asked: &Asked<'_>) -> &'static str {
        if self == Self::Velero || asked.may_be_a_name() {
            return "";
        }
        "; this host seems to be Ark 0.9 or older, which names no plugin in its calls: let it start the plugin by a \
         link `ark-<kind>-<name>` to this file"
    }
}

/// A name as the host sent it. That of a host which speaks another dialect may be anything, a whole item even.
pub(super) struct Asked<'a>(pub(super) &'a str);

/// How much of a name is shown.
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
        let more = if start.len() < self.0.len() { " and more" } else { "" };
        write!(f, "{start:?}{more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::testing::restore;

    #[test]
    fn ark_calls_a_plugin_by_the_part_after_the_slash_or_by_a_name_of_its_own() {
        let plugin = restore("a.b/c");
        assert_eq!((Names::Velero.of(&plugin), Names::Ark.of(&plugin)), ("a.b/c", "c"));
        let plugin = plugin.ark_name("d");
        assert_eq!((Names::Velero.of(&plugin), Names::Ark.of(&plugin)), ("a.b/c", "d"));
        assert_eq!(Names::Ark.of_kind(Kind::VolumeSnapshotter), "BlockStore");
        assert_eq!(Names::Velero.of_kind(Kind::VolumeSnapshotter), "VolumeSnapshotter");
    }

    #[test]
    fn a_name_that_is_none_is_shown_short_and_escaped() {
        assert_eq!(Asked("a.b/c d").to_string(), "a.b/c d");
        assert_eq!(Asked("").to_string(), r#""""#);
        assert_eq!(Asked("\n\u{6}bucket").to_string(), r#""\n\u{6}bucket""#);
        assert_eq!(Names::Ark.hint(&Asked("mycloud")), "");
        assert!(Names::Ark.hint(&Asked("")).contains("Ark 0.9 or older"));
        let item = format!("{{{}", "x".repeat(5000));
        assert_eq!(Asked(&item).to_string(), format!("\"{{{}\" and more", "x".repeat(99)));
    }
}
