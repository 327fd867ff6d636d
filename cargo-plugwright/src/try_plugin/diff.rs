//! The changes of an action to an item, as a unified diff of its YAML.

use plugwright::Item;
use similar::{ChangeTag, TextDiff};

use crate::{style, yaml};

/// One line of a diff.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    /// `@@ -1,3 +1,4 @@`
    Hunk(String),
    Same(String),
    Added(String),
    Removed(String),
}

impl Line {
    /// The color.
    pub(crate) fn style(&self) -> anstyle::Style {
        match self {
            Self::Hunk(_) => style::HUNK,
            Self::Same(_) => anstyle::Style::new(),
            Self::Added(_) => style::ADDED,
            Self::Removed(_) => style::REMOVED,
        }
    }

    /// The line in a unified diff.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Hunk(text) => text.clone(),
            Self::Same(text) => format!(" {text}"),
            Self::Added(text) => format!("+{text}"),
            Self::Removed(text) => format!("-{text}"),
        }
    }
}

/// The changed lines with context; empty for equal items.
pub(crate) fn lines(before: &Item, after: &Item) -> Vec<Line> {
    let (before, after) = (yaml::write(before.as_value()), yaml::write(after.as_value()));
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push(Line::Hunk(hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let text = change.value().trim_end_matches('\n').to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Insert => Line::Added(text),
                ChangeTag::Delete => Line::Removed(text),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_changes_with_context() -> plugwright::Result<()> {
        let before = Item::from_json(r#"{"kind":"A","a":1,"b":1,"c":1,"d":1,"e":1,"x":"0"}"#)?;
        let after = Item::from_json(r#"{"kind":"A","a":1,"b":1,"c":1,"d":1,"e":1,"x":["1"]}"#)?;
        let text: Vec<_> = lines(&before, &after).iter().map(Line::text).collect();
        assert_eq!(text, ["@@ -4,4 +4,5 @@", " d: 1", " e: 1", " kind: A", "-x: \"0\"", "+x:", "+- \"1\""]);
        assert_eq!(lines(&before, &before), []);
        Ok(())
    }
}
