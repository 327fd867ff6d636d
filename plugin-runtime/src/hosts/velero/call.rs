//! Runs one call of a plugin: in a span that describes it, with errors and panics
//! converted to Velero's form.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use go_plugin::hclog::answered;
use plugwright_model::Kind;
use tonic::Status;
use tracing::{Span, field};

use super::stack;
use crate::Declaration;
use crate::context::Surroundings;
use crate::declare::Place;
use crate::declare::names::Names;
use crate::declare::registry::{Entry, Registry};
use crate::types::{Backup, Config, Item, ResourceSelector, Restore, RestoreInput};
use crate::workers::{self, Running};
use crate::{Error, Result};
use go_plugin::Environment;

/// Finds the plugin for a call and runs its code. Shared by all services.
#[derive(Debug, Clone)]
pub(in crate::hosts) struct Dispatcher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Arc<Registry>,
    /// The names that the host uses for plugins.
    names: Names,
    surroundings: Surroundings,
    backup: Latest<Backup>,
    restore: Latest<Restore>,
}

/// The plugin for a call, found and constructed.
pub(in crate::hosts) struct Target<H: ?Sized> {
    pub(in crate::hosts) handler: Arc<H>,
    entry: Arc<Entry>,
    dispatcher: Dispatcher,
}

impl Dispatcher {
    pub(in crate::hosts) fn new(registry: Arc<Registry>, names: Names, environment: &Environment) -> Self {
        let surroundings = Surroundings::of(environment);
        let (backup, restore) = (Latest::default(), Latest::default());
        Self(Arc::new(Shared { registry, names, surroundings, backup, restore }))
    }

    /// Finds the plugin and runs `work` with it. `method` is the trait's method, for messages. `H` is the
    /// `dyn Handler` of the kind.
    pub(in crate::hosts) fn run<H, R, Work>(
        &self,
        kind: Kind,
        name: String,
        method: &'static str,
        work: impl FnOnce(Target<H>) -> Work + Send + 'static,
    ) -> RunningCall<R>
    where
        H: ?Sized + Send + Sync + 'static,
        R: Send + 'static,
        Work: Future<Output = Result<R>> + Send + 'static,
    {
        self.with_entry(kind, name, method, |entry, dispatcher| async move {
            let handler = entry.handler::<H>(&dispatcher.0.surroundings).await?;
            work(Target { handler, entry, dispatcher }).await
        })
    }

    /// Handles AppliesTo. The plugin is not constructed.
    pub(in crate::hosts) fn selector(&self, kind: Kind, name: String) -> RunningCall<ResourceSelector> {
        let select = |entry: Arc<Entry>, dispatcher: Self| async move {
            entry.selector(&dispatcher.0.surroundings).await
        };
        self.with_entry(kind, name, "applies_to", select)
    }

    /// Finds the plugin and runs `work` with its entry.
    fn with_entry<R, Work>(
        &self,
        kind: Kind,
        name: String,
        method: &'static str,
        work: impl FnOnce(Arc<Entry>, Self) -> Work + Send + 'static,
    ) -> RunningCall<R>
    where
        R: Send + 'static,
        Work: Future<Output = Result<R>> + Send + 'static,
    {
        let (found, invocation, span) = self.prepare(kind, name, method);
        let dispatcher = self.clone();
        let work = async move {
            let mut output = None;
            let ended = {
                let job = pin!(async {
                    output = Some(work(found?, dispatcher).await?);
                    Ok(())
                });
                invocation.run(job).await
            };
            ended.and_then(|()| output.ok_or_else(|| Status::internal("the call ended without a result")))
        };
        RunningCall(workers::run(work, span))
    }

    /// The error of a call of a kind that the binary does not declare.
    pub(in crate::hosts) fn refuse(&self, kind: Kind, name: String) -> Status {
        let (found, invocation, _) = self.prepare(kind, name, "call");
        let error = found
            .err()
            .unwrap_or_else(|| Error::msg("the plugin has no service; this is a bug in plugwright"));
        stack::of_error(&error, None, &invocation.function)
    }

    /// Not generic, to keep it out of each method's code.
    #[inline(never)]
    fn prepare(&self, kind: Kind, name: String, method: &str) -> (Result<Arc<Entry>>, Invocation, Span) {
        let found = self.0.registry.find(kind, self.0.names, &name);
        let invocation = Invocation::new(kind, name, method, found.as_ref().ok());
        let span = invocation.span();
        (found, invocation, span)
    }
}

/// A running call. Dropping this does not stop the call.
pub(in crate::hosts) struct RunningCall<R>(Running<Result<R, Status>>);

impl<R> RunningCall<R> {
    /// Runs the call on another thread than the one that serves the connection, so that it works while the host
    /// reads.
    pub(in crate::hosts) fn on_thread(mut self) -> Self {
        self.0.move_to_thread();
        self
    }
}

impl<R> Future for RunningCall<R> {
    type Output = Result<R, Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R, Status>> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.unwrap_or_else(|error| Err(lost(&error))))
    }
}

#[inline(never)]
fn lost(error: &Error) -> Status {
    Status::internal(format!("the call failed: {error}"))
}

/// The part that is the same for every kind and method, compiled once.
struct Invocation {
    kind: Kind,
    name: String,
    /// `<Type as Trait>::method`, for messages.
    function: String,
    /// The place of the plugin's declaration.
    declared: Option<Place>,
}

impl Invocation {
    fn new(kind: Kind, name: String, method: &str, plugin: Option<&Arc<Entry>>) -> Self {
        let type_name = plugin.map_or("plugwright", |entry| entry.declaration.type_name);
        let function = format!("<{type_name} as {}>::{method}", kind.trait_name());
        let declared = plugin.map(|entry| entry.declaration.place);
        Self { kind, name, function, declared }
    }

