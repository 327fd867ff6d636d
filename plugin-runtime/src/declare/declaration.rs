//! The record of one plugin.

use std::any::{Any, TypeId};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use plugwright_model::Kind;
use serde::de::DeserializeOwned;

use crate::declare::Constructor;
use crate::types::{ResourceSelector, config_keys};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A handler behind its kind's own trait object: an `Arc<dyn Handler>` of `action/<kind>.rs`.
pub(crate) type AnyHandler = Box<dyn Any + Send + Sync>;

/// What a constructor made.
pub(crate) type Instance = Arc<dyn Any + Send + Sync>;

type Make = Arc<dyn Fn(&Context) -> BoxFuture<'_, Result<Instance>> + Send + Sync>;

/// `None` for an instance of another type.
type Handle = Arc<dyn Fn(&Instance) -> Option<AnyHandler> + Send + Sync>;

/// An action's `applies_to`.
type AppliesTo = fn(Context, ResourceSelector) -> BoxFuture<'static, Result<ResourceSelector>>;

/// One plugin: its kind and name, which items it wants to see, and how to make it.
///
/// The attributes write these. By hand they are for what an attribute cannot say: one type under
/// several names, or a plugin that is there only under some condition.
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
#[must_use = "a declaration does nothing until `Plugins::with` gets it"]
pub struct Declaration {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) selector: ResourceSelector,
    pub(crate) config_keys: Option<Vec<String>>,
    pub(crate) ark_name: Option<String>,
    pub(crate) place: Place,
    pub(crate) type_name: &'static str,
    pub(crate) type_id: TypeId,
    /// How an attribute says that it is made. Those of one struct that say the same share what is made.
    new: Option<&'static str>,
    make: Make,
    handle: Handle,
    applies_to: Option<AppliesTo>,
}

/// Where in the source a plugin is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// As the compiler was given it.
    pub(crate) file: &'static str,
    /// From 1.
    pub(crate) line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Declaration {
    /// A plugin that `erase` turns into what its kind's services call.
    #[track_caller]
    pub(crate) fn new<T, Form, H>(
        kind: Kind,
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
        Self::of_instance::<T, T, H>(kind, name, make, erase)
    }

    /// A store: nothing is made until its Init comes.
    #[track_caller]
    pub(crate) fn store<T, S, H>(
        kind: Kind,
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
        Self::of_instance::<T, S, H>(kind, name, make, erase)
    }

    #[track_caller]
    fn of_instance<T, I, H>(
        kind: Kind,
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
            kind,
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

    /// An action chooses its items by this.
    pub(crate) fn choosing(mut self, applies_to: AppliesTo) -> Self {
        self.applies_to = Some(applies_to);
        self
    }

    /// Only items in these namespaces, and no cluster-scoped ones (Velero's `action_resolver.go`, `ShouldUse`).
    pub fn included_namespaces(mut self, namespaces: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.included_namespaces = strings(namespaces);
        self
    }

    /// No items in these namespaces, and no cluster-scoped ones either.
    pub fn excluded_namespaces(mut self, namespaces: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.excluded_namespaces = strings(namespaces);
        self
    }

    /// Only items of these resources: `pods`, `deployments.apps`, in singular or plural.
    pub fn included_resources(mut self, resources: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.included_resources = strings(resources);
        self
    }

    /// No items of these resources.
    pub fn excluded_resources(mut self, resources: impl IntoIterator<Item: Into<String>>) -> Self {
        self.selector.excluded_resources = strings(resources);
        self
    }

    /// Only items whose labels match this Kubernetes label selector.
    pub fn label_selector(mut self, selector: impl Into<String>) -> Self {
        self.selector.label_selector = selector.into();
        self
    }

    /// The keys that a store's configuration may have, beside those that Velero adds by itself. Without
    /// this, any key is taken.
    pub fn config_keys(mut self, keys: impl IntoIterator<Item: Into<String>>) -> Self {
        self.config_keys = Some(strings(keys));
        self
    }

    /// The keys of a store's configuration are the fields of `T`, by the names that serde reads them by, beside those
    /// that Velero adds by itself. A map and a struct with a flattened field take any key.
    ///
    /// The store reads it in its `init`.
    pub fn config<T: DeserializeOwned>(mut self) -> Self {
        self.config_keys = config_keys::<T>().map(|keys| strings(keys.iter().copied()));
        self
    }

    /// What Heptio Ark calls the plugin, where that is not the part of its name after the `/`. Ark knew no names
    /// with a `/`: a file `ark-objectstore-mycloud` (Ark 0.9) and the provider `mycloud` are called `mycloud`.
    pub fn ark_name(mut self, name: impl Into<String>) -> Self {
        self.ark_name = Some(name.into());
        self
    }

    /// What an attribute adds: where it is, and what it says of `new`.
    #[doc(hidden)]
    pub fn __declared(mut self, file: &'static str, line: u32, new: &'static str) -> Self {
        self.place = Place { file, line };
        self.new = Some(new);
        self
    }

    /// The kind, as its host names it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name, `<DNS-1123 subdomain>/<non-empty>`; of an access requester `ephemeralaccess`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which items the plugin wants to see, unless it decides at run time.
    pub fn selector(&self) -> &ResourceSelector {
        &self.selector
    }

    pub(crate) fn make<'a>(&self, cx: &'a Context) -> BoxFuture<'a, Result<Instance>> {
        (self.make)(cx)
    }

    /// The instance as the services of this kind call it.
    pub(crate) fn handle(&self, instance: &Instance) -> Option<AnyHandler> {
        (self.handle)(instance)
    }

    /// Which items the plugin chooses now. Makes nothing.
    pub(crate) async fn choose(&self, cx: Context) -> Result<ResourceSelector> {
        match self.applies_to {
            Some(applies_to) => applies_to(cx, self.selector.clone()).await,
            None => Ok(self.selector.clone()),
        }
    }

    /// Whether the attributes of one struct declare both under one name: one plugin of two kinds, which is made once.
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
