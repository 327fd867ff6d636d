//! The declaration of a plugin.

use std::any::{Any, TypeId};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use plugwright_model::Kind;
use serde::de::DeserializeOwned;

use crate::declare::Constructor;
use crate::hosts::services::KindServices;
use crate::types::{ResourceSelector, config_keys};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A handler as its kind's trait object: an `Arc<dyn Handler>` of `action/<kind>.rs`.
pub(crate) type AnyHandler = Box<dyn Any + Send + Sync>;

/// An instance returned by a constructor.
pub(crate) type Instance = Arc<dyn Any + Send + Sync>;

type Make = Arc<dyn Fn(&Context) -> BoxFuture<'_, Result<Instance>> + Send + Sync>;

/// Returns `None` for an instance of another type.
type Handle = Arc<dyn Fn(&Instance) -> Option<AnyHandler> + Send + Sync>;

/// An action's `applies_to`.
type AppliesTo = fn(Context, ResourceSelector) -> BoxFuture<'static, Result<ResourceSelector>>;

/// A plugin: its kind and name, the items it applies to, and how to construct it.
///
/// Attributes generate declarations. Write one by hand for a case that an attribute cannot express: one type
/// under several names, or a plugin that exists only under some condition.
///
/// ```no_run
/// use plugwright::prelude::*;
/// use plugwright::{Declaration, Plugins};
///
/// struct Relabel {
///     label: String,
/// }
///
/// impl BackupItemAction for Relabel {
///     async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
///         input.item.set_label(&self.label, "true");
///         Ok(BackupOutput::backup())
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     let mut plugins = Plugins::declared();
///     for label in ["gold", "silver"] {
///         let new = move || Relabel { label: label.to_owned() };
///         plugins = plugins.with(
///             Declaration::backup_item_action::<Relabel, _>(format!("example.io/{label}"), new)
///                 .included_resources(["pods"]),
///         );
///     }
///     plugins.serve()
/// }
/// ```
#[derive(Clone)]
#[must_use = "a declaration does nothing until it is passed to `Plugins::with`"]
pub struct Declaration {
    pub(crate) kind: Kind,
    pub(crate) services: &'static KindServices,
    pub(crate) name: String,
    pub(crate) selector: ResourceSelector,
    pub(crate) config_keys: Option<Vec<String>>,
    pub(crate) ark_name: Option<String>,
    pub(crate) place: Place,
    pub(crate) type_name: &'static str,
    pub(crate) type_id: TypeId,
    /// The attribute's constructor expression. Attributes of one struct with the same expression share the
    /// instance.
    new: Option<&'static str>,
    make: Make,
    handle: Handle,
    applies_to: Option<AppliesTo>,
}

