//! A plugin's view of its environment.

use std::sync::Arc;

use plugwright_model::Kind;

use crate::Error;
use go_plugin::Environment;

/// The file in which Kubernetes gives a pod its namespace.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// A plugin's view of its environment.
///
/// Constructors, `applies_to` and plugin functions receive a reference. Cloning costs one reference count:
/// keep `cx.clone()` in the struct.
///
/// ```
/// use plugwright::prelude::*;
///
/// #[restore_item_action(name = "example.io/here", new = Self::new)]
/// struct Here {
///     cx: Context,
/// }
///
/// impl Here {
///     fn new(cx: &Context) -> Self {
///         Self { cx: cx.clone() }
///     }
/// }
///
/// impl RestoreItemAction for Here {
///     async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
///         input.item.set_annotation("example.io/velero", self.cx.velero_namespace().unwrap_or("unknown"));
///         Ok(RestoreOutput::restore())
///     }
/// }
///
/// let cx = Context::for_tests_of::<Here>();
/// assert_eq!(Here::new(&cx).cx.name(), "example.io/here");
/// ```
#[derive(Debug, Clone)]
pub struct Context(Arc<Facts>);

#[derive(Debug, Clone)]
struct Facts {
    /// More than one for a struct that implements several kinds; in Velero's order.
    kinds: Vec<Kind>,
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
    pub(crate) fn new(kinds: Vec<Kind>, name: String, surroundings: Surroundings) -> Self {
        Self(Arc::new(Facts { kinds, name, surroundings }))
    }

    /// Creates a context for tests. No feature is enabled, and the namespace is `velero`.
    ///
    /// ```
    /// use plugwright::{Context, Kind};
    ///
    /// let cx = Context::for_tests(Kind::RestoreItemAction, "example.io/unpin");
    /// assert_eq!(cx.velero_namespace(), Some("velero"));
    /// ```
    pub fn for_tests(kind: Kind, name: impl Into<String>) -> Self {
        let surroundings = Surroundings { namespace: Some("velero".into()), ..Surroundings::default() };
        Self::new(vec![kind], name.into(), surroundings)
    }

    /// Creates a context for tests that uses the given client.
    #[cfg(feature = "kube")]
    #[must_use]
    pub fn with_client(mut self, client: kube::Client) -> Self {
        Arc::make_mut(&mut self.0).surroundings.cluster = crate::cluster::Shared::of(client);
        self
    }

    /// The error of a store that the host calls before Init.
    pub(crate) fn not_initialized(&self) -> Error {
        Error::msg(format!("{} plugin {}: the host has not called Init", self.kind(), self.name()))
    }

    #[cfg(feature = "kube")]
    pub(crate) fn cluster(&self) -> &crate::cluster::Shared {
        &self.0.surroundings.cluster
    }

    /// The kind of this plugin. For a struct that implements several kinds under one name, the first in
    /// Velero's order.
    pub fn kind(&self) -> Kind {
        self.0.kinds[0]
    }

    #[cfg(feature = "kube")]
    pub(crate) fn kinds(&self) -> &[Kind] {
        &self.0.kinds
    }

    /// The name of this plugin. With [`Declaration`](crate::Declaration), one type may have several names.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The namespace that Velero runs in: `VELERO_NAMESPACE`, which Velero's deployment sets, or else the
    /// namespace of the pod's service account.
    pub fn velero_namespace(&self) -> Option<&str> {
        self.0.surroundings.namespace.as_deref()
    }

    /// The features enabled in Velero, from the `--features` flag that it passes to plugins.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.0.surroundings.features.iter().map(String::as_str)
    }

    /// Resolves when the process is about to exit: the host requested it or is gone.
    ///
    /// Running calls then have about a second to finish (about eight seconds if the host is gone), and object
    /// bodies still being received end in an error. After that, running calls are dropped. Select on this
    /// next to work that must be undone if it cannot finish, such as a multipart upload:
    ///
    /// ```
    /// # use plugwright::{Context, Result, bail};
    /// # async fn upload() -> Result<()> { Ok(()) }
    /// # async fn abort_upload() -> Result<()> { Ok(()) }
    /// # async fn example(cx: &Context) -> Result<()> {
    /// tokio::select! {
    ///     uploaded = upload() => uploaded,
    ///     () = cx.stopping() => {
    ///         abort_upload().await?;
    ///         bail!("upload aborted: Velero is stopping this process");
    ///     }
    /// }
    /// # }
    /// ```
    pub async fn stopping(&self) {
        crate::workers::stopping().await;
    }

    /// Whether a feature, such as `EnableCSI`, is enabled in Velero.
    pub fn has_feature(&self, name: &str) -> bool {
        self.features().any(|feature| feature == name)
    }
}

