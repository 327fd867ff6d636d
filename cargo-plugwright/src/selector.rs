//! Formats a selector as JSON.

use plugwright::ResourceSelector;
use serde_json::{Value, json};

/// Uses the keys of Velero's API objects.
pub(crate) fn json(selector: &ResourceSelector) -> Value {
    json!({
        "includedNamespaces": selector.included_namespaces,
        "excludedNamespaces": selector.excluded_namespaces,
        "includedResources": selector.included_resources,
        "excludedResources": selector.excluded_resources,
        "labelSelector": selector.label_selector,
    })
}
