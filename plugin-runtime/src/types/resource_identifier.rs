//! [`ResourceIdentifier`]: one object, by resource and name.

use std::fmt;

use plugwright_model::resource::{BUILT_IN, guess_plural};
use serde::{Deserialize, Serialize};

use super::Item;

/// Identifies an object in the cluster. Actions return it as an additional item.
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
    /// The resource, a lower-case plural: `secrets`.
    pub resource: String,
    /// The namespace; empty for a cluster-scoped object.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ResourceIdentifier {
    /// Creates an identifier. `group_resource` is `secrets` or `deployments.apps`: the text before the first
    /// dot is the resource (as in apimachinery's `schema.ParseGroupResource`).
    pub fn new(group_resource: &str, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        let (resource, group) = group_resource.split_once('.').unwrap_or((group_resource, ""));
        Self {
            group: group.into(),
            resource: resource.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// Creates the identifier of an object, with the plural of its kind.
    ///
    /// ```
    /// use plugwright::{Item, ResourceIdentifier};
    ///
    /// let json = r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
    ///     "metadata": {"name": "deny", "namespace": "shop"}}"#;
    /// let id = ResourceIdentifier::of(&Item::from_json(json)?);
    /// assert_eq!(id.to_string(), "networkpolicies.networking.k8s.io shop/deny");
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// The plural of a custom resource is guessed by Kubernetes' rule (`UnsafeGuessKindToResource`); if the
    /// resource uses another plural, create the identifier with [`new`](Self::new).
    pub fn of(item: &Item) -> Self {
        let (group, kind) = (item.group(), item.kind());
        let known = BUILT_IN.iter().find(|known| known.kind == kind && known.group == group);
        let resource = known.map_or_else(|| guess_plural(kind), |known| known.plural.to_owned());
        Self { group: group.into(), resource, namespace: item.namespace().into(), name: item.name().into() }
    }

    /// Returns `secrets` or `deployments.apps`.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.resource.clone()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }
}

/// `deployments.apps shop/web`, or without namespace `persistentvolumes pv-1`.
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

    #[test]
    fn of_an_item() {
        for (api_version, kind, expected) in [
            ("v1", "Endpoints", "endpoints shop/web"),
            ("apps/v1", "Deployment", "deployments.apps shop/web"),
            ("kubevirt.io/v1", "VirtualMachine", "virtualmachines.kubevirt.io shop/web"),
            ("example.io/v1", "Proxy", "proxies.example.io shop/web"),
        ] {
            let item = serde_json::json!({"apiVersion": api_version, "kind": kind,
                "metadata": {"name": "web", "namespace": "shop"}});
            assert_eq!(ResourceIdentifier::of(&Item::from_value(item).unwrap()).to_string(), expected);
        }
        let volume =
            Item::from_json(r#"{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"pv-1"}}"#);
        assert_eq!(ResourceIdentifier::of(&volume.unwrap()).to_string(), "persistentvolumes pv-1");
    }
}
