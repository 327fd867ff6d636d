//! The plugin calls of a chain.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use super::report::{Effect, Operation, StepError};
use crate::client::{
    BackupItemActionOutput, CallError, Client, LogRecord, PluginIdentifier, RestoreItemActionOutput,
};
use crate::{Backup, Item, Kind, OperationProgress, ResourceIdentifier, ResourceSelector, Restore};

/// Makes the calls of a [`Plan`](super::Plan): chooses client and timeout.
pub trait Caller: Send {
    /// An error that ends the whole run, such as a process that fails to restart.
    type Error: Send;

    /// Makes one call, usually with [`Call::make`] and the client of its binary.
    fn call(&mut self, call: Call<'_>) -> impl Future<Output = Result<Called, Self::Error>> + Send;
}

/// A call to make.
#[derive(Debug)]
pub struct Call<'a> {
    pub(super) binary: usize,
    pub(super) plugin: &'a PluginIdentifier,
    pub(super) request: Request<'a>,
}

#[derive(Debug)]
pub(super) enum Request<'a> {
    AppliesTo,
    Backup { item: &'a Item, backup: &'a Backup },
    Restore { item: &'a Item, from_backup: &'a Item, restore: &'a Restore },
    AreReady { items: &'a [ResourceIdentifier], restore: &'a Restore },
    Progress { operation: &'a str, of: Of<'a> },
    Cancel { operation: &'a str, of: Of<'a> },
}

/// The backup or restore in progress.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'a> {
    Backup(&'a Backup),
    Restore(&'a Restore),
}

/// The result of a call.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs)] // Constructed by every caller.
pub struct Called {
    /// The plugin's response.
    pub answer: Result<Answer, StepError>,
    /// The records logged during the call.
    pub logs: Vec<LogRecord>,
}

/// The response to a [`Call`].
#[derive(Debug)]
pub struct Answer(Kinds);

#[derive(Debug)]
enum Kinds {
    Selector(ResourceSelector),
    Effect(Box<Effect>),
    Ready(bool),
    Progress(OperationProgress),
    Nothing,
}

impl Call<'_> {
    /// The index of the plugin's binary.
    pub fn binary(&self) -> usize {
        self.binary
    }

    /// The plugin to call.
    pub fn plugin(&self) -> &PluginIdentifier {
        self.plugin
    }

    /// Makes the call with this client.
    pub async fn make(&self, client: &Client) -> Result<Answer, CallError> {
        let name = self.plugin.name.as_str();
        let answer = match self.request {
            Request::AppliesTo => Kinds::Selector(applies_to(client, self.plugin).await?),
            Request::Backup { item, backup } => {
                Kinds::Effect(Box::new(execute(client, self.plugin, item, backup).await?))
            }
            Request::Restore { item, from_backup, restore } => {
                let output = if self.plugin.kind == Kind::RestoreItemActionV2 {
                    client.restore_item_action_v2(name).execute_with(item, from_backup, restore).await?
                } else {
                    client.restore_item_action(name).execute_with(item, from_backup, restore).await?
                };
                Kinds::Effect(Box::new(restored(item, output)))
            }
            Request::AreReady { items, restore } => {
                let action = client.restore_item_action_v2(name);
                Kinds::Ready(action.are_additional_items_ready(items, restore).await?)
            }
            Request::Progress { operation, of: Of::Backup(backup) } => {
                Kinds::Progress(client.backup_item_action_v2(name).progress(operation, backup).await?)
            }
            Request::Progress { operation, of: Of::Restore(restore) } => {
                Kinds::Progress(client.restore_item_action_v2(name).progress(operation, restore).await?)
            }
            Request::Cancel { operation, of } => {
                match of {
                    Of::Backup(backup) => {
                        client.backup_item_action_v2(name).cancel(operation, backup).await?;
                    }
                    Of::Restore(restore) => {
                        client.restore_item_action_v2(name).cancel(operation, restore).await?;
                    }
                }
                Kinds::Nothing
            }
        };
        Ok(Answer(answer))
    }
}

/// `BackupItemAction example.io/name, called for Pod shop/web,` or `applies_to of …`, to be followed by a verb.
impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plugin = self.plugin;
        match self.request {
            Request::AppliesTo => write!(f, "applies_to of {plugin}"),
            Request::Backup { item, .. } | Request::Restore { item, .. } => {
                let (kind, namespace, name) = (item.kind(), item.namespace(), item.name());
                let slash = if namespace.is_empty() { "" } else { "/" };
                write!(f, "{plugin}, called for {kind} {namespace}{slash}{name},")
            }
            Request::AreReady { .. } => write!(f, "are_additional_items_ready of {plugin}"),
            Request::Progress { operation, .. } => write!(f, "progress of {plugin}, operation {operation},"),
            Request::Cancel { operation, .. } => write!(f, "cancel of {plugin}, operation {operation},"),
        }
    }
}

