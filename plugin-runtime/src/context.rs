//! What a constructor is told.

use std::sync::Arc;

use plugwright_model::Kind;

use go_plugin::Environment;

/// Where Kubernetes tells a pod its namespace.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// What a plugin may know of the place that it runs in. A constructor gets one, and may keep it.
#[derive(Debug)]
pub struct Context {
    kind: Kind,
    name: String,
    surroundings: Surroundings,
}

/// The same for all plugins of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    features: Arc<[String]>,
    namespace: Option<Arc<str>>,
    #[cfg(feature = "kube")]
    cluster: crate::cluster::Shared,
}

impl Surroundings {
    pub(crate) fn of(environment: &Environment) -> Self {
        let features = environment.flag("features").unwrap_or_default();
        let namespace = environment.get("VELERO_NAMESPACE").map(ToOwned::to_owned);
        let namespace = namespace.or_else(|| std::fs::read_to_string(NAMESPACE_FILE).ok());
        Self {
            features: features.split(',').map(str::trim).filter(|f| !f.is_empty()).map(Into::into).collect(),
            namespace: namespace.map(|text| text.trim().into()).filter(|text: &Arc<str>| !text.is_empty()),
            #[cfg(feature = "kube")]
            cluster: crate::cluster::Shared::default(),
        }
    }
}

impl Context {
    pub(crate) fn new(kind: Kind, name: String, surroundings: Surroundings) -> Self {
        Self { kind, name, surroundings }
    }

    /// For tests: Velero's are made by the host. No feature is on, and the namespace is `velero`.
    ///
    /// ```
    /// use plugwright::{Context, Kind};
    ///
    /// let cx = Context::for_tests(Kind::RestoreItemAction, "example.io/unpin");
    /// assert_eq!(cx.velero_namespace(), Some("velero"));
    /// ```
    pub fn for_tests(kind: Kind, name: impl Into<String>) -> Self {
        let surroundings = Surroundings { namespace: Some("velero".into()), ..Surroundings::default() };
        Self::new(kind, name.into(), surroundings)
    }

    /// For tests: with a client that goes to where the test wants it to go.
    #[cfg(feature = "kube")]
    #[must_use]
    pub fn with_client(mut self, client: kube::Client) -> Self {
        self.surroundings.cluster = crate::cluster::Shared::of(client);
        self
    }

    #[cfg(feature = "kube")]
    pub(crate) fn cluster(&self) -> &crate::cluster::Shared {
        &self.surroundings.cluster
    }

    /// The kind under which the plugin is asked for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name under which the plugin is asked for: with [`Declaration`](crate::Declaration) one type
    /// may have several.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace that Velero runs in: the variable `VELERO_NAMESPACE`, which Velero's own
    /// deployment sets, else what the pod's service account says.
    pub fn velero_namespace(&self) -> Option<&str> {
        self.surroundings.namespace.as_deref()
    }

    /// The features that are on in Velero, from the `--features` that it hands to its plugins.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.surroundings.features.iter().map(String::as_str)
    }

    /// Whether a feature, `EnableCSI` for example, is on in Velero.
    pub fn feature(&self, name: &str) -> bool {
        self.features().any(|feature| feature == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_a_comma_list() {
        let mut environment = Environment::of([("VELERO_NAMESPACE", "backups")]);
        environment.args = ["--features", "EnableCSI, EnableAPIGroupVersions,"].map(Into::into).to_vec();
        let cx = Context::new(Kind::BackupItemAction, "a.b/c".into(), Surroundings::of(&environment));
        assert!(cx.feature("EnableCSI") && cx.feature("EnableAPIGroupVersions") && !cx.feature(""));
        assert_eq!(cx.velero_namespace(), Some("backups"));
        assert_eq!((cx.kind(), cx.name()), (Kind::BackupItemAction, "a.b/c"));
    }
}
