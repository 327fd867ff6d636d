//! Velero's role: which actions are called for an item, in which order, and with what.

use std::time::Duration;

use plugwright::client::{
    BackupItemActionOutput, CallError, Client, PluginIdentifier, RestoreItemActionOutput,
};
use plugwright::types::annotations;
use plugwright::{Backup, Item, Kind, Restore};
use serde_json::Value;

use super::plan::{Action, Phase, Plan};
use super::report::{Effect, ItemReport, Outcome, Step};
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::patience::{self, TimedOut};
use crate::resources::Resource;
use crate::selector;
use crate::session::Session;

pub(crate) struct Trial {
    pub(crate) session: Session,
    pub(crate) plan: Plan,
    /// None to try only a restore.
    pub(crate) backup: Option<Backup>,
    /// None to try only a backup.
    pub(crate) restore: Option<Restore>,
    /// For each call.
    pub(crate) timeout: Option<Duration>,
}

/// An item that passes through the actions of one phase.
struct Way<'a> {
    phase: Phase,
    resource: &'a Resource,
    /// As Velero compares it with selectors; in a restore, where the item goes.
    namespace: String,
    item: Item,
    from_file: &'a Item,
    /// Why no further action is called.
    ended: Option<String>,
}

impl Trial {
    pub(crate) async fn item(&mut self, manifest: Manifest) -> Result<ItemReport, Failure> {
        let Manifest { source, item } = manifest;
        let resource = self.plan.discovery.resource_of(item.as_value());
        let mut notes = Vec::new();
        if resource.guessed {
            notes.push(format!(
                "assuming that the resource of {} is `{}`",
                item.kind(),
                resource.group_resource()
            ));
        }
        let mut namespace = item.namespace();
        if namespace.is_empty() && resource.namespaced == Some(true) {
            namespace = "default";
            notes.push("no namespace; assuming `default`".to_owned());
        }
        let mut steps = Vec::new();
        for phase in [Phase::ItemBlock, Phase::Backup, Phase::Restore, Phase::Delete] {
            let mut way = Way {
                phase,
                resource: &resource,
                namespace: namespace.to_owned(),
                item: item.clone(),
                from_file: &item,
                ended: None,
            };
            if phase == Phase::Restore {
                let Some(restore) = &self.restore else { continue };
                way.namespace = restore.target_namespace(namespace).to_owned();
                reset(&mut way.item);
            } else if self.backup.is_none() {
                continue;
            }
            self.phase(way, &mut steps).await?;
        }
        Ok(ItemReport { source, resource: resource.group_resource(), notes, steps, item })
    }

    async fn phase(&mut self, mut way: Way<'_>, steps: &mut Vec<Step>) -> Result<(), Failure> {
        let phase = way.phase;
        for action in self.plan.actions.iter().filter(|action| action.phase == phase) {
            let plugin = &action.plugin;
            let outcome = if let Some(why) = way.why_not(action) {
                Outcome::NotApplicable(why)
            } else if let Some(why) = &way.ended {
                Outcome::NotReached(why.clone())
            } else {
                let client = self.session.restarted().await?;
                let call = async {
                    match (&self.backup, &self.restore) {
                        (_, Some(restore)) if phase == Phase::Restore => {
                            call_restore(client, plugin, &way, restore).await
                        }
                        (Some(backup), _) => call_backup(client, plugin, &way, backup).await,
                        // The phases of a backup are skipped without one.
                        (None, _) => Ok(Effect::default()),
                    }
                };
                let what = format!("{plugin}, called for {},", in_words(&way.item));
                let called = patience::wait(what, self.timeout, call).await;
                way.after(plugin, called)
            };
            let logs = self.session.take_logs();
            if let Outcome::TimedOut(_) = outcome {
                self.session.restart().await?;
            }
            steps.push(Step { plugin: action.plugin.clone(), outcome, logs });
        }
        Ok(())
    }
}

