use std::fmt;

use super::{IncludesExcludes, Selector};
use crate::label_selector::{self, LabelSelector, LabelSelectorError, Requirement};

/// A selection with the cluster's resource names: Velero's `resolvedAction`
/// (`pkg/plugin/framework/action_resolver.go`).
#[derive(Clone, Debug)]
pub struct Resolved {
    resources: IncludesExcludes,
    namespaces: IncludesExcludes,
    labels: LabelSelector,
}

impl Selector {
    /// Resolves the resources to full names, as Velero does at the start of a backup or restore.
    ///
    /// `resource` stands for the API server's discovery: `secrets` for `Secret`, `deployments.apps` for
    /// `deploy`, and `None` for an unknown name. An error fails the whole backup or restore.
    pub fn resolve(&self, resource: impl Fn(&str) -> Option<String>) -> Result<Resolved, LabelSelectorError> {
        let full_name = |entry: &String| match entry.as_str() {
            "*" => "*".to_owned(),
            other => resource(other).unwrap_or_else(|| other.to_owned()),
        };
        // `generateIncludesExcludes`: an empty name is left out, and so is an excluded `*`.
        let included = self.included_resources.iter().map(full_name).filter(|name| !name.is_empty());
        let excluded =
            self.excluded_resources.iter().map(full_name).filter(|name| !name.is_empty() && name != "*");
        Ok(Resolved {
            resources: IncludesExcludes::new(included, excluded),
            namespaces: IncludesExcludes::new(
                self.included_namespaces.iter().cloned(),
                self.excluded_namespaces.iter().cloned(),
            ),
            labels: label_selector::parse(&self.label_selector)?,
        })
    }
}

impl Resolved {
    /// Whether Velero calls the action for an object: `ShouldUse`, and the labels, which Velero checks there
    /// or, in restores and deletions, right after (`pkg/restore/restore.go`,
    /// `internal/delete/delete_item_action_handler.go`).
    ///
    /// `group_resource` is `secrets` or `deployments.apps`. `namespace` is empty for a cluster-scoped object;
    /// in a restore it is the target namespace. `label` returns the object's labels by key.
    pub fn applies_to<'l>(
        &self,
        group_resource: &str,
        namespace: &str,
        label: impl Fn(&str) -> Option<&'l str>,
    ) -> Result<(), WhyNot> {
        if !self.resources.should_include(group_resource) {
            return Err(WhyNot::Resource);
        }
        if namespace.is_empty() {
            if !self.namespaces.include_everything() {
                return Err(WhyNot::NoNamespace);
            }
        } else if !self.namespaces.should_include(namespace) {
            return Err(WhyNot::Namespace);
        }
        match self.labels.unmet(label) {
            Some(requirement) => Err(WhyNot::Labels(requirement.clone())),
            None => Ok(()),
        }
    }
}

/// Why an action is not called for an object: the first reason, in Velero's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The resource is not included, or is excluded.
    Resource,
    /// The namespace is not included, or is excluded.
    Namespace,
    /// The object is cluster-scoped, and the action lists namespaces.
    NoNamespace,
    /// The labels do not meet this requirement.
    Labels(Requirement),
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource => f.write_str("the resource is not selected"),
            Self::Namespace => f.write_str("the namespace is not selected"),
            Self::NoNamespace => f.write_str("the object is cluster-scoped, and the action lists namespaces"),
            Self::Labels(requirement) => write!(f, "the object's labels do not meet `{requirement}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovery(word: &str) -> Option<String> {
        let full = match word.to_lowercase().as_str() {
            "pod" | "pods" | "po" => "pods",
            "deployment" | "deployments" | "deploy" | "deployments.apps" => "deployments.apps",
            "pv" | "persistentvolumes" => "persistentvolumes",
            _ => return None,
        };
        Some(full.to_owned())
    }

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(ToString::to_string).collect()
    }

    fn ask(selector: &Selector, resource: &str, namespace: &str) -> Result<(), WhyNot> {
        let labels = |key: &str| (key == "app").then_some("shop");
        selector.resolve(discovery).expect("valid").applies_to(resource, namespace, labels)
    }

    #[test]
    fn selects_everything_by_default() {
        assert_eq!(ask(&Selector::default(), "pods", "a"), Ok(()));
        assert_eq!(ask(&Selector::default(), "persistentvolumes", ""), Ok(()));
    }

    #[test]
    fn resources() {
        for (included, excluded, resource, expected) in [
            (&["Pod"][..], &[][..], "pods", Ok(())),
            (&["Pod"], &[], "secrets", Err(WhyNot::Resource)),
            (&["deploy"], &[], "deployments.apps", Ok(())),
            (&["deployments"], &[], "deployments.other.io", Err(WhyNot::Resource)),
            (&["unknowns.x.io"], &[], "pods", Err(WhyNot::Resource)),
            (&["*.apps"], &[], "deployments.apps", Ok(())),
            (&["*"], &[], "pods", Ok(())),
            (&["*", "deploy"], &[], "pods", Ok(())),
            (&[], &["po"], "pods", Err(WhyNot::Resource)),
            (&["pods"], &["pods"], "pods", Err(WhyNot::Resource)),
            (&[], &["*"], "pods", Ok(())),
            (&[""], &[], "pods", Ok(())),
            (&["a[", "pods"], &[], "pods", Err(WhyNot::Resource)),
            (&["pods", "z["], &[], "pods", Ok(())),
        ] {
            let selector = Selector {
                included_resources: list(included),
                excluded_resources: list(excluded),
                ..Selector::default()
            };
            assert_eq!(ask(&selector, resource, "a"), expected, "{included:?} {excluded:?} {resource}");
        }
    }

    #[test]
    fn namespaces() {
        for (included, excluded, namespace, expected) in [
            (&["a"][..], &[][..], "a", Ok(())),
            (&["a"], &[], "b", Err(WhyNot::Namespace)),
            (&["a"], &[], "", Err(WhyNot::NoNamespace)),
            (&["shop-*"], &["shop-test"], "shop-eu", Ok(())),
            (&["shop-*"], &["shop-test"], "shop-test", Err(WhyNot::Namespace)),
            (&["*"], &[], "", Ok(())),
            (&["*", "a"], &[], "", Err(WhyNot::NoNamespace)),
            (&[], &["a"], "b", Ok(())),
            (&[], &["a"], "", Err(WhyNot::NoNamespace)),
            (&[], &["*"], "a", Err(WhyNot::Namespace)),
        ] {
            let selector = Selector {
                included_namespaces: list(included),
                excluded_namespaces: list(excluded),
                ..Selector::default()
            };
            assert_eq!(ask(&selector, "pods", namespace), expected, "{included:?} {excluded:?} {namespace}");
        }
    }

    #[test]
    fn labels_are_checked_last() {
        let mut selector = Selector { label_selector: "app=shop,tier".to_owned(), ..Selector::default() };
        let Err(WhyNot::Labels(requirement)) = ask(&selector, "pods", "a") else {
            panic!("the object has no label `tier`");
        };
        assert_eq!(requirement.to_string(), "tier");
        let why = WhyNot::Labels(requirement).to_string();
        assert_eq!(why, "the object's labels do not meet `tier`");
        selector.included_resources = list(&["secrets"]);
        assert_eq!(ask(&selector, "pods", "a"), Err(WhyNot::Resource));
        selector.label_selector = "a b".to_owned();
        assert!(selector.resolve(discovery).is_err());
    }
}
