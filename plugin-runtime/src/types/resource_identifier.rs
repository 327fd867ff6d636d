//! [`ResourceIdentifier`]: one object, by resource and name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Names one object of the cluster: what actions give back as additional items.
///
/// ```
/// use plugwright::ResourceIdentifier;
///
/// let id = ResourceIdentifier::new("deployments.apps", "shop", "web");
/// assert_eq!((id.resource.as_str(), id.group.as_str()), ("deployments", "apps"));
/// assert_eq!(id.to_string(), "deployments.apps shop/web");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceIdentifier {
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource, the plural in small letters: `secrets`.
    pub resource: String,
    /// The namespace; empty for a cluster-scoped object.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ResourceIdentifier {
    /// `group_resource` is `secrets` or `deployments.apps`: what stands before the first dot is the
    /// resource (as in apimachinery's `schema.ParseGroupResource`).
    pub fn new(group_resource: &str, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        let (resource, group) = group_resource.split_once('.').unwrap_or((group_resource, ""));
        Self {
            group: group.into(),
            resource: resource.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// `secrets` or `deployments.apps`.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.resource.clone()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }
}

/// `deployments.apps shop/web`, without namespace `persistentvolumes pv-1`.
impl fmt::Display for ResourceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.group_resource())?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_dot_ends_the_resource() {
        let id = ResourceIdentifier::new("ingresses.networking.k8s.io", "", "web");
        assert_eq!((id.resource.as_str(), id.group.as_str()), ("ingresses", "networking.k8s.io"));
        assert_eq!(id.group_resource(), "ingresses.networking.k8s.io");
        assert_eq!(id.to_string(), "ingresses.networking.k8s.io web");
        assert_eq!(ResourceIdentifier::new("secrets", "a", "b").to_string(), "secrets a/b");
    }
}
