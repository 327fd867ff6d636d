//! A backup: item blocks, backup actions, operations and finalization.

use super::call::{Caller, Of};
use super::operations::Follow;
use super::plan::{Phase, Plan};
use super::report::Report;
use super::run::{Deep, Entries, Run, labels_match};
use crate::types::BackupPhase;
use crate::types::labels;
use crate::{Backup, Item, ResourceIdentifier};

impl Plan {
    /// Runs the item block and backup actions on the items in the given order, as a backup does.
    pub async fn backup<C: Caller>(
        &self,
        caller: &mut C,
        items: &[Item],
        backup: &Backup,
        follow: &Follow,
    ) -> Result<Report, C::Error> {
        let entries = Entries::new(self, items);
        let mut run = Run::new(self, &entries, caller, follow, Of::Backup(backup));
        let mut pass = Pass { run: &mut run, backup, finalize: false, in_block: vec![false; items.len()] };
        for entry in 0..items.len() {
            pass.block(entry).await?;
        }
        let after: Vec<_> = post_operation_items(&run).collect();
        run.follow_operations(backup.spec.item_operation_timeout).await?;
        let mut report = run.into_report();
        if follow.limit.is_some() && !after.is_empty() {
            let mut backup = backup.clone();
            backup.status.phase = BackupPhase::Finalizing;
            let mut run = Run::new(self, &entries, caller, follow, Of::Backup(&backup));
            let mut pass = Pass { run: &mut run, backup: &backup, finalize: true, in_block: Vec::new() };
            for (of, id) in after {
                match pass.find(&id) {
                    Some(entry) => drop(pass.item(entry, true).await?),
                    None => warn(&mut report, &of, &id),
                }
            }
            report.finalized = run.reports;
        }
        Ok(report)
    }
}

fn post_operation_items<'r, C: Caller>(
    run: &'r Run<'_, C>,
) -> impl Iterator<Item = (ResourceIdentifier, ResourceIdentifier)> + use<'r, C> {
    run.reports.iter().flat_map(|report| {
        // Velero processes them if there is an operation (`pkg/backup/backup.go`, `FinalizeBackup`).
        let effects = report.steps.iter().filter_map(|step| step.effect());
        let with_operation = effects.filter(|effect| effect.operation.is_some());
        with_operation
            .flat_map(|effect| effect.post_operation_items.iter().map(|id| (report.id.clone(), id.clone())))
    })
}

fn warn(report: &mut Report, of: &ResourceIdentifier, missing: &ResourceIdentifier) {
    if let Some(report) = report.items.iter_mut().find(|report| report.id == *of) {
        report.warnings.push(format!("post-operation item {missing} was not found, cannot back it up"));
    }
}

/// One pass over the items: the backup's, or its finalization.
struct Pass<'p, 'a, C> {
    run: &'p mut Run<'a, C>,
    backup: &'a Backup,
    finalize: bool,
    in_block: Vec<bool>,
}

impl<C: Caller> Pass<'_, '_, C> {
    /// Like Velero's `ResourceFor`: by any name of the resource.
    fn find(&self, id: &ResourceIdentifier) -> Option<usize> {
        let entries = self.run.entries;
        entries.find(id).or_else(|| {
            let resource = self.run.plan.resources.resolve(&id.group_resource())?;
            entries.find(&ResourceIdentifier::new(&resource, &*id.namespace, &*id.name))
        })
    }

    /// Backs up an item and its related items (`pkg/backup/backup.go`, `executeItemBlockActions`,
    /// `backupItemBlock`).
    async fn block(&mut self, first: usize) -> Result<(), C::Error> {
        if self.in_block[first] {
            return Ok(());
        }
        if let Some(why) = self.why_not_collected(first) {
            self.run.exclude(first, why);
            return Ok(());
        }
        self.in_block[first] = true;
        let mut members = vec![first];
        self.relate(first, &mut members).await?;
        for entry in members {
            let _ = self.item(entry, false).await?;
        }
        Ok(())
    }

