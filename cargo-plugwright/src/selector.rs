//! A selector in words.

use plugwright::ResourceSelector;
use serde_json::{Value, json};

/// `included resources: pods; label selector: app=web`, or `everything`.
pub(crate) fn in_words(selector: &ResourceSelector) -> String {
    let mut words = Vec::new();
    for (name, list) in lists(selector) {
        if !list.is_empty() {
            words.push(format!("{name}: {}", list.join(", ")));
        }
    }
    if !selector.label_selector.is_empty() {
        words.push(format!("label selector: {}", selector.label_selector));
    }
    if words.is_empty() { "everything".into() } else { words.join("; ") }
}

fn lists(selector: &ResourceSelector) -> [(&'static str, &[String]); 4] {
    [
        ("included namespaces", &selector.included_namespaces),
        ("excluded namespaces", &selector.excluded_namespaces),
        ("included resources", &selector.included_resources),
        ("excluded resources", &selector.excluded_resources),
    ]
}

/// With the keys of Velero's API objects.
pub(crate) fn json(selector: &ResourceSelector) -> Value {
    json!({
        "includedNamespaces": selector.included_namespaces,
        "excludedNamespaces": selector.excluded_namespaces,
        "includedResources": selector.included_resources,
        "excludedResources": selector.excluded_resources,
        "labelSelector": selector.label_selector,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_what_is_set() {
        let mut selector = ResourceSelector::default();
        assert_eq!(in_words(&selector), "everything");
        selector.excluded_resources = vec!["secrets".into(), "pods".into()];
        selector.label_selector = "a=b".into();
        assert_eq!(in_words(&selector), "excluded resources: secrets, pods; label selector: a=b");
    }
}
