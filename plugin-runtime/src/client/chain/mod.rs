//! Whole backups and restores: runs the item actions of one or more binaries in Velero's order.
//!
//! ```text
//! Chain ── Plan: the actions and their selectors ─────┬ backup: item blocks, actions, operations, finalization
//!          Caller: makes the calls                    ├ restore: by resource, additional items first, operations
//!                                                     └ delete
//!                                                        └ Report: each item after each step
//! ```

mod backup;
mod call;
mod delete;
mod operations;
mod plan;
mod report;
mod resources;
mod restore;
mod run;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

pub use call::{Answer, Call, Called, Caller};
pub use operations::Follow;
pub use plan::{Phase, Plan, Unusable};
pub use report::{Effect, Fate, ItemReport, Operation, Outcome, Report, Step, StepError};

use super::{CallError, Client};
use crate::{Backup, Item, Restore};
use call::Clients;

/// The default timeout of operations and additional items.
const PATIENCE: Duration = Duration::from_secs(60);

/// A backup or restore with the plugins of one or more binaries.
///
/// Only the plugins of the given clients are called, not Velero's own actions. Unlike in Velero, a process
/// that ends is not restarted: all later calls fail.
///
/// ```no_run
/// use std::time::Duration;
///
/// use plugwright::client::Client;
/// use plugwright::client::chain::{Chain, Follow};
/// use plugwright::{Item, Restore};
///
/// # async fn example(items: Vec<Item>) -> plugwright::Result<()> {
/// let ours = Client::builder("target/debug/my-plugin").start().await?;
/// let other = Client::builder("other-plugin").start().await?;
/// let chain = Chain::of([&ours, &other]).follow(Follow::for_at_most(Duration::from_secs(5)));
/// let report = chain.restore(&items, &Restore::named("velero", "r")).await?;
/// assert_eq!(report.errors().count(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Chain<'a> {
    clients: Vec<&'a Client>,
    call_timeout: Option<Duration>,
    follow: Follow,
}

impl<'a> Chain<'a> {
    /// Creates a chain of the plugins of these clients, in this order.
    pub fn of(clients: impl IntoIterator<Item = &'a Client>) -> Self {
        let clients = clients.into_iter().collect();
        Self { clients, call_timeout: None, follow: Follow::for_at_most(PATIENCE) }
    }

    /// Sets a timeout for calls. By default, calls have none, as in Velero.
    #[must_use]
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = Some(limit);
        self
    }

    /// Configures waiting for operations and additional items. The default is at most a minute for all
    /// operations, and for the additional items of each action.
    #[must_use]
    pub fn follow(mut self, follow: Follow) -> Self {
        self.follow = follow;
        self
    }

    /// Like [`Client::backup`], with all clients.
    pub async fn backup(&self, items: &[Item], backup: &Backup) -> Result<Report, ChainError> {
        let (plan, mut caller) = self.plan(items, &[Phase::ItemBlock, Phase::Backup]).await?;
        let Ok(report) = plan.backup(&mut caller, items, backup, &self.follow).await;
        Ok(report)
    }

    /// Like [`Client::restore`], with all clients.
    pub async fn restore(&self, items: &[Item], restore: &Restore) -> Result<Report, ChainError> {
        let (plan, mut caller) = self.plan(items, &[Phase::Restore]).await?;
        let Ok(report) = plan.restore(&mut caller, items, restore, &self.follow).await;
        Ok(report)
    }

    /// Runs all delete item actions on the items of a backup, as Velero does when it deletes the backup.
    pub async fn delete(&self, items: &[Item], backup: &Backup) -> Result<Report, ChainError> {
        let (plan, mut caller) = self.plan(items, &[Phase::Delete]).await?;
        let Ok(report) = plan.delete(&mut caller, items, backup).await;
        Ok(report)
    }

    async fn plan(&self, items: &[Item], phases: &[Phase]) -> Result<(Plan, Clients<'_>), ChainError> {
        let mut plugins = Vec::new();
        for (binary, client) in self.clients.iter().enumerate() {
            let listed = client.plugins().await.map_err(ChainError::List)?;
            let of_phase = listed
                .into_iter()
                .filter(|plugin| Phase::of(plugin.kind).is_some_and(|phase| phases.contains(&phase)));
            plugins.extend(of_phase.map(|plugin| (binary, plugin)));
        }
        let mut caller = Clients { clients: &self.clients, limit: self.call_timeout };
        let Ok(plan) = Plan::make(&mut caller, plugins, items).await;
        match plan.unusable().first() {
            Some(unusable) => Err(ChainError::Unusable(unusable.clone())),
            None => Ok((plan, caller)),
        }
    }
}

