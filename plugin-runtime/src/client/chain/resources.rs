//! The data that Velero gets from an API server's discovery: the resource of an item, and the resource that a
//! word in a selector refers to.

use plugwright_model::resource::{BUILT_IN, group_resource, guess_plural, split};
use serde_json::Value;

/// A resource, as discovery lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) plural: String,
    singular: String,
    kind: String,
    short_names: Vec<String>,
    /// `None` if only a cluster knows it.
    pub(super) namespaced: Option<bool>,
    /// Neither built in nor defined among the items: the plural is a guess.
    pub(super) guessed: bool,
}

impl Resource {
    /// `deployments.apps`, `pods`
    pub(super) fn group_resource(&self) -> String {
        group_resource(&self.plural, &self.group)
    }

    /// Only short names are case-sensitive.
    fn has_name(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        self.plural == lower || self.singular == lower || self.short_names.iter().any(|short| short == name)
    }
}

/// The resources known without a cluster.
#[derive(Debug, Clone)]
pub(super) struct Resources {
    resources: Vec<Resource>,
}

impl Resources {
    /// The resources of every API server, and of the `CustomResourceDefinition`s and kinds among these items.
    pub(super) fn new<'a>(items: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        let built_in = BUILT_IN.iter().map(|known| Resource {
            group: known.group.into(),
            plural: known.plural.into(),
            singular: known.kind.to_ascii_lowercase(),
            kind: known.kind.into(),
            short_names: known.short_names.iter().map(ToString::to_string).collect(),
            namespaced: Some(known.namespaced),
            guessed: false,
        });
        let mut resources = Self { resources: built_in.collect() };
        resources.resources.extend(items.clone().into_iter().filter_map(defined));
        for item in items {
            let (group, kind) = group_kind(item);
            if resources.find(group, kind).is_none() && !kind.is_empty() {
                resources.resources.push(guess(group, kind));
            }
        }
        resources
    }

    fn find(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.group == group && resource.kind == kind)
    }

    /// The resource of an item.
    pub(super) fn resource_of(&self, item: &Value) -> Resource {
        let (group, kind) = group_kind(item);
        self.find(group, kind).cloned().unwrap_or_else(|| guess(group, kind))
    }

    /// Resolves a word in a selector like Velero: plural and singular in any case, or short name, alone or
    /// with a group or a prefix of it (apimachinery's `DefaultRESTMapper`).
    pub(super) fn resolve(&self, word: &str) -> Option<String> {
        let (name, group) = split(word);
        let named = || self.resources.iter().filter(|resource| resource.has_name(name));
        let found = match group {
            "" => named().next(),
            group => named()
                .find(|resource| resource.group == group)
                .or_else(|| named().find(|resource| resource.group.starts_with(group))),
        };
        found.map(Resource::group_resource)
    }
}

fn group_kind(item: &Value) -> (&str, &str) {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    (text("apiVersion").split_once('/').map_or("", |(group, _)| group), text("kind"))
}

/// The resource that a `CustomResourceDefinition` defines.
fn defined(item: &Value) -> Option<Resource> {
    if group_kind(item) != ("apiextensions.k8s.io", "CustomResourceDefinition") {
        return None;
    }
    let spec = item.get("spec")?;
    let names = spec.get("names")?;
    let kind = names.get("kind")?.as_str()?;
    let short_names = names.get("shortNames").and_then(Value::as_array).into_iter().flatten();
    Some(Resource {
        group: spec.get("group")?.as_str()?.into(),
        plural: names.get("plural")?.as_str()?.into(),
        singular: names
            .get("singular")
            .and_then(Value::as_str)
            .map_or_else(|| kind.to_ascii_lowercase(), Into::into),
        kind: kind.into(),
        short_names: short_names.filter_map(Value::as_str).map(Into::into).collect(),
        namespaced: spec.get("scope").and_then(Value::as_str).map(|scope| scope == "Namespaced"),
        guessed: false,
    })
}

/// Without resources.
fn guess(group: &str, kind: &str) -> Resource {
    Resource {
        group: group.into(),
        plural: guess_plural(kind),
        singular: kind.to_ascii_lowercase(),
        kind: kind.into(),
        short_names: Vec::new(),
        namespaced: None,
        guessed: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_resolve_like_in_discovery() {
        let resources = Resources::new([]);
        for (word, resolved) in [
            ("secret", "secrets"),
            ("Secret", "secrets"),
            ("SECRETS", "secrets"),
            ("po", "pods"),
            ("deployments", "deployments.apps"),
            ("deploy", "deployments.apps"),
            ("deployment.apps", "deployments.apps"),
            ("deployments.ap", "deployments.apps"),
            ("events", "events"),
            ("events.events.k8s.io", "events.events.k8s.io"),
            ("ingress", "ingresses.networking.k8s.io"),
        ] {
            assert_eq!(resources.resolve(word).as_deref(), Some(resolved), "{word}");
        }
        for word in ["Deployment.Apps", "PO", "pods.apps", "VMs", "*", "*.apps", ""] {
            assert_eq!(resources.resolve(word), None, "{word}");
        }
    }

    #[test]
    fn kinds_among_the_items_count() {
        let crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "spec": {"group": "example.io", "scope": "Cluster", "names": {"kind": "Mouse", "plural": "mice", "shortNames": ["mo"]}},
        });
        let mouse = json!({"apiVersion": "example.io/v1", "kind": "Mouse"});
        let policy = json!({"apiVersion": "example.io/v1", "kind": "Policy"});
        let items = [&crd, &mouse, &policy];
        let resources = Resources::new(items);
        assert_eq!(resources.resource_of(&mouse).group_resource(), "mice.example.io");
        assert_eq!(resources.resource_of(&mouse).namespaced, Some(false));
        assert!(!resources.resource_of(&mouse).guessed);
        assert!(resources.resource_of(&policy).guessed);
        for (word, resolved) in [
            ("mice", "mice.example.io"),
            ("Mouse", "mice.example.io"),
            ("mo.example", "mice.example.io"),
            ("policies", "policies.example.io"),
            ("policy.example.io", "policies.example.io"),
        ] {
            assert_eq!(resources.resolve(word).as_deref(), Some(resolved), "{word}");
        }
    }

    #[test]
    fn guesses_are_kubectls() {
        for (kind, plural) in
            [("Foo", "foos"), ("Bus", "buses"), ("Policy", "policies"), ("MyEndpoints", "myendpoints")]
        {
            assert_eq!(guess("", kind).plural, plural);
        }
    }
}
