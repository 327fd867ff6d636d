//! Finds resources in selectors that may be misspelt.

use plugwright::ResourceSelector;
use plugwright_model::resource::{BUILT_IN, built_in, split};
use plugwright_model::suggest;

/// Warnings for words in a selector that resemble a built-in resource. A word with a group that is not built in may be any
/// custom resource.
pub(crate) fn doubts(selector: &ResourceSelector) -> Vec<String> {
    let words = selector.included_resources.iter().chain(&selector.excluded_resources);
    let unknown = words.filter(|word| !word.contains('*') && built_in(word).is_none());
    let doubt = |word: &String| {
        let near = match split(word) {
            (_, "") => suggest::closest(word, BUILT_IN.iter().map(|known| known.plural))?.to_owned(),
            (name, group) if is_built_in(group) => built_in(name)?.group_resource(),
            _ => return None,
        };
        Some(format!("Kubernetes has no resource `{word}`; did you mean `{near}`?"))
    };
    unknown.filter_map(doubt).collect()
}

fn is_built_in(group: &str) -> bool {
    BUILT_IN.iter().any(|known| known.group == group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_resource_is_reported() {
        let words = [
            "podz",
            "pods",
            "deploy",
            "virtualmachines",
            "podz.example.io",
            "pods.example.io",
            "*",
            "*.apps",
        ];
        let included_resources = words.map(Into::into).to_vec();
        let selector = ResourceSelector { included_resources, ..Default::default() };
        assert_eq!(doubts(&selector), ["Kubernetes has no resource `podz`; did you mean `pods`?"]);
    }

    #[test]
    fn a_wrong_group_is_reported() {
        let words = ["statefulset.batch", "deployments.apps", "widgets.batch"];
        let included_resources = words.map(Into::into).to_vec();
        let selector = ResourceSelector { included_resources, ..Default::default() };
        assert_eq!(
            doubts(&selector),
            ["Kubernetes has no resource `statefulset.batch`; did you mean `statefulsets.apps`?"]
        );
    }
}
