//! One run: the items, the called actions, and the report.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;

use serde_json::Value;

use super::call::{Answer, Call, Caller, Of, Request};
use super::operations::{Follow, Started};
use super::plan::{Action, Phase, Plan};
use super::report::{Effect, Fate, ItemReport, Outcome, Report, Step, StepError};
use crate::types::LabelSelector;
use crate::types::annotations;
use crate::{Item, ResourceIdentifier};

/// A recursive call for additional items.
pub(super) type Deep<'r, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'r>>;

/// A given item.
pub(super) struct Entry<'a> {
    pub(super) item: &'a Item,
    pub(super) id: ResourceIdentifier,
    notes: Vec<String>,
}

/// The items, and the lookup of identifiers returned by plugins.
pub(super) struct Entries<'a> {
    pub(super) all: Vec<Entry<'a>>,
    by_id: HashMap<ResourceIdentifier, usize>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(plan: &Plan, items: &'a [Item]) -> Self {
        let all: Vec<_> = items.iter().map(|item| Entry::new(plan, item)).collect();
        let by_id = all.iter().enumerate().rev().map(|(at, entry)| (entry.id.clone(), at)).collect();
        Self { all, by_id }
    }

    pub(super) fn find(&self, id: &ResourceIdentifier) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

impl<'a> Entry<'a> {
    fn new(plan: &Plan, item: &'a Item) -> Self {
        let resource = plan.resources.resource_of(item.as_value());
        let mut notes = Vec::new();
        if resource.guessed {
            let name = resource.group_resource();
            notes.push(format!("assuming that the resource of {} is `{name}`", item.kind()));
        }
        let mut namespace = item.namespace();
        if namespace.is_empty() && resource.namespaced == Some(true) {
            namespace = "default";
            notes.push("no namespace; assuming `default`".to_owned());
        }
        let (group, resource) = (resource.group, resource.plural);
        let id =
            ResourceIdentifier { group, resource, namespace: namespace.into(), name: item.name().into() };
        Self { item, id, notes }
    }
}

pub(super) struct Run<'a, C> {
    pub(super) plan: &'a Plan,
    pub(super) entries: &'a Entries<'a>,
    pub(super) caller: &'a mut C,
    pub(super) follow: &'a Follow,
    /// The backup or restore in progress.
    pub(super) of: Of<'a>,
    /// Items that Velero has started processing.
    pub(super) done: HashSet<usize>,
    finished: HashSet<usize>,
    pub(super) reports: Vec<ItemReport>,
    /// The report of each entry.
    places: HashMap<usize, usize>,
    pub(super) operations: Vec<Started<'a>>,
}

/// An item that goes through the actions of one phase.
pub(super) struct Way {
    phase: Phase,
    pub(super) entry: usize,
    /// The namespace that Velero matches with selectors; in a restore, the target.
    pub(super) namespace: String,
    pub(super) item: Item,
    /// Why no further action is called, and the item's outcome.
    ended: Option<(String, Fate)>,
}

impl Way {
    pub(super) fn fail(&mut self, why: String) {
        self.ended = Some((why.clone(), Fate::Failed(why)));
    }
}

impl<'a, C: Caller> Run<'a, C> {
    pub(super) fn new(
        plan: &'a Plan,
        entries: &'a Entries<'a>,
        caller: &'a mut C,
        follow: &'a Follow,
        of: Of<'a>,
    ) -> Self {
        Self {
            plan,
            entries,
            caller,
            follow,
            of,
            done: HashSet::new(),
            finished: HashSet::new(),
            reports: Vec::new(),
            places: HashMap::new(),
            operations: Vec::new(),
        }
    }

    pub(super) fn actions(&self, phase: Phase) -> impl Iterator<Item = &'a Action> + use<'a, C> {
        self.plan.actions.iter().filter(move |action| action.phase == phase)
    }

    /// The report of an entry, created on first use.
    pub(super) fn report(&mut self, entry: usize) -> &mut ItemReport {
        let place = *self.places.entry(entry).or_insert_with(|| {
            let Entry { item, id, notes } = &self.entries.all[entry];
            self.reports.push(ItemReport {
                index: entry,
                id: id.clone(),
                notes: notes.clone(),
                steps: Vec::new(),
                warnings: Vec::new(),
                fate: Fate::Kept((*item).clone()),
            });
            self.reports.len() - 1
        });
        &mut self.reports[place]
    }

    /// Marks the item as excluded, unless actions were called: an excluded item may also be an additional
    /// item.
    pub(super) fn exclude(&mut self, entry: usize, why: String) {
        if !self.done.contains(&entry) {
            self.report(entry).fate = Fate::Excluded(why);
        }
    }

    pub(super) fn way(&mut self, entry: usize, phase: Phase) -> Way {
        let Entry { item, id, .. } = &self.entries.all[entry];
        let way = Way { phase, entry, namespace: id.namespace.clone(), item: (*item).clone(), ended: None };
        // This fixes its place in the order.
        self.report(entry);
        way
    }