/// The place of a declaration in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path as passed to the compiler.
    pub(crate) file: &'static str,
    /// The line, starting at 1.
    pub(crate) line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Declaration {
    /// A plugin that `erase` converts to the trait object of its kind, which `services` call.
    #[track_caller]
    pub(crate) fn new<T, Form, H>(
        services: &'static KindServices,
        name: String,
        new: impl Constructor<T, Form>,
        erase: impl Fn(Arc<T>) -> Arc<H> + Send + Sync + 'static,
    ) -> Self
    where
        T: Send + Sync + 'static,
        H: ?Sized + Send + Sync + 'static,
    {
        let make: Make = Arc::new(move |cx| {
            let made = new.make(cx);
            Box::pin(async move { Ok(Arc::new(made.await?) as Instance) })
        });
        Self::of_instance::<T, T, H>(services, name, make, erase)
    }

    /// A store: nothing is constructed before Init.
    #[track_caller]
    pub(crate) fn store<T, S, H>(
        services: &'static KindServices,
        name: String,
        stores: fn(&Context) -> S,
        erase: fn(Arc<S>) -> Arc<H>,
    ) -> Self
    where
        T: 'static,
        S: Send + Sync + 'static,
        H: ?Sized + Send + Sync + 'static,
    {
        let make: Make =
            Arc::new(move |cx| Box::pin(std::future::ready(Ok(Arc::new(stores(cx)) as Instance))));
        Self::of_instance::<T, S, H>(services, name, make, erase)
    }

    #[track_caller]
    fn of_instance<T, I, H>(
        services: &'static KindServices,
        name: String,
        make: Make,
        erase: impl Fn(Arc<I>) -> Arc<H> + Send + Sync + 'static,
    ) -> Self
    where
        T: 'static,
        I: Send + Sync + 'static,
        H: ?Sized + Send + Sync + 'static,
    {
        let caller = Location::caller();
        let handle = move |instance: &Instance| {
            let instance = Arc::clone(instance).downcast::<I>().ok()?;
            Some(Box::new(erase(instance)) as AnyHandler)
        };
        Self {
            kind: services.kind,
            services,
            name,
            selector: ResourceSelector::default(),
            config_keys: None,
            ark_name: None,
            place: Place { file: caller.file(), line: caller.line() },
            type_name: std::any::type_name::<T>(),
            type_id: TypeId::of::<T>(),
            new: None,
            make,
            handle: Arc::new(handle),
            applies_to: None,
        }
    }

    /// Sets the function that selects an action's items.
    pub(crate) fn choosing(mut self, applies_to: AppliesTo) -> Self {
        self.applies_to = Some(applies_to);
        self
    }

    /// Restricts the plugin to items in these namespaces; excludes cluster-scoped items (Velero's
    /// `action_resolver.go`, `ShouldUse`).
    pub fn included_namespaces(mut self, namespaces: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.included_namespaces = strings(namespaces);
        self
    }

    /// Excludes items in these namespaces and cluster-scoped items.
    pub fn excluded_namespaces(mut self, namespaces: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.excluded_namespaces = strings(namespaces);
        self
    }

    /// Restricts the plugin to these resources: `pods`, `deployments.apps`, singular or plural.
    pub fn included_resources(mut self, resources: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.included_resources = strings(resources);
        self
    }

    /// Excludes these resources.
    pub fn excluded_resources(mut self, resources: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.excluded_resources = strings(resources);
        self
    }

    /// Restricts the plugin to items that match this Kubernetes label selector.
    pub fn label_selector(mut self, selector: impl Into<String>) -> Self {
        self.selector.label_selector = selector.into();
        self
    }

    /// Sets the keys allowed in a store's configuration, in addition to those that Velero adds. Without it,
    /// any key is allowed.
    pub fn config_keys(mut self, keys: impl IntoIterator<Item: Into<String>>) -> Self {
        self.config_keys = Some(strings(keys));
        self
    }

    /// Allows the fields of `T`, by their serde names, as keys of a store's configuration, in addition to
    /// those that Velero adds. A map, or a struct with a flattened field, allows any key.
    ///
    /// The store still reads it in its `init`.
    pub fn config<T: DeserializeOwned>(mut self) -> Self {
        self.config_keys = config_keys::<T>().map(|keys| strings(keys.iter().copied()));
        self
    }

    /// Sets the plugin's name for Heptio Ark, by default the part after the `/`. Ark names contain no `/`: a
    /// file `ark-objectstore-mycloud` (Ark 0.9) and the provider `mycloud` have the name `mycloud`.
    pub fn ark_name(mut self, name: impl Into<String>) -> Self {
        self.ark_name = Some(name.into());
        self
    }

    /// Added by attributes: the place and the constructor expression.
    #[doc(hidden)]
    pub fn __declared(mut self, file: &'static str, line: u32, new: &'static str) -> Self {
        self.place = Place { file, line };
        self.new = Some(new);
        self
    }

    /// The kind, as the host names it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name, `<DNS-1123 subdomain>/<non-empty>`; for an access requester `ephemeralaccess`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The items the plugin applies to, unless it decides at run time.
    pub fn selector(&self) -> &ResourceSelector {
        &self.selector
    }

    pub(crate) fn make<'a>(&self, cx: &'a Context) -> BoxFuture<'a, Result<Instance>> {
        (self.make)(cx)
    }

    /// The instance as the trait object of this kind.
    pub(crate) fn handle(&self, instance: &Instance) -> Option<AnyHandler> {
        (self.handle)(instance)
    }

    /// The items the plugin applies to now. Constructs nothing.
    pub(crate) async fn choose(&self, cx: Context) -> Result<ResourceSelector> {
        match self.applies_to {
            Some(applies_to) => applies_to(cx, self.selector.clone()).await,
            None => Ok(self.selector.clone()),
        }
    }

    /// Whether attributes of one struct declare both under one name: one plugin of two kinds, constructed
    /// once.
    pub(crate) fn is_one_with(&self, other: &Self) -> bool {
        self.new.is_some()
            && self.new == other.new
            && self.type_id == other.type_id
            && self.name == other.name
            && self.kind.has_new()
            && other.kind.has_new()
    }
}

fn strings(items: impl IntoIterator<Item: Into<String>>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("selector", &self.selector)
            .field("config_keys", &self.config_keys)
            .field("ark_name", &self.ark_name)
            .field("place", &format_args!("{}", self.place))
            .field("type_name", &self.type_name)
            .finish_non_exhaustive()
    }
}
