//! Decides which resources a backup includes, by Velero 1.18's rules: `GlobalIncludesExcludes` and
//! `ScopeIncludesExcludes` of its `pkg/util/collections/includes_excludes.go`, and `itemInclusionChecks` of
//! `pkg/backup/item_backupper.go`.

use plugwright_model::selector::IncludesExcludes;

use super::{Backup, BackupSpec};
use crate::types::asked::Asked;

/// The only cluster-scoped resource with special rules.
const NAMESPACES: &str = "namespaces";

impl Backup {
    /// Whether this backup includes objects of a resource in a namespace, by Velero's rules for included and
    /// excluded namespaces and for the old resource filters or the four new ones.
    ///
    /// `resource` is the plural with its group, such as `deployments.apps`; for built-in resources any name
    /// is accepted. `namespace` is that of the object, and empty for a cluster-scoped one. For `namespaces`,
    /// it is the name of the namespace itself.
    ///
    /// ```
    /// use plugwright::Backup;
    ///
    /// let mut backup = Backup::default();
    /// backup.spec.included_namespaces = vec!["shop-*".into()];
    /// backup.spec.excluded_resources = vec!["Secret".into(), "*.kubevirt.io".into()];
    /// assert!(backup.selects("persistentvolumeclaims", "shop-eu"));
    /// assert!(!backup.selects("persistentvolumeclaims", "billing"));
    /// assert!(!backup.selects("secrets", "shop-eu"));
    /// assert!(!backup.selects("virtualmachines.kubevirt.io", "shop-eu"));
    /// // The backup does not include all namespaces, so volumes are included only through their claims.
    /// assert!(!backup.selects("persistentvolumes", ""));
    /// assert!(backup.selects_additional("persistentvolumes", ""));
    /// ```
    ///
    /// Conditions that are not part of the backup object are ignored: labels of items (`spec.labelSelector`),
    /// the resource policies in the ConfigMap `spec.resourcePolicy`, and short names of custom resources,
    /// which only the cluster knows.
    pub fn selects(&self, resource: &str, namespace: &str) -> bool {
        let filter = Filter::new(&self.spec, Asked::new(resource, namespace));
        filter.includes() && filter.includes_namespace()
    }

    /// Whether Velero would include such an object as an additional item of an action. The rules are less
    /// strict: a cluster-scoped object is included unless the backup excludes its resource. Arguments and
    /// limits are those of [`selects`](Self::selects).
    ///
    /// Does not apply to actions that request
    /// [must-include](crate::BackupOutput::must_include_additional_items).
    pub fn selects_additional(&self, resource: &str, namespace: &str) -> bool {
        let filter = Filter::new(&self.spec, Asked::new(resource, namespace));
        if filter.asked.namespaced {
            filter.includes() && filter.includes_namespace()
        } else {
            filter.asked.name == NAMESPACES || !filter.excludes()
        }
    }
}

struct Filter<'a> {
    asked: Asked<'a>,
    namespaces: IncludesExcludes,
    style: Style,
}

enum Style {
    /// `includedResources`, `excludedResources`, `includeClusterResources`.
    Global { resources: IncludesExcludes, cluster: Option<bool> },
    /// The four lists.
    Scope { namespaced: IncludesExcludes, cluster: IncludesExcludes },
}

impl<'a> Filter<'a> {
    fn new(spec: &BackupSpec, asked: Asked<'a>) -> Self {
        // `UseOldResourceFilters`
        let old = spec.include_cluster_resources.is_some()
            || !spec.included_resources.is_empty()
            || !spec.excluded_resources.is_empty();
        let style = if old {
            Style::Global {
                resources: asked.lists(&spec.included_resources, &spec.excluded_resources),
                cluster: spec.include_cluster_resources,
            }
        } else {
            let namespaced =
                (&spec.included_namespace_scoped_resources, &spec.excluded_namespace_scoped_resources);
            let cluster = (&spec.included_cluster_scoped_resources, &spec.excluded_cluster_scoped_resources);
            Style::Scope {
                namespaced: asked.scoped_lists(namespaced.0, namespaced.1, true),
                cluster: asked.scoped_lists(cluster.0, cluster.1, false),
            }
        };
        let namespaces = IncludesExcludes::new(
            spec.included_namespaces.iter().map(String::as_str),
            spec.excluded_namespaces.iter().map(String::as_str),
        );
        Self { asked, namespaces, style }
    }

    fn includes_namespace(&self) -> bool {
        let Asked { name, namespaced, namespace } = &self.asked;
        namespace.is_empty()
            || !(*namespaced || name == NAMESPACES)
            || self.namespaces.should_include(namespace)
    }

    /// `ShouldInclude`
    fn includes(&self) -> bool {
        let Asked { name, namespaced, .. } = &self.asked;
        match &self.style {
            Style::Global { resources, cluster } => {
                let scope = *namespaced
                    || match cluster {
                        Some(include) => *include,
                        None => name == NAMESPACES || self.namespaces.include_everything(),
                    };
                scope && resources.should_include(name)
            }
            Style::Scope { namespaced: lists, .. } if *namespaced => {
                !lists.excludes_star() && lists.should_include(name)
            }
            Style::Scope { namespaced: of_namespaces, cluster } => {
                let everything = cluster.is_unset()
                    && self.namespaces.include_everything()
                    && of_namespaces.include_everything();
                let named = !cluster.names_nothing() && cluster.includes(name);
                !cluster.excludes_star()
                    && !cluster.excludes(name)
                    && (everything || named || name == NAMESPACES)
            }
        }
    }

    /// `ShouldExclude`, for cluster-scoped objects.
    fn excludes(&self) -> bool {
        let name = &self.asked.name;
        match &self.style {
            Style::Global { resources, cluster } => {
                resources.excludes(name)
                    || match cluster {
                        Some(include) => !include,
                        None => !resources.should_include(name),
                    }
            }
            Style::Scope { cluster, .. } => cluster.excludes(name),
        }
    }
}

#[cfg(test)]
#[path = "selects_tests.rs"]
mod tests;
