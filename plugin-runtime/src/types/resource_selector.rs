//! [`ResourceSelector`]: the items an action applies to.

use std::fmt;

/// Selects the items that Velero passes to an action. The default selects everything.
///
/// Resources accept any name that the cluster's API server understands, in any case: `pods`, `pod`, `po`,
/// `deployments.apps`. An empty include list means all; excludes take precedence. If either namespace list is
/// not empty, the action is not called for cluster-scoped resources (Velero's
/// `pkg/plugin/framework/action_resolver.go`).
///
/// ```
/// use plugwright::ResourceSelector;
///
/// let selector = ResourceSelector::default()
///     .included_resources(["pods", "pvc"])
///     .label_selector("app in (shop, db)");
/// assert_eq!(selector.included_resources, ["pods", "pvc"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceSelector {
    /// Namespaces to include.
    pub included_namespaces: Vec<String>,
    /// Namespaces to exclude.
    pub excluded_namespaces: Vec<String>,
    /// Resources to include.
    pub included_resources: Vec<String>,
    /// Resources to exclude.
    pub excluded_resources: Vec<String>,
    /// Labels an item must have, in kubectl's syntax: `app=shop,tier!=cache`. An invalid selector fails every
    /// backup or restore.
    pub label_selector: String,
}

impl ResourceSelector {
    /// Sets the namespaces to include.
    #[must_use]
    pub fn included_namespaces(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.included_namespaces = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the namespaces to exclude.
    #[must_use]
    pub fn excluded_namespaces(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.excluded_namespaces = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the resources to include.
    #[must_use]
    pub fn included_resources(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.included_resources = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the resources to exclude.
    #[must_use]
    pub fn excluded_resources(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.excluded_resources = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the labels an item must have.
    #[must_use]
    pub fn label_selector(mut self, selector: impl Into<String>) -> Self {
        self.label_selector = selector.into();
        self
    }
}

/// `included resources: pods; label selector: app=web`, or `everything`.
impl fmt::Display for ResourceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = [
            ("included namespaces", &self.included_namespaces),
            ("excluded namespaces", &self.excluded_namespaces),
            ("included resources", &self.included_resources),
            ("excluded resources", &self.excluded_resources),
        ];
        let mut words = Vec::new();
        for (name, list) in lists {
            if !list.is_empty() {
                words.push(format!("{name}: {}", list.join(", ")));
            }
        }
        if !self.label_selector.is_empty() {
            words.push(format!("label selector: {}", self.label_selector));
        }
        f.write_str(&if words.is_empty() { "everything".into() } else { words.join("; ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_lists_what_is_set() {
        let mut selector = ResourceSelector::default();
        assert_eq!(selector.to_string(), "everything");
        selector.excluded_resources = vec!["secrets".into(), "pods".into()];
        selector.label_selector = "a=b".into();
        assert_eq!(selector.to_string(), "excluded resources: secrets, pods; label selector: a=b");
    }
}
