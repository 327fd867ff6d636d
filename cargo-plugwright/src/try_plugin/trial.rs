//! Velero's part: which actions an item goes through, in which order, and what each of them gets.

use plugwright::client::{
    BackupItemActionOutput, CallError, Client, PluginIdentifier, RestoreItemActionOutput,
};
use plugwright::types::annotations;
use plugwright::{Backup, Item, Kind, Restore};

use super::plan::{Action, Phase, Plan};
use super::report::{Effect, ItemReport, Outcome, Step};
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::resources::Resource;
use crate::selector;
use crate::session::Session;

pub(crate) struct Trial {
    pub(crate) session: Session,
    pub(crate) plan: Plan,
    /// None where only a restore is tried.
    pub(crate) backup: Option<Backup>,
    /// None where only a backup is tried.
    pub(crate) restore: Option<Restore>,
}

/// An item on its way through the actions of one phase.
struct Way<'a> {
    phase: Phase,
    resource: &'a Resource,
    /// As Velero compares it with selectors; in a restore, where the item goes.
    namespace: String,
    item: Item,
    from_file: &'a Item,
    /// Why there is no further call.
    ended: Option<String>,
}

impl Trial {
    pub(crate) async fn item(&mut self, manifest: Manifest) -> Result<ItemReport, Failure> {
        let Manifest { source, item } = manifest;
        let resource = self.plan.discovery.resource_of(item.as_value());
        let mut notes = Vec::new();
        if resource.guessed {
            notes.push(format!(
                "the resource of {} is a guess: `{}`",
                item.kind(),
                resource.group_resource()
            ));
        }
        let mut namespace = item.namespace();
        if namespace.is_empty() && resource.namespaced == Some(true) {
            namespace = "default";
            notes.push("it has no namespace; selectors see it in `default`".to_owned());
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
            let outcome = if let Some(why) = way.why_not(action) {
                Outcome::NotApplicable(why)
            } else if let Some(why) = &way.ended {
                Outcome::NotReached(why.clone())
            } else {
                let client = self.session.restarted().await?;
                let called = match (&self.backup, &self.restore) {
                    (_, Some(restore)) if phase == Phase::Restore => {
                        call_restore(client, &action.plugin, &way, restore).await
                    }
                    (Some(backup), _) => call_backup(client, &action.plugin, &way, backup).await,
                    (None, _) => continue,
                };
                way.after(&action.plugin, called)
            };
            let logs = self.session.take_logs();
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

    /// Takes over what an action gave back, and ends the way where Velero ends it.
    fn after(&mut self, plugin: &PluginIdentifier, called: Result<Effect, CallError>) -> Outcome {
        match called {
            Err(error) => {
                // Others than these go on after an error (`pkg/backup/backup.go`,
                // `executeItemBlockActions`; `internal/delete/delete_item_action_handler.go`).
                if matches!(self.phase, Phase::Backup | Phase::Restore) {
                    self.ended = Some(format!("{} failed", plugin.name));
                }
                Outcome::Failed(error)
            }
            Ok(effect) => {
                if effect.skipped {
                    self.ended = Some(format!("{} left the item out", plugin.name));
                }
                if let Some((_, after)) = &effect.change {
                    self.item = after.clone();
                    // Velero means to do so in a backup, too, but takes it from a copy of the annotations
                    // (`pkg/backup/item_backupper.go`, `executeActions`): the next action sees it.
                    if self.phase == Phase::Restore {
                        self.item.remove_annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE);
                    }
                }
                Outcome::Done(Box::new(effect))
            }
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

/// What Velero takes from an item before the first restore action sees it (`pkg/restore/restore.go`,
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