/// Stand-ins for the methods of the feature `kube`, so that a call without it names the feature.
#[cfg(not(feature = "kube"))]
mod without_kube {
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::sync::Arc;

    use super::Context;
    use crate::{Backup, Error, Restore, Result};

    /// Never implemented; a call fails to compile and names the feature.
    #[diagnostic::on_unimplemented(
        message = "this method of `Context` requires the feature `kube` of `plugwright`",
        label = "requires the feature `kube`",
        note = "in Cargo.toml: `plugwright = {{ version = \"…\", features = [\"kube\"] }}`, and `k8s-openapi` with the \
                feature `latest`"
    )]
    pub trait FeatureKube {}

    /// The lifetime keeps the compiler from checking the bound before a call.
    #[derive(Debug)]
    pub struct Off<'a>(std::marker::PhantomData<&'a ()>);

    macro_rules! needs_kube {
        ($($method:ident $(<$generic:ident>)? ($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
            impl Context {
                $(
                    #[doc(hidden)]
                    pub fn $method $(<$generic>)? (&self, $($argument: $type),*) -> Ready<Result<$output>>
                    where
                        for<'a> Off<'a>: FeatureKube,
                    {
                        $(let _ = $argument;)*
                        ready(Err(Error::msg("the feature `kube` is off")))
                    }
                )*
            }
        };
    }

    impl Context {
        #[doc(hidden)]
        #[must_use]
        #[expect(clippy::needless_pass_by_value, reason = "as with the feature")]
        pub fn with_client<C>(self, client: C) -> Self
        where
            for<'a> Off<'a>: FeatureKube,
        {
            let _ = client;
            self
        }
    }

    needs_kube! {
        client() -> Infallible;
        plugin_config<T>() -> Option<T>;
        require_plugin_config<T>() -> T;
        config_map<T>(namespace: Option<&str>, name: &str) -> Option<T>;
        backup_of(restore: &Restore) -> Arc<Backup>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_a_comma_list() {
        let mut environment = Environment::of([("VELERO_NAMESPACE", "backups")]);
        environment.args = ["--features", "EnableCSI, EnableAPIGroupVersions,"].map(Into::into).to_vec();
        let cx = Context::new(vec![Kind::BackupItemAction], "a.b/c".into(), Surroundings::of(&environment));
        assert!(
            cx.has_feature("EnableCSI") && cx.has_feature("EnableAPIGroupVersions") && !cx.has_feature("")
        );
        assert_eq!(cx.velero_namespace(), Some("backups"));
        assert_eq!((cx.kind(), cx.name()), (Kind::BackupItemAction, "a.b/c"));
    }

    #[test]
    fn a_context_of_a_plugin_for_tests() {
        #[crate::restore_item_action(name = "example.io/tested", crate = crate)]
        #[crate::item_block_action(name = "example.io/tested", crate = crate)]
        #[derive(Default)]
        struct Tested;
        impl crate::RestoreItemAction for Tested {
            async fn execute(&self, _: &mut crate::RestoreInput) -> crate::Result<crate::RestoreOutput> {
                Ok(crate::RestoreOutput::restore())
            }
        }
        impl crate::ItemBlockAction for Tested {
            async fn get_related_items(
                &self,
                _: &crate::ItemBlockInput,
            ) -> crate::Result<Vec<crate::ResourceIdentifier>> {
                Ok(vec![])
            }
        }
        let cx = Context::for_tests_of::<Tested>();
        assert_eq!((cx.kind(), cx.name()), (Kind::RestoreItemAction, "example.io/tested"));
        let undeclared = std::panic::catch_unwind(Context::for_tests_of::<u8>).unwrap_err();
        let text = undeclared.downcast_ref::<String>().unwrap();
        assert!(text.starts_with("`u8` is not declared as a plugin: expected an attribute"), "{text}");
    }
}
