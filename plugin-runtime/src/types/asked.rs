//! A resource matched against resource lists, as Velero does with the API server's discovery.

use plugwright_model::resource::{self, built_in, group_resource, split};
use plugwright_model::selector::IncludesExcludes;

/// A resource and a namespace.
pub(super) struct Asked<'a> {
    /// `deployments.apps`
    pub(super) name: String,
    pub(super) namespaced: bool,
    pub(super) namespace: &'a str,
}

impl<'a> Asked<'a> {
    pub(super) fn new(word: &str, namespace: &'a str) -> Self {
        match built_in(word) {
            Some(known) => Self { name: known.group_resource(), namespaced: known.namespaced, namespace },
            None => Self { name: word.to_owned(), namespaced: !namespace.is_empty(), namespace },
        }
    }

    /// The full name and the scope that an entry of a list refers to; `None` for resources that only the
    /// cluster knows. A built-in resource takes precedence over others of the same name, as in the API
    /// server.
    pub(super) fn resolve(&self, entry: &str) -> Option<(String, bool)> {
        if let Some(known) = built_in(entry) {
            return Some((known.group_resource(), known.namespaced));
        }
        let (plural, group) = split(&self.name);
        resource::means(entry, plural, group).then(|| (group_resource(plural, group), self.namespaced))
    }

    /// `generateIncludesExcludes` with the function of `GetResourceIncludesExcludes`.
    pub(super) fn lists(&self, includes: &[String], excludes: &[String]) -> IncludesExcludes {
        let full = |entry: &String| self.resolve(entry).map_or_else(|| entry.clone(), |(name, _)| name);
        // An empty name is left out, and so is an excluded `*`.
        let named = |entry: &&String| !entry.is_empty();
        IncludesExcludes::new(
            includes.iter().filter(named).map(full),
            excludes.iter().filter(named).filter(|entry| *entry != "*").map(full),
        )
    }

    /// `generateFilter`: entries of the other scope are dropped.
    pub(super) fn scoped_lists(
        &self,
        includes: &[String],
        excludes: &[String],
        namespaced: bool,
    ) -> IncludesExcludes {
        let full = |entry: &String| match self.resolve(entry) {
            Some((_, scope)) if scope != namespaced => None,
            Some((name, _)) => Some(name),
            None => Some(entry.clone()).filter(|entry| !entry.is_empty()),
        };
        IncludesExcludes::new(includes.iter().filter_map(full), excludes.iter().filter_map(full))
    }
}