impl Answer {
    pub(super) fn into_selector(self) -> Result<ResourceSelector, StepError> {
        match self.0 {
            Kinds::Selector(selector) => Ok(selector),
            other => Err(other.of_another_call()),
        }
    }

    pub(super) fn into_effect(self) -> Result<Box<Effect>, StepError> {
        match self.0 {
            Kinds::Effect(effect) => Ok(effect),
            other => Err(other.of_another_call()),
        }
    }

    pub(super) fn into_ready(self) -> Result<bool, StepError> {
        match self.0 {
            Kinds::Ready(ready) => Ok(ready),
            other => Err(other.of_another_call()),
        }
    }

    pub(super) fn into_progress(self) -> Result<OperationProgress, StepError> {
        match self.0 {
            Kinds::Progress(progress) => Ok(progress),
            other => Err(other.of_another_call()),
        }
    }
}

impl Kinds {
    /// A caller may return the response of any call.
    fn of_another_call(self) -> StepError {
        CallError::bad_answer(format_args!("the caller returned the response of another call: {self:?}"))
            .into()
    }
}

async fn applies_to(client: &Client, plugin: &PluginIdentifier) -> Result<ResourceSelector, CallError> {
    let name = plugin.name.as_str();
    match plugin.kind {
        Kind::BackupItemActionV2 => client.backup_item_action_v2(name).applies_to().await,
        Kind::RestoreItemAction => client.restore_item_action(name).applies_to().await,
        Kind::RestoreItemActionV2 => client.restore_item_action_v2(name).applies_to().await,
        Kind::DeleteItemAction => client.delete_item_action(name).applies_to().await,
        Kind::ItemBlockAction => client.item_block_action(name).applies_to().await,
        _ => client.backup_item_action(name).applies_to().await,
    }
}

async fn execute(
    client: &Client,
    plugin: &PluginIdentifier,
    item: &Item,
    backup: &Backup,
) -> Result<Effect, CallError> {
    let name = plugin.name.as_str();
    Ok(match plugin.kind {
        Kind::ItemBlockAction => {
            let related_items = client.item_block_action(name).get_related_items(item, backup).await?;
            Effect { related_items, ..Effect::default() }
        }
        Kind::DeleteItemAction => {
            client.delete_item_action(name).execute(item, backup).await?;
            Effect::default()
        }
        Kind::BackupItemActionV2 => {
            backed_up(item, client.backup_item_action_v2(name).execute(item, backup).await?)
        }
        _ => backed_up(item, client.backup_item_action(name).execute(item, backup).await?),
    })
}

fn backed_up(before: &Item, output: BackupItemActionOutput) -> Effect {
    Effect {
        skipped: output.is_skipped(),
        must_include_additional_items: output.must_include_additional_items(),
        change: Some((before.clone(), output.item)),
        additional_items: output.additional_items,
        operation: output.operation_id.map(|id| Operation { id, ..Operation::default() }),
        post_operation_items: output.post_operation_items,
        ..Effect::default()
    }
}

fn restored(before: &Item, output: RestoreItemActionOutput) -> Effect {
    Effect {
        skipped: output.is_skipped(),
        must_include_additional_items: output.must_include_additional_items(),
        wait_for_additional_items: output.wait_for_additional_items,
        additional_items_ready_timeout: output.additional_items_ready_timeout,
        change: Some((before.clone(), output.item)),
        additional_items: output.additional_items,
        operation: output.operation_id.map(|id| Operation { id, ..Operation::default() }),
        ..Effect::default()
    }
}

/// Calls running clients.
pub(super) struct Clients<'a> {
    pub(super) clients: &'a [&'a Client],
    pub(super) limit: Option<Duration>,
}

impl Caller for Clients<'_> {
    type Error = Infallible;

    async fn call(&mut self, call: Call<'_>) -> Result<Called, Infallible> {
        let client = self.clients[call.binary];
        let before = client.logs().len();
        let answer = match self.limit {
            Some(limit) => match tokio::time::timeout(limit, call.make(client)).await {
                Ok(answer) => answer.map_err(StepError::from),
                Err(_) => Err(StepError::TimedOut(limit)),
            },
            None => call.make(client).await.map_err(StepError::from),
        };
        // Empty if the log was taken meanwhile.
        let logs = client.logs().into_iter().skip(before).collect();
        Ok(Called { answer, logs })
    }
}
