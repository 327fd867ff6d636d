//! The objects an action applies to: errors in the lists, and Velero's rule for one object.
//!
//! Velero does not check an action's lists (`pkg/plugin/framework/action_resolver.go`, `resolveAction`): an
//! entry that cannot match anything only means that the action is never called. This module rejects entries
//! that match nothing in any cluster, and entries that Velero rejects in the lists of a backup
//! (`pkg/util/collections/includes_excludes.go`, `ValidateIncludesExcludes`). It accepts everything that can
//! have an effect: `secret`, `Secret` and `secrets` are the same to Velero, and short names, prefixes of
//! groups and patterns work.

mod entry;
mod includes_excludes;
mod matching;

use std::fmt;

pub use entry::{EntryError, check_namespace, check_resource};
pub use includes_excludes::IncludesExcludes;
pub use matching::{Resolved, WhyNot};

/// The selection of an action, as declared. Empty lists and an empty label selector select everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Only these namespaces; excludes cluster-scoped objects. Names or patterns.
    pub included_namespaces: Vec<String>,
    /// Not these namespaces; also excludes cluster-scoped objects. Names or patterns.
    pub excluded_namespaces: Vec<String>,
    /// Only these resources: `secrets`, `deployments.apps`.
    pub included_resources: Vec<String>,
    /// Not these resources.
    pub excluded_resources: Vec<String>,
    /// Only objects with matching labels; see [`label_selector`](crate::label_selector).
    pub label_selector: String,
}

/// The subject of a pair of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// `included_namespaces` and `excluded_namespaces`.
    Namespaces,
    /// `included_resources` and `excluded_resources`.
    Resources,
}

/// One of a pair of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The list of includes.
    Included,
    /// The list of excludes.
    Excluded,
}

/// A mistake in a pair of lists, at one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The list.
    pub side: Side,
    /// The entry's index in the list.
    pub index: usize,
    /// The error.
    pub what: What,
}

/// An error in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It cannot match anything.
    Impossible(EntryError),
    /// An earlier entry of the list is the same.
    Duplicate {
        /// The index of the first one.
        first: usize,
    },
    /// It is both excluded and included; the exclude takes precedence.
    AlsoIncluded {
        /// The index in the list of includes.
        included: usize,
    },
    /// `*` next to other entries, which then have no effect.
    StarBesideOthers,
    /// `*` is excluded.
    StarExcluded(Of),
}

/// Returns all mistakes in a pair of lists.
pub fn check<S: AsRef<str>>(of: Of, included: &[S], excluded: &[S]) -> Vec<Mistake> {
    let mut mistakes = check_list(of, Side::Included, included);
    mistakes.extend(check_list(of, Side::Excluded, excluded));
    if included.len() > 1
        && let Some(index) = place(included, "*")
    {
        mistakes.push(Mistake { side: Side::Included, index, what: What::StarBesideOthers });
    }
    for (index, entry) in excluded.iter().enumerate() {
        let what = if entry.as_ref() == "*" {
            What::StarExcluded(of)
        } else if let Some(included) = place(included, entry.as_ref()) {
            What::AlsoIncluded { included }
        } else {
            continue;
        };
        mistakes.push(Mistake { side: Side::Excluded, index, what });
    }
    mistakes
}

fn check_list<S: AsRef<str>>(of: Of, side: Side, entries: &[S]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let checked = match of {
            Of::Namespaces => check_namespace(entry.as_ref()),
            Of::Resources => check_resource(entry.as_ref()),
        };
        let first = place(entries, entry.as_ref()).filter(|first| *first < index);
        let what = match (checked, first) {
            (_, Some(first)) => What::Duplicate { first },
            (Err(error), None) => What::Impossible(error),
            (Ok(()), None) => continue,
        };
        mistakes.push(Mistake { side, index, what });
    }
    mistakes
}

fn place<S: AsRef<str>>(entries: &[S], entry: &str) -> Option<usize> {
    entries.iter().position(|other| other.as_ref() == entry)
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible(error) => error.fmt(f),
            Self::Duplicate { .. } => f.write_str("this entry is a duplicate"),
            Self::AlsoIncluded { .. } => f.write_str(
                "this entry is both included and excluded; the exclude takes precedence, so it never matches",
            ),
            Self::StarBesideOthers => {
                f.write_str("`*` matches everything, so the other entries have no effect")
            }
            Self::StarExcluded(Of::Namespaces) => {
                f.write_str("this excludes every object, so the action is never called")
            }
            Self::StarExcluded(Of::Resources) => {
                f.write_str("Velero ignores `*` here, so it excludes nothing")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Side::{Excluded, Included};
    use super::*;

    fn mistakes(of: Of, included: &[&str], excluded: &[&str]) -> Vec<(Side, usize, What)> {
        check(of, included, excluded).into_iter().map(|m| (m.side, m.index, m.what)).collect()
    }

    #[test]
    fn accepts_entries_with_an_effect() {
        for (included, excluded) in [
            (&[][..], &[][..]),
            (&["*"], &["events"]),
            (&["secret", "Secret", "secrets"], &[]),
            (&["pods", "po"], &["deployments.apps", "deployments"]),
            (&["*.apps"], &["deployments.apps"]),
            (&[], &["*.velero.io"]),
        ] {
            assert_eq!(mistakes(Of::Resources, included, excluded), [], "{included:?} {excluded:?}");
        }
        assert_eq!(mistakes(Of::Namespaces, &["shop-*", "shop-eu"], &["shop-test", "kube-*"]), []);
    }

    #[test]
    fn finds_contradictions() {
        for of in [Of::Namespaces, Of::Resources] {
            for (included, excluded, expected) in [
                (&["a", "b", "a"][..], &[][..], (Included, 2, What::Duplicate { first: 0 })),
                (&[], &["a", "a"], (Excluded, 1, What::Duplicate { first: 0 })),
                (&["b", "a"], &["a"], (Excluded, 0, What::AlsoIncluded { included: 1 })),
                (&["a", "*"], &[], (Included, 1, What::StarBesideOthers)),
                (&[], &["a", "*"], (Excluded, 1, What::StarExcluded(of))),
                (&["*"], &["*"], (Excluded, 0, What::StarExcluded(of))),
            ] {
                assert_eq!(mistakes(of, included, excluded), [expected], "{of:?} {included:?} {excluded:?}");
            }
        }
    }

    #[test]
    fn messages_contain_the_consequence() {
        for (of, included, excluded, text) in [
            (Of::Resources, &["a/b"][..], &[][..], "expected a resource without version"),
            (Of::Resources, &["a", "a"], &[], "a duplicate"),
            (Of::Resources, &["a"], &["a"], "it never matches"),
            (Of::Resources, &["a", "*"], &[], "the other entries have no effect"),
            (Of::Resources, &[], &["*"], "it excludes nothing"),
            (Of::Namespaces, &[], &["*"], "the action is never called"),
        ] {
            let [(_, _, what)] = &mistakes(of, included, excluded)[..] else { panic!("one mistake") };
            assert!(what.to_string().contains(text), "{what}");
        }
    }

    #[test]
    fn finds_all_mistakes() {
        let found = mistakes(Of::Namespaces, &["", "a", "", "Kube"], &["a", "x y"]);
        let places: Vec<_> = found.iter().map(|(side, index, _)| (*side, *index)).collect();
        assert_eq!(places, [(Included, 0), (Included, 2), (Included, 3), (Excluded, 1), (Excluded, 0)]);
    }
}
