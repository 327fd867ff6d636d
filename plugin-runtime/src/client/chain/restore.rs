//! A restore: the order of resources, restore actions, additional items first, operations.

use plugwright_model::resource::means;
use plugwright_model::selector::IncludesExcludes;

use super::call::{Caller, Of};
use super::operations::Follow;
use super::plan::{Phase, Plan};
use super::report::{Fate, Report};
use super::run::{Deep, Entries, Run, labels_match};
use crate::{Item, Restore};

/// Velero's default order (`pkg/cmd/server/config/config.go`, `defaultRestorePriorities`): these first, then the others by
/// name, then [`LAST`].
const FIRST: [&str; 23] = [
    "customresourcedefinitions",
    "namespaces",
    "storageclasses",
    "volumesnapshotclass.snapshot.storage.k8s.io",
    "volumesnapshotcontents.snapshot.storage.k8s.io",
    "volumesnapshots.snapshot.storage.k8s.io",
    "datauploads.velero.io",
    "persistentvolumes",
    "persistentvolumeclaims",
    "clusterroles",
    "roles",
    "serviceaccounts",
    "clusterrolebindings",
    "rolebindings",
    "secrets",
    "configmaps",
    "limitranges",
    "priorityclasses",
    "pods",
    "replicasets.apps",
    "clusterclasses.cluster.x-k8s.io",
    "endpoints",
    "services",
];

const LAST: [&str; 5] = [
    "clusterbootstraps.run.tanzu.vmware.com",
    "clusters.cluster.x-k8s.io",
    "clusterresourcesets.addons.cluster.x-k8s.io",
    "apps.kappctrl.k14s.io",
    "packageinstalls.packaging.carvel.dev",
];

/// Resources that are never restored (`pkg/controller/restore_controller.go`, `nonRestorableResources`).
const NEVER: [&str; 8] = [
    "nodes",
    "events",
    "events.events.k8s.io",
    "backups.velero.io",
    "restores.velero.io",
    "csinodes.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
    "backuprepositories.velero.io",
];

/// The resource that is restored even if excluded (`pkg/restore/restore.go`, `resourceMustHave`).
const ALWAYS: &str = "datauploads.velero.io";

/// The annotation of a mirror pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

impl Plan {
    /// Runs the restore actions on the items of a backup, in the default resource order.
    pub async fn restore<C: Caller>(
        &self,
        caller: &mut C,
        items: &[Item],
        restore: &Restore,
        follow: &Follow,
    ) -> Result<Report, C::Error> {
        let entries = Entries::new(self, items);
        let filter = Filter::new(self, restore);
        let mut run = Run::new(self, &entries, caller, follow, Of::Restore(restore));
        let mut order: Vec<_> = (0..items.len()).collect();
        order.sort_by_cached_key(|entry| {
            let id = &entries.all[*entry].id;
            priority(&id.resource, &id.group)
        });
        let mut pass = Pass { run: &mut run, restore, filter };
        for entry in order {
            match pass.why_not_selected(entry) {
                Some(why) => pass.run.exclude(entry, why),
                None => drop(pass.item(entry, false).await?),
            }
        }
        run.follow_operations(restore.spec.item_operation_timeout).await?;
        Ok(run.into_report())
    }
}

/// The middle is sorted by name.
fn priority(resource: &str, group: &str) -> (usize, String) {
    let place = |list: &[&str]| list.iter().position(|word| is_named(word, resource, group));
    match (place(&FIRST), place(&LAST)) {
        (Some(place), _) => (place, String::new()),
        (None, None) => (FIRST.len(), format!("{resource}.{group}")),
        (None, Some(place)) => (FIRST.len() + 1 + place, String::new()),
    }
}

/// A built-in resource takes precedence over others with its name, as in the API server.
fn is_named(word: &str, resource: &str, group: &str) -> bool {
    match plugwright_model::resource::built_in(word) {
        Some(known) => (known.plural, known.group) == (resource, group),
        None => means(word, resource, group),
    }
}

/// One restore.
struct Pass<'p, 'a, C> {
    run: &'p mut Run<'a, C>,
    restore: &'a Restore,
    filter: Filter,
}

/// What the restore includes.
struct Filter {
    resources: IncludesExcludes,
    namespaces: IncludesExcludes,
    cluster: Option<bool>,
}

impl Filter {
    fn new(plan: &Plan, restore: &Restore) -> Self {
        let spec = &restore.spec;
        let full = |word: &String| plan.resources.resolve(word).unwrap_or_else(|| word.clone());
        let excluded = spec.excluded_resources.iter().filter(|word| *word != "*").map(full);
        Self {
            resources: IncludesExcludes::new(
                spec.included_resources.iter().map(full),
                excluded.chain(NEVER.map(ToOwned::to_owned)),
            ),
            namespaces: IncludesExcludes::new(&spec.included_namespaces, &spec.excluded_namespaces),
            cluster: spec.include_cluster_resources,
        }
    }

