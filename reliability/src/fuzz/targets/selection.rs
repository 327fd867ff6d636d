//! What selects objects: lists of resources and namespaces, patterns, and labels.

use std::ops::Range;

use plugwright_model::label_selector;
use plugwright_model::resource::{self, BuiltIn};
use plugwright_model::selector::{
    IncludesExcludes, Of, Selector, What, check, check_namespace, check_resource,
};

use super::input::texts;

/// A place in a text that an error points at.
fn is_in(range: &Range<usize>, text: &str) -> bool {
    text.get(range.clone()).is_some()
}

/// Included and excluded resources, included and excluded namespaces (each separated by newlines), the label
/// selector, then a resource, a namespace and the object's labels (`key=value`).
pub(super) fn selectors(input: &[u8]) {
    let texts = texts(input);
    let text = |n: usize| texts.get(n).map_or("", String::as_str);
    let list = |n: usize| text(n).split('\n').map(str::to_owned).collect::<Vec<_>>();
    for (of, included, excluded) in [(Of::Resources, list(0), list(1)), (Of::Namespaces, list(2), list(3))] {
        for mistake in check(of, &included, &excluded) {
            let entry = [included.as_slice(), &excluded].concat();
            if let What::Impossible(error) = &mistake.what {
                assert!(entry.iter().any(|entry| is_in(&error.range(), entry)), "{error}");
            }
            assert!(!mistake.what.to_string().is_empty());
        }
    }
    let selector = Selector {
        included_resources: list(0),
        excluded_resources: list(1),
        included_namespaces: list(2),
        excluded_namespaces: list(3),
        label_selector: text(4).to_owned(),
    };
    let labels: Vec<_> = texts.iter().skip(7).filter_map(|label| label.split_once('=')).collect();
    let label = |key: &str| labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let discovery = |word: &str| resource::built_in(word).map(BuiltIn::group_resource);
    if let Ok(resolved) = selector.resolve(discovery)
        && let Err(why) = resolved.applies_to(text(5), text(6), label)
    {
        assert!(!why.to_string().is_empty());
    }
}

pub(super) fn label_selectors(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match label_selector::parse(&text) {
        Ok(selector) => {
            let written = selector.to_string();
            assert_eq!(label_selector::parse(&written), Ok(selector.clone()), "{written:?}");
            for value in [None, Some(""), Some("1"), Some("shop")] {
                let unmet = selector.unmet(|_| value).is_some();
                assert_eq!(selector.matches(|_| value), !unmet, "{value:?} and {written:?}");
            }
        }
        Err(error) => assert!(is_in(&error.range(), &text) && !error.to_string().is_empty(), "{text:?}"),
    }
}

/// Names to match, then a pattern.
pub(super) fn globs(input: &[u8]) {
    let texts = texts(input);
    let Some((pattern, names)) = texts.split_last() else { return };
    let lists = IncludesExcludes::new([pattern.as_str()], [""; 0]);
    for name in names.iter().map(String::as_str).chain(["", "pods", "deployments.apps"]) {
        let included = lists.should_include(name);
        assert_eq!(
            included,
            IncludesExcludes::new(["*"], [pattern.as_str()]).excludes(name) || pattern == "*"
        );
    }
    for checked in [check_resource(pattern), check_namespace(pattern)] {
        if let Err(error) = checked {
            assert!(is_in(&error.range(), pattern) && !error.to_string().is_empty(), "{pattern:?}");
        }
    }
}