    /// Runs one action on the item. Returns the effect of an action that was called and did not end the
    /// processing.
    pub(super) async fn act(
        &mut self,
        way: &mut Way,
        action: &'a Action,
    ) -> Result<Option<Effect>, C::Error> {
        let entries = self.entries;
        let from_file = entries.all[way.entry].item;
        let (outcome, logs) = if let Some(why) = self.why_not(way, action) {
            (Outcome::NotApplicable(why), Vec::new())
        } else if let Some((why, _)) = &way.ended {
            (Outcome::NotReached(why.clone()), Vec::new())
        } else {
            let request = match self.of {
                Of::Backup(backup) => Request::Backup { item: &way.item, backup },
                Of::Restore(restore) => Request::Restore { item: &way.item, from_backup: from_file, restore },
            };
            let call = Call { binary: action.binary, plugin: &action.plugin, request };
            let called = self.caller.call(call).await?;
            (way.after(action, called.answer.and_then(Answer::into_effect)), called.logs)
        };
        let is_over = way.ended.is_some();
        let plugin = action.plugin.clone();
        let entry = way.entry;
        let report = self.report(entry);
        report.steps.push(Step { plugin, phase: way.phase, outcome, logs });
        let step = report.steps.len() - 1;
        let effect = report.steps[step].effect().cloned();
        // A backup drops the operation of an action that skips the item; a restore keeps it.
        let counts = |effect: &&Effect| !effect.skipped || way.phase == Phase::Restore;
        let started = effect.as_ref().filter(counts).and_then(|effect| effect.operation.as_ref());
        if let Some(operation) = started {
            let id = operation.id.clone();
            self.operations.push(Started { action, id, report: self.places[&entry], step });
        }
        Ok(effect.filter(|_| !is_over))
    }

    fn why_not(&self, way: &Way, action: &Action) -> Option<String> {
        let Entry { item, id, .. } = &self.entries.all[way.entry];
        // In a restore, labels count as earlier actions left them (`pkg/restore/restore.go`, `restoreItem`),
        // otherwise as in the cluster or the backup.
        let labelled = if way.phase == Phase::Restore { &way.item } else { *item };
        let verdict =
            action.resolved.applies_to(&id.group_resource(), &way.namespace, |key| labelled.label(key));
        Some(format!("{} ({})", verdict.err()?, action.selector))
    }

    /// The last step of an item.
    pub(super) fn last_effect(&mut self, entry: usize) -> Option<&mut Effect> {
        match &mut self.report(entry).steps.last_mut()?.outcome {
            Outcome::Done(effect) => Some(effect),
            _ => None,
        }
    }

    /// Notes the additional items of the last step that are excluded.
    pub(super) fn exclude_additional(
        &mut self,
        entry: usize,
        is_excluded: impl Fn(&ResourceIdentifier) -> bool,
    ) {
        if let Some(effect) = self.last_effect(entry) {
            let excluded = effect.additional_items.iter().filter(|id| is_excluded(id));
            effect.excluded_items = excluded.cloned().collect();
        }
    }

    /// Records the outcome; the error is that of a failed item.
    pub(super) fn finish(&mut self, way: Way) -> Result<(), String> {
        let fate = way.ended.map_or(Fate::Kept(way.item), |(_, fate)| fate);
        let failed = match &fate {
            Fate::Failed(why) => Err(why.clone()),
            _ => Ok(()),
        };
        self.finished.insert(way.entry);
        self.report(way.entry).fate = fate;
        failed
    }

    /// Whether the item has passed all actions; false for an item that is its own additional item.
    pub(super) fn is_finished(&self, entry: usize) -> bool {
        self.finished.contains(&entry)
    }

    pub(super) fn into_report(self) -> Report {
        Report { items: self.reports, finalized: Vec::new() }
    }
}

impl Way {
    /// Adopts the returned item, and stops where Velero stops.
    fn after(&mut self, action: &Action, answer: Result<Box<Effect>, StepError>) -> Outcome {
        let name = action.plugin.name.as_str();
        match answer {
            Err(error) => {
                // The other phases continue after an error (`pkg/backup/backup.go`,
                // `executeItemBlockActions`; `internal/delete/delete_item_action_handler.go`).
                if matches!(self.phase, Phase::Backup | Phase::Restore) {
                    self.fail(format!("{name} failed"));
                }
                Outcome::Failed(error)
            }
            Ok(mut effect) => {
                if effect.skipped {
                    self.ended = Some((format!("{name} skipped the item"), Fate::Skipped(name.to_owned())));
                }
                if let Some((before, after)) = &effect.change {
                    effect.problems = problems(before, after);
                    self.item = after.clone();
                    // In a backup, Velero removes it only from a copy of the annotations
                    // (`pkg/backup/item_backupper.go`, `executeActions`): the next action still receives it.
                    if self.phase == Phase::Restore {
                        self.item.remove_annotation(annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE);
                    }
                }
                Outcome::Done(effect)
            }
        }
    }
}

/// Whether a backup or restore with these label selectors collects the item: it must match the first one and
/// any of the others.
pub(super) fn labels_match(item: &Item, all: Option<&LabelSelector>, any: &[LabelSelector]) -> bool {
    let matches = |selector: &LabelSelector| selector.matches(|key| item.label(key));
    all.is_none_or(matches) && (any.is_empty() || any.iter().any(matches))
}

/// Fields that an API server, and so a restore, requires.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_must_keep_its_identity() -> crate::Result<()> {
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