    /// Checks the restore's includes and excludes; the namespace is the original one.
    fn why_excluded(&self, resource: &str, namespace: &str) -> Option<String> {
        if resource != ALWAYS {
            if !self.resources.should_include(resource) {
                return Some("the restore excludes its resource".to_owned());
            }
            if !namespace.is_empty() && !self.namespaces.should_include(namespace) {
                return Some("the restore excludes its namespace".to_owned());
            }
        }
        (namespace.is_empty() && self.cluster == Some(false))
            .then(|| "it is cluster-scoped, and the restore excludes such resources".to_owned())
    }
}

impl<C: Caller> Pass<'_, '_, C> {
    /// Why Velero does not collect the item (`pkg/restore/restore.go`, `getOrderedResourceCollection`,
    /// `processSelectedResource`).
    fn why_not_selected(&self, entry: usize) -> Option<String> {
        let entry = &self.run.entries.all[entry];
        let resource = entry.id.group_resource();
        if resource == "namespaces" {
            return Some("Velero creates namespaces without restore item actions".to_owned());
        }
        let excluded = self.filter.why_excluded(&resource, &entry.id.namespace);
        if excluded.is_some() || resource == ALWAYS {
            return excluded;
        }
        if entry.id.namespace.is_empty()
            && self.filter.cluster != Some(true)
            && !self.filter.namespaces.include_everything()
        {
            return Some("it is cluster-scoped, and the restore includes only some namespaces".to_owned());
        }
        let spec = &self.restore.spec;
        let matches = labels_match(entry.item, spec.label_selector.as_ref(), &spec.or_label_selectors);
        (!matches).then(|| "the label selectors of the restore do not match it".to_owned())
    }

    /// Restores one item (`pkg/restore/restore.go`, `restoreItem`); returns whether it exists afterwards.
    fn item(&mut self, entry: usize, must_include: bool) -> Deep<'_, bool, C::Error> {
        Box::pin(async move {
            let id = &self.run.entries.all[entry].id;
            let resource = id.group_resource();
            let excluded =
                if must_include { None } else { self.filter.why_excluded(&resource, &id.namespace) };
            if let Some(why) =
                excluded.or_else(|| why_not_restored(self.run.entries.all[entry].item, &resource))
            {
                self.run.exclude(entry, why);
                return Ok(false);
            }
            if !self.run.done.insert(entry) {
                return Ok(self.run.is_finished(entry) && self.run.report(entry).result().is_some());
            }
            let mut way = self.run.way(entry, Phase::Restore);
            way.namespace = self.restore.target_namespace(&id.namespace).to_owned();
            reset(&mut way.item);
            for action in self.run.actions(Phase::Restore) {
                let Some(effect) = self.run.act(&mut way, action).await? else { continue };
                if !effect.must_include_additional_items {
                    let filter = &self.filter;
                    self.run.exclude_additional(entry, |id| {
                        filter.why_excluded(&id.group_resource(), &id.namespace).is_some()
                    });
                }
                let mut existing = Vec::new();
                for id in effect.additional_items {
                    let Some(additional) = self.run.entries.find(&id) else {
                        let warning =
                            format!("additional item {id} is not in the backup, unable to restore it");
                        self.run.report(entry).warnings.push(warning);
                        continue;
                    };
                    if self.item(additional, effect.must_include_additional_items).await? {
                        existing.push(id);
                    }
                }
                self.run.wait_for_items(entry, action, &existing, self.restore).await?;
            }
            Ok(self.run.finish(way).is_ok() && matches!(self.run.report(entry).fate, Fate::Kept(_)))
        })
    }
}

/// Items that Velero does not restore.
fn why_not_restored(item: &Item, resource: &str) -> Option<String> {
    let is_complete = match resource {
        "pods" => matches!(item.get_str("/status/phase"), Some("Failed" | "Succeeded")),
        "jobs.batch" => item.get_str("/status/completionTime").is_some_and(|time| !time.is_empty()),
        _ => false,
    };
    if is_complete {
        return Some("it is complete: Velero does not restore it".to_owned());
    }
    let is_mirror = resource == "pods" && item.annotation(MIRROR).is_some_and(|value| !value.is_empty());
    is_mirror.then(|| "it is a mirror pod: Velero does not restore it".to_owned())
}

/// Removes the fields that Velero removes before the first restore action (`pkg/restore/restore.go`,
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
    fn resources_are_restored_in_veleros_order() {
        let mut resources = [
            ("machines", "example.io"),
            ("apps", "kappctrl.k14s.io"),
            ("deployments", "apps"),
            ("services", ""),
            ("pods", ""),
            ("volumesnapshotclasses", "snapshot.storage.k8s.io"),
            ("secrets", ""),
            ("customresourcedefinitions", "apiextensions.k8s.io"),
            ("pods", "metrics.k8s.io"),
        ];
        resources.sort_by_cached_key(|(resource, group)| priority(resource, group));
        let sorted: Vec<_> = resources.iter().map(|(resource, _)| *resource).collect();
        assert_eq!(
            sorted,
            [
                "customresourcedefinitions",
                "volumesnapshotclasses",
                "secrets",
                "pods",
                "services",
                "deployments",
                "machines",
                "pods",
                "apps",
            ]
        );
    }
}