impl Client {
    /// Backs up the items like Velero: runs all item block and backup actions of the binary, by their
    /// selectors and in Velero's order, with additional and related items and skips, and waits for
    /// operations. The items represent the cluster: additional items are looked up among them.
    ///
    /// The report contains each item after each step. As in Velero, the backup continues if a plugin fails;
    /// an error is returned only if Velero would abort.
    ///
    /// ```
    /// use plugwright::client::Client;
    /// use plugwright::prelude::*;
    /// use plugwright::{Declaration, Plugins};
    /// use serde_json::json;
    ///
    /// #[derive(Default)]
    /// struct Key;
    ///
    /// impl BackupItemAction for Key {
    ///     async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
    ///         input.item.set_annotation("example.io/seen", "true");
    ///         let key = ResourceIdentifier::new("secrets", input.item.namespace(), "key");
    ///         Ok(BackupOutput::backup().additional_item(key))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let key = Declaration::backup_item_action("example.io/key", Key::default).included_resources(["pods"]);
    /// let client = Client::in_process(Plugins::new().with(key)).await?;
    /// let object = |kind: &str, name: &str| {
    ///     let metadata = json!({"name": name, "namespace": "shop"});
    ///     Item::from_value(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata}))
    /// };
    /// let items = [object("Pod", "web")?, object("Secret", "key")?];
    /// let report = client.backup(&items, &Backup::named("velero", "b")).await?;
    ///
    /// assert_eq!(report.errors().count() + report.warnings().count(), 0);
    /// let pod = report.item(&ResourceIdentifier::of(&items[0])).unwrap();
    /// assert_eq!(pod.result().unwrap().annotation("example.io/seen"), Some("true"));
    /// // The secret follows the pod that returned it.
    /// assert_eq!(report.items[1].id.to_string(), "secrets shop/key");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Volumes, hooks and resource policies are not supported.
    pub async fn backup(&self, items: &[Item], backup: &Backup) -> Result<Report, ChainError> {
        Chain::of([self]).backup(items, backup).await
    }

    /// Restores the items like Velero: in its resource order, without the metadata and status that it
    /// removes, running all restore item actions of the binary by their selectors, additional items first,
    /// and waits for operations. The items represent the backup: additional items are looked up among them.
    ///
    /// ```
    /// # use plugwright::client::Client;
    /// # use plugwright::prelude::*;
    /// # use plugwright::{Declaration, Plugins};
    /// #[restore_item_action(name = "example.io/unschedule", included_resources = ["pods"])]
    /// async fn unschedule(input: &mut RestoreInput) -> Result<RestoreOutput> {
    ///     input.item.remove("/spec/nodeName");
    ///     Ok(RestoreOutput::restore())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let client = Client::in_process(Plugins::declared()).await?;
    /// let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "uid": "1"}, "spec": {"nodeName": "n"}}"#;
    /// let report = client.restore(&[Item::from_json(pod)?], &Restore::named("velero", "r")).await?;
    /// let restored = report.items[0].result().unwrap();
    /// assert_eq!((restored.uid(), restored.get("/spec/nodeName")), ("", None));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Volumes, hooks, resource policies and modifiers are not supported. The target cluster is empty.
    pub async fn restore(&self, items: &[Item], restore: &Restore) -> Result<Report, ChainError> {
        Chain::of([self]).restore(items, restore).await
    }
}

/// Why a backup or restore cannot run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ChainError {
    /// A binary cannot list its plugins.
    List(CallError),
    /// The selector of an action is unavailable or invalid.
    Unusable(Unusable),
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(error) => write!(f, "cannot list the plugins of a binary: {error}"),
            Self::Unusable(unusable) => unusable.fmt(f),
        }
    }
}

impl std::error::Error for ChainError {}
