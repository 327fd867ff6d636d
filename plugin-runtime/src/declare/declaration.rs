//! The record of one plugin.

use std::any::Any;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use plugwright_model::Kind;

use crate::declare::Constructor;
use crate::types::ResourceSelector;
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A handler behind its kind's own trait object: an `Arc<dyn Handler>` of `action/<kind>.rs`.
pub(crate) type AnyHandler = Box<dyn Any + Send + Sync>;

type Make = Arc<dyn Fn(&'static Context) -> BoxFuture<'static, Result<AnyHandler>> + Send + Sync>;

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
    make: Make,
}

/// Where in the source a plugin is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// As the compiler was given it.
    pub file: &'static str,
    /// From 1.
    pub line: u32,
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
        erase: impl Fn(T) -> Arc<H> + Copy + Send + Sync + 'static,
    ) -> Self
    where
        T: 'static,
        H: ?Sized + Send + Sync + 'static,
    {
        let new = Arc::new(new);
        let make = move |cx| -> BoxFuture<'static, Result<AnyHandler>> {
            let made = new.make(cx);
            Box::pin(async move { Ok(Box::new(erase(made.await?)) as AnyHandler) })
        };
        Self::of_handler::<T>(kind, name, Arc::new(make))
    }

    /// A store: nothing is made until its Init comes.
    #[track_caller]
    pub(crate) fn store<T, H>(kind: Kind, name: String, handler: fn(&'static Context) -> Arc<H>) -> Self
    where
        T: 'static,
        H: ?Sized + Send + Sync + 'static,
    {
        let make = move |cx| -> BoxFuture<'static, Result<AnyHandler>> {
            Box::pin(std::future::ready(Ok(Box::new(handler(cx)) as AnyHandler)))
        };
        Self::of_handler::<T>(kind, name, Arc::new(make))
    }

    #[track_caller]
    fn of_handler<T>(kind: Kind, name: String, make: Make) -> Self {
        let caller = Location::caller();
        Self {
            kind,
            name,
            selector: ResourceSelector::default(),
            config_keys: None,
            ark_name: None,
            place: Place { file: caller.file(), line: caller.line() },
            type_name: std::any::type_name::<T>(),
            make,
        }
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

    /// What Heptio Ark calls the plugin, where that is not the part of its name after the `/`. Ark knew no names
    /// with a `/`: a file `ark-objectstore-mycloud` (Ark 0.9) and the provider `mycloud` are called `mycloud`.
    pub fn ark_name(mut self, name: impl Into<String>) -> Self {
        self.ark_name = Some(name.into());
        self
    }

    /// Where the plugin is declared, for messages; else where this record was made.
    pub fn declared_at(mut self, file: &'static str, line: u32) -> Self {
        self.place = Place { file, line };
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

    /// Where the plugin is declared.
    pub fn place(&self) -> Place {
        self.place
    }

    pub(crate) fn make(&self, cx: &'static Context) -> BoxFuture<'static, Result<AnyHandler>> {
        (self.make)(cx)
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
