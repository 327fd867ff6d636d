//! [`ResourceSelector`]: which items an action is for.

use std::fmt;

/// Which items Velero gives to an action. The default is everything.
///
/// Resources may be named in any way that the cluster's API server understands, in any case: `pods`, `pod`,
/// `po`, `deployments.apps`. An empty list of includes means all; excludes win. With any namespace in
/// either list the action is not called for cluster-scoped resources (Velero's
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
    /// The namespaces it is for.
    pub included_namespaces: Vec<String>,
    /// The namespaces it is not for.
    pub excluded_namespaces: Vec<String>,
    /// The resources it is for.
    pub included_resources: Vec<String>,
    /// The resources it is not for.
    pub excluded_resources: Vec<String>,
    /// The labels an item must have, in kubectl's form: `app=shop,tier!=cache`. One that does not parse
    /// fails every backup or restore.
    pub label_selector: String,
}

impl ResourceSelector {
    /// Sets the namespaces it is for.
    #[must_use]
    pub fn included_namespaces(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.included_namespaces = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the namespaces it is not for.
    #[must_use]
    pub fn excluded_namespaces(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.excluded_namespaces = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the resources it is for.
    #[must_use]
    pub fn included_resources(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.included_resources = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the resources it is not for.
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
    fn words_name_what_is_set() {
        let mut selector = ResourceSelector::default();
        assert_eq!(selector.to_string(), "everything");
        selector.excluded_resources = vec!["secrets".into(), "pods".into()];
        selector.label_selector = "a=b".into();
        assert_eq!(selector.to_string(), "excluded resources: secrets, pods; label selector: a=b");
    }
}