    fn relate<'r>(&'r mut self, entry: usize, members: &'r mut Vec<usize>) -> Deep<'r, (), C::Error> {
        Box::pin(async move {
            let mut way = self.run.way(entry, Phase::ItemBlock);
            for action in self.run.actions(Phase::ItemBlock) {
                let Some(effect) = self.run.act(&mut way, action).await? else { continue };
                for id in &effect.related_items {
                    let Some(related) = self.find(id) else {
                        let warning =
                            format!("related item {id} was not found, cannot add it to the item block");
                        self.run.report(entry).warnings.push(warning);
                        continue;
                    };
                    if self.in_block[related] {
                        continue;
                    }
                    if let Some(why) = self.why_excluded(related) {
                        self.run.exclude(related, why);
                        continue;
                    }
                    self.in_block[related] = true;
                    members.push(related);
                    self.relate(related, members).await?;
                }
            }
            Ok(())
        })
    }

    /// Backs up one item (`pkg/backup/item_backupper.go`, `backupItemInternal`); the inner error fails the item that
    /// named it.
    fn item(&mut self, entry: usize, must_include: bool) -> Deep<'_, Result<(), String>, C::Error> {
        Box::pin(async move {
            let excluded = if must_include { self.why_deleted(entry) } else { self.why_excluded(entry) };
            if let Some(why) = excluded {
                self.run.exclude(entry, why);
                return Ok(Ok(()));
            }
            if !self.run.done.insert(entry) {
                return Ok(Ok(()));
            }
            let mut way = self.run.way(entry, Phase::Backup);
            for action in self.run.actions(Phase::Backup) {
                let Some(effect) = self.run.act(&mut way, action).await? else { continue };
                if self.finalize && effect.operation.is_some() {
                    way.fail(format!("{} started an operation during finalize", action.plugin.name));
                    continue;
                }
                let must = effect.must_include_additional_items || self.finalize;
                if !must {
                    let backup = self.backup;
                    self.run.exclude_additional(entry, |id| {
                        !backup.selects_additional(&id.group_resource(), &id.namespace)
                    });
                }
                for id in &effect.additional_items {
                    let Some(additional) = self.find(id) else {
                        let warning = format!("additional item {id} was not found, cannot back it up");
                        self.run.report(entry).warnings.push(warning);
                        continue;
                    };
                    if self.item(additional, must).await?.is_err() {
                        way.fail(format!("additional item {id} failed"));
                        break;
                    }
                }
            }
            Ok(self.run.finish(way))
        })
    }

    /// Why Velero does not collect the item.
    fn why_not_collected(&self, entry: usize) -> Option<String> {
        let (spec, entry) = (&self.backup.spec, &self.run.entries.all[entry]);
        // For namespaces, the name counts.
        let is_namespace = entry.id.group_resource() == "namespaces";
        let namespace = if is_namespace { &entry.id.name } else { &entry.id.namespace };
        if !self.backup.selects(&entry.id.group_resource(), namespace) {
            return Some("the backup does not include its resource or namespace".to_owned());
        }
        if !labels_match(entry.item, spec.label_selector.as_ref(), &spec.or_label_selectors) {
            return Some("the label selectors of the backup do not match it".to_owned());
        }
        why_excluded_by_itself(entry.item)
    }

    /// `itemInclusionChecks`
    fn why_excluded(&self, entry: usize) -> Option<String> {
        let entry = &self.run.entries.all[entry];
        if !self.backup.selects_additional(&entry.id.group_resource(), &entry.id.namespace) {
            return Some("the backup excludes its resource or namespace".to_owned());
        }
        why_excluded_by_itself(entry.item)
    }

    fn why_deleted(&self, entry: usize) -> Option<String> {
        deleted(self.run.entries.all[entry].item)
    }
}

fn why_excluded_by_itself(item: &Item) -> Option<String> {
    if item.label(labels::EXCLUDE_FROM_BACKUP) == Some("true") {
        return Some(format!("it has the label {}=true", labels::EXCLUDE_FROM_BACKUP));
    }
    deleted(item)
}

fn deleted(item: &Item) -> Option<String> {
    item.get("/metadata/deletionTimestamp").map(|_| "it is being deleted".to_owned())
}