impl Way<'_> {
    fn why_not(&self, action: &Action) -> Option<String> {
        // In a restore the labels count as earlier actions left them (`pkg/restore/restore.go`,
        // `restoreItem`), else as they are in the cluster or the backup.
        let labelled = if self.phase == Phase::Restore { &self.item } else { self.from_file };
        let resource = self.resource.group_resource();
        let verdict = action.resolved.applies_to(&resource, &self.namespace, |key| labelled.label(key));
        let why = verdict.err()?;
        Some(format!("{why} ({})", selector::in_words(&action.selector)))
    }

    /// Takes over the returned item, and stops where Velero stops.
    fn after(
        &mut self,
        plugin: &PluginIdentifier,
        called: Result<Result<Effect, CallError>, TimedOut>,
    ) -> Outcome {
        match called {
            Err(timed_out) => {
                self.fail(plugin);
                Outcome::TimedOut(timed_out)
            }
            Ok(Err(error)) => {
                self.fail(plugin);
                Outcome::Failed(error)
            }
            Ok(Ok(mut effect)) => {
                if effect.skipped {
                    self.ended = Some(format!("{} skipped the item", plugin.name));
                }
                if let Some((before, after)) = &effect.change {
                    effect.problems = problems(before, after);
                    self.item = after.clone();
                    // In a backup, Velero removes it from a copy of the annotations only
                    // (`pkg/backup/item_backupper.go`, `executeActions`): the next action sees it.
                    if self.phase == Phase::Restore {
                        self.item.remove_annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE);
                    }
                }
                Outcome::Done(Box::new(effect))
            }
        }
    }

    fn fail(&mut self, plugin: &PluginIdentifier) {
        // The other phases go on after an error (`pkg/backup/backup.go`, `executeItemBlockActions`;
        // `internal/delete/delete_item_action_handler.go`).
        if matches!(self.phase, Phase::Backup | Phase::Restore) {
            self.ended = Some(format!("{} failed", plugin.name));
        }
    }

    fn backup_effect(&self, output: BackupItemActionOutput) -> Effect {
        Effect {
            skipped: output.is_skipped(),
            must_include_additional_items: output.must_include_additional_items(),
            change: Some((self.item.clone(), output.item)),
            additional_items: output.additional_items,
            operation_id: output.operation_id,
            post_operation_items: output.post_operation_items,
            ..Effect::default()
        }
    }

    fn restore_effect(&self, output: RestoreItemActionOutput) -> Effect {
        Effect {
            skipped: output.skip_restore,
            must_include_additional_items: output.must_include_additional_items(),
            wait_for_additional_items: output.wait_for_additional_items,
            additional_items_ready_timeout: output.additional_items_ready_timeout,
            change: Some((self.item.clone(), output.item)),
            additional_items: output.additional_items,
            operation_id: output.operation_id,
            ..Effect::default()
        }
    }
}

async fn call_backup(
    client: &Client,
    plugin: &PluginIdentifier,
    way: &Way<'_>,
    backup: &Backup,
) -> Result<Effect, CallError> {
    let name = plugin.name.as_str();
    match plugin.kind {
        Kind::ItemBlockAction => {
            let related_items = client.item_block_action(name).get_related_items(&way.item, backup).await?;
            Ok(Effect { related_items, ..Effect::default() })
        }
        Kind::DeleteItemAction => {
            client.delete_item_action(name).execute(&way.item, backup).await?;
            Ok(Effect::default())
        }
        Kind::BackupItemActionV2 => {
            Ok(way.backup_effect(client.backup_item_action_v2(name).execute(&way.item, backup).await?))
        }
        _ => Ok(way.backup_effect(client.backup_item_action(name).execute(&way.item, backup).await?)),
    }
}

async fn call_restore(
    client: &Client,
    plugin: &PluginIdentifier,
    way: &Way<'_>,
    restore: &Restore,
) -> Result<Effect, CallError> {
    let (name, item, from_backup) = (plugin.name.as_str(), &way.item, way.from_file);
    let output = match plugin.kind {
        Kind::RestoreItemActionV2 => {
            client.restore_item_action_v2(name).execute_with(item, from_backup, restore).await?
        }
        _ => client.restore_item_action(name).execute_with(item, from_backup, restore).await?,
    };
    Ok(way.restore_effect(output))
}

/// Fields without which an API server, and so a restore, refuses an item.
fn problems(before: &Item, after: &Item) -> Vec<String> {
    let has = |item: &Item, pointer: &str| {
        item.get(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let is_lost = |pointer: &str| has(before, pointer) && !has(after, pointer);
    let mut problems = Vec::new();
    for pointer in ["/apiVersion", "/kind", "/metadata/name"] {
        let is_generated = pointer == "/metadata/name" && has(after, "/metadata/generateName");
        if is_lost(pointer) && !is_generated {
            let field = pointer[1..].replace('/', ".");
            problems.push(format!("the returned item has no `{field}`: it cannot be restored"));
        }
    }
    problems
}

/// `Pod shop/web`
fn in_words(item: &Item) -> String {
    match item.namespace() {
        "" => format!("{} {}", item.kind(), item.name()),
        namespace => format!("{} {namespace}/{}", item.kind(), item.name()),
    }
}

/// What Velero removes from an item before the first restore action (`pkg/restore/restore.go`,
/// `resetMetadataAndStatus`).
fn reset(item: &mut Item) {
    for field in [
        "generateName",
        "selfLink",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "ownerReferences",
    ] {
        item.remove(&format!("/metadata/{field}"));
    }
    item.remove("/status");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_must_keep_what_identifies_it() -> plugwright::Result<()> {
        let before = Item::from_json(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}"#)?;
        assert!(problems(&before, &before).is_empty());
        let after = Item::from_json(r#"{"kind":"Pod"}"#)?;
        let found = problems(&before, &after);
        assert_eq!(found.len(), 2);
        assert!(found[1].contains("has no `metadata.name`"), "{found:?}");
        let after =
            Item::from_json(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-"}}"#)?;
        assert!(problems(&before, &after).is_empty());
        Ok(())
    }
}
