use crate::glob::Glob;

/// A pair of lists of names and patterns: Velero's `IncludesExcludes`
/// (`pkg/util/collections/includes_excludes.go`). An empty list of includes means everything.
#[derive(Clone, Debug)]
pub struct IncludesExcludes {
    includes: Patterns,
    excludes: Patterns,
}

impl IncludesExcludes {
    /// The unresolved lists.
    pub fn new(
        includes: impl IntoIterator<Item = impl Into<String>>,
        excludes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self { includes: Patterns::new(includes), excludes: Patterns::new(excludes) }
    }

    /// `ShouldInclude`: not excluded, and included.
    pub fn should_include(&self, name: &str) -> bool {
        !self.excludes(name) && self.includes(name)
    }

    /// Whether the list of includes contains it, or is empty.
    pub fn includes(&self, name: &str) -> bool {
        self.includes.is_empty() || self.includes.has_star() || self.includes.matches(name)
    }

    /// Whether the list of excludes contains it.
    pub fn excludes(&self, name: &str) -> bool {
        self.excludes.matches(name)
    }

    /// Whether the list of excludes contains `*`. It also counts after an invalid pattern, which ends the search for others.
    pub fn excludes_star(&self) -> bool {
        self.excludes.has_star()
    }

    /// `IncludeEverything`.
    pub fn include_everything(&self) -> bool {
        self.excludes.is_empty() && (self.includes.is_empty() || self.includes.is_only_star())
    }

    /// Whether both lists are empty.
    pub fn is_unset(&self) -> bool {
        self.excludes.is_empty() && self.includes.is_empty()
    }

    /// Whether nothing is included by name or pattern.
    pub fn names_nothing(&self) -> bool {
        self.includes.is_empty()
    }
}

/// `globStringSet` of the same file: sorted and deduplicated; an invalid pattern ends the search.
#[derive(Clone, Debug)]
struct Patterns(Vec<(String, Option<Glob>)>);

impl Patterns {
    fn new(patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut sorted: Vec<String> = patterns.into_iter().map(Into::into).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self(
            sorted
                .into_iter()
                .map(|pattern| {
                    let glob = Glob::parse(&pattern).ok();
                    (pattern, glob)
                })
                .collect(),
        )
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has_star(&self) -> bool {
        self.0.iter().any(|(pattern, _)| pattern == "*")
    }

    fn is_only_star(&self) -> bool {
        self.0.len() == 1 && self.has_star()
    }

    fn matches(&self, name: &str) -> bool {
        self.0.iter().map_while(|(_, glob)| glob.as_ref()).any(|glob| glob.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_length() {
        for (includes, excludes, includes_all, unset, names_nothing) in [
            (&[][..], &[][..], true, true, true),
            (&["*"], &[], true, false, false),
            (&["*", "*"], &[], true, false, false),
            (&["*", "a"], &[], false, false, false),
            (&["a"], &[], false, false, false),
            (&[], &["a"], false, false, true),
            (&["*"], &["a"], false, false, false),
        ] {
            let lists = IncludesExcludes::new(includes.iter().copied(), excludes.iter().copied());
            assert_eq!(
                (lists.include_everything(), lists.is_unset(), lists.names_nothing()),
                (includes_all, unset, names_nothing),
                "{includes:?} {excludes:?}"
            );
        }
    }

    #[test]
    fn excluded_star_counts_after_an_invalid_pattern() {
        for (excludes, star, excluded) in [
            (&["*"][..], true, true),
            (&["![", "*"], true, false),
            (&["**"], false, true),
            (&[], false, false),
        ] {
            let lists = IncludesExcludes::new([""; 0], excludes.iter().copied());
            assert_eq!((lists.excludes_star(), lists.excludes("a")), (star, excluded), "{excludes:?}");
        }
    }

    #[test]
    fn excludes_take_precedence() {
        let lists = IncludesExcludes::new(["a*"], ["ab"]);
        for (name, included, excluded) in [("aa", true, false), ("ab", true, true), ("b", false, false)] {
            assert_eq!((lists.includes(name), lists.excludes(name)), (included, excluded), "{name}");
            assert_eq!(lists.should_include(name), included && !excluded, "{name}");
        }
    }
}