    fn span(&self) -> Span {
        tracing::info_span!(
            "call",
            "@function" = self.function,
            plugin = self.name,
            pluginKind = self.kind.name(),
            resource = field::Empty,
            namespace = field::Empty,
            name = field::Empty,
            backup = field::Empty,
            restore = field::Empty,
        )
    }

    /// Runs the plugin's code; errors and panics become the status that the host reads.
    async fn run(&self, job: Pin<&mut (dyn Future<Output = Result<()>> + Send)>) -> Result<(), Status> {
        match workers::catch_panic(answered(job)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(stack::of_error(&error, self.declared, &self.function)),
            Err(payload) => Err(stack::of_panic(&*payload, &self.function)),
        }
    }
}

impl Dispatcher {
    /// Like [`run`](Self::run), for work that needs only the handler.
    pub(in crate::hosts) fn call<H, R, Work>(
        &self,
        kind: Kind,
        name: String,
        method: &'static str,
        work: impl FnOnce(Arc<H>) -> Work + Send + 'static,
    ) -> RunningCall<R>
    where
        H: ?Sized + Send + Sync + 'static,
        R: Send + 'static,
        Work: Future<Output = Result<R>> + Send + 'static,
    {
        self.run(kind, name, method, |target: Target<H>| work(target.handler))
    }
}

/// Parses the item of the call; its kind, namespace and name are added to all following log lines.
pub(in crate::hosts) fn item(json: Bytes, what: &str) -> Result<Item> {
    let item = Item::received(json).map_err(|error| error.context(format!("{what} from the host")))?;
    let span = Span::current();
    span.record("resource", item.kind());
    if !item.namespace().is_empty() {
        span.record("namespace", item.namespace());
    }
    span.record("name", item.name());
    Ok(item)
}

impl<H: ?Sized> Target<H> {
    /// Parses the Backup of the call.
    pub(in crate::hosts) fn backup(&self, json: &Bytes) -> Result<Arc<Backup>> {
        let backup = self.dispatcher.0.backup.get(json, Backup::from_json)?;
        let metadata = &backup.metadata;
        if !metadata.name.is_empty() {
            Span::current().record("backup", format!("{}/{}", metadata.namespace, metadata.name));
        }
        Ok(backup)
    }

    /// Parses the Restore of the call.
    pub(in crate::hosts) fn restore(&self, json: &Bytes) -> Result<Arc<Restore>> {
        let restore = self.dispatcher.0.restore.get(json, Restore::from_json)?;
        let metadata = &restore.metadata;
        if !metadata.name.is_empty() {
            Span::current().record("restore", format!("{}/{}", metadata.namespace, metadata.name));
        }
        Ok(restore)
    }
}

impl<H: ?Sized> Target<H> {
    /// Creates the input of a restore item action (V1 or V2). Old hosts do not send the item of the backup.
    pub(in crate::hosts) fn restore_input(
        &self,
        item: Bytes,
        item_from_backup: Bytes,
        restore: &Bytes,
    ) -> Result<RestoreInput> {
        let (item, restore) = (self::item(item, "item")?, self.restore(restore)?);
        let stored = (!item_from_backup.is_empty()).then(|| Item::from_json(item_from_backup)).transpose();
        let item_from_backup = stored.map_err(|error| error.context("itemFromBackup from the host"))?;
        Ok(RestoreInput { item, item_from_backup, restore })
    }

    /// Parses the configuration of a store and rejects keys that the plugin does not allow. The keys that
    /// Velero adds are always allowed (`pkg/plugin/framework/validation.go`).
    pub(in crate::hosts) fn config(&self, config: BTreeMap<String, String>) -> Result<Config> {
        let declaration = &self.entry.declaration;
        if let Some(keys) = &declaration.config_keys {
            let implied = declaration.kind.implied_config_keys();
            let more = implied.iter().copied().filter(|implied| !keys.iter().any(|key| key == implied));
            let valid: Vec<_> = keys.iter().map(String::as_str).chain(more).collect();
            let invalid: Vec<_> =
                config.keys().map(String::as_str).filter(|key| !valid.contains(key)).collect();
            if !invalid.is_empty() {
                let (invalid, valid) = (invalid.join(" "), valid.join(" "));
                return Err(Error::msg(format!(
                    "config has invalid keys [{invalid}]; valid keys are [{valid}]"
                )));
            }
        }
        Ok(config.into())
    }

    /// Rejects an operation without progress support, which Velero would poll until it times out.
    pub(in crate::hosts) fn check_operation(&self, id: Option<&str>, has_operations: bool) -> Result<()> {
        match id {
            Some(id) if !has_operations => {
                let Declaration { kind, type_name, .. } = &self.entry.declaration;
                let operations = kind.operations_trait().unwrap_or_default();
                Err(Error::msg(format!(
                    "{type_name} started the operation `{id}`, but does not implement {operations}, so \
                     Velero could not poll its progress"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// The object shared by all items of a backup or restore: the host sends its JSON with each item, and it is
/// parsed once.
#[derive(Debug)]
struct Latest<T>(Mutex<Option<(Bytes, Arc<T>)>>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Latest<T> {
    fn get(&self, json: &Bytes, parse: impl FnOnce(&[u8]) -> Result<T>) -> Result<Arc<T>> {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, object)) = &*latest
            && of == json
        {
            return Ok(Arc::clone(object));
        }
        let object = Arc::new(parse(json)?);
        // Copied, because the bytes are a slice of the whole message, which also contains the item.
        *latest = Some((Bytes::copy_from_slice(json), Arc::clone(&object)));
        Ok(object)
    }
}
