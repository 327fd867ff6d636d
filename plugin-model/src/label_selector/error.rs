use std::fmt;
use std::ops::Range;

use crate::label::LabelError;

/// An invalid label selector, with the place of the error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelSelectorError {
    reason: Reason,
    range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Unexpected { found: String, expected: Expected },
    Label { what: What, error: LabelError },
    NotANumber,
}

/// What the parser expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Key,
    Operator,
    Comma,
    Value,
    Open,
    ValueInSet,
    CommaInSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Key,
    Value,
}

impl LabelSelectorError {
    pub(super) fn unexpected(found: &str, range: Range<usize>, expected: Expected) -> Self {
        Self { reason: Reason::Unexpected { found: found.to_owned(), expected }, range }
    }

    /// Creates an error from `error` in a word that starts where `word` starts.
    pub(super) fn in_label(what: What, word: &Range<usize>, error: LabelError) -> Self {
        let inner = error.range();
        let range = word.start + inner.start..word.start + inner.end;
        Self { reason: Reason::Label { what, error }, range }
    }

    pub(super) fn not_a_number(range: Range<usize>) -> Self {
        Self { reason: Reason::NotANumber, range }
    }

    /// Returns the byte range of the error; empty and at the end if something is missing there.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl fmt::Display for LabelSelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Unexpected { found, expected } => {
                let expected = match expected {
                    Expected::Key => "expected a label key",
                    Expected::Operator => {
                        "expected `,` or one of `=`, `==`, `!=`, `in`, `notin`, `<` and `>` after the key"
                    }
                    Expected::Comma => "expected `,` between two requirements",
                    Expected::Value => "expected a value",
                    Expected::Open => "expected `(` and a list of values",
                    Expected::ValueInSet => "expected a value or `)`",
                    Expected::CommaInSet => "expected `,` or `)` after the value",
                };
                match found.as_str() {
                    "" => write!(f, "{expected}, found the end"),
                    found => write!(f, "{expected}, found `{found}`"),
                }
            }
            Reason::Label { what: What::Key, error } => write!(f, "invalid key: {error}"),
            Reason::Label { what: What::Value, error } => write!(f, "invalid value: {error}"),
            Reason::NotANumber => f.write_str("expected a whole number after `<` or `>`"),
        }
    }
}

impl std::error::Error for LabelSelectorError {}
