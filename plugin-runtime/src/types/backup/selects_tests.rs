//! The cases of Velero's `includes_excludes_test.go` (`TestShouldInclude`,
//! `TestNamespaceScopedShouldInclude`, `TestClusterScopedShouldInclude`, `TestShouldExcluded`), with names
//! that clusters know, and additional ones.

use serde_json::{Value, json};

use super::*;

fn backup(spec: &Value) -> Backup {
    Backup::from_json(json!({ "spec": spec }).to_string().as_bytes()).unwrap()
}

#[track_caller]
fn check(cases: &[(Value, &str, &str, bool)]) {
    for (spec, resource, namespace, expected) in cases {
        assert_eq!(
            backup(spec).selects(resource, namespace),
            *expected,
            "{resource} in {namespace:?} of {spec}"
        );
    }
}

#[test]
fn namespaces() {
    check(&[
        (json!({}), "pods", "a", true),
        (json!({"includedNamespaces": ["*"]}), "pods", "a", true),
        (json!({"includedNamespaces": ["a", "b"]}), "pods", "a", true),
        (json!({"includedNamespaces": ["a", "b"]}), "pods", "c", false),
        (json!({"includedNamespaces": ["*"], "excludedNamespaces": ["a"]}), "pods", "a", false),
        (json!({"includedNamespaces": ["*"], "excludedNamespaces": ["a"]}), "pods", "b", true),
        (json!({"includedNamespaces": ["a"], "excludedNamespaces": ["a"]}), "pods", "a", false),
        (json!({"includedNamespaces": ["shop-*"]}), "pods", "shop-eu", true),
        (json!({"includedNamespaces": ["shop-*"]}), "pods", "shop", false),
        (json!({"includedNamespaces": ["shop-?"], "excludedNamespaces": ["*-b"]}), "pods", "shop-a", true),
        (json!({"includedNamespaces": ["shop-?"], "excludedNamespaces": ["*-b"]}), "pods", "shop-b", false),
        (json!({"excludedNamespaces": ["a"]}), "pods", "b", true),
        // The Namespace itself.
        (json!({"includedNamespaces": ["a"]}), "namespaces", "a", true),
        (json!({"includedNamespaces": ["a"]}), "ns", "b", false),
        (json!({"includedNamespaces": ["a"]}), "namespaces", "", true),
        // A namespaced resource without a namespace: anywhere.
        (json!({"includedNamespaces": ["a"]}), "pods", "", true),
    ]);
}

#[test]
fn old_filters() {
    check(&[
        (json!({"includedResources": ["pods"]}), "pods", "a", true),
        (json!({"includedResources": ["pods"]}), "secrets", "a", false),
        (json!({"includedResources": ["*"], "excludedResources": ["pods"]}), "pods", "a", false),
        (json!({"includedResources": ["pods"], "excludedResources": ["pods"]}), "pods", "a", false),
        (json!({"includedResources": ["*.apps"]}), "deployments.apps", "a", true),
        (json!({"includedResources": ["*.apps"]}), "pods", "a", false),
        (json!({"excludedResources": ["*"]}), "pods", "a", true),
        (json!({"includedResources": ["pods"], "includedNamespaces": ["a"]}), "pods", "b", false),
        // Velero leaves out an empty name.
        (json!({"includedResources": [""]}), "pods", "a", true),
        (json!({"includedResources": ["", "pods"]}), "secrets", "a", false),
        // Names as discovery resolves them.
        (json!({"includedResources": ["Deployment"]}), "deployments.apps", "a", true),
        (json!({"includedResources": ["deploy.apps"]}), "deployments.apps", "a", true),
        (json!({"includedResources": ["deployments.apps"]}), "Deployment", "a", true),
        (json!({"excludedResources": ["pvc"]}), "persistentvolumeclaims", "a", false),
        (json!({"includedResources": ["virtualmachines"]}), "virtualmachines.kubevirt.io", "a", true),
        (json!({"includedResources": ["VirtualMachine.kubevirt"]}), "virtualmachines.kubevirt.io", "a", true),
        (
            json!({"includedResources": ["virtualmachines.example.io"]}),
            "virtualmachines.kubevirt.io",
            "a",
            false,
        ),
        // A bare name belongs to the core group.
        (json!({"includedResources": ["services"]}), "services.serving.knative.dev", "a", false),
        (json!({"includedResources": ["services.serving"]}), "services.serving.knative.dev", "a", true),
    ]);
}

#[test]
fn old_filters_and_cluster_scoped_resources() {
    check(&[
        (json!({"includeClusterResources": false}), "persistentvolumes", "", false),
        (json!({"includeClusterResources": false}), "pods", "a", true),
        (json!({"includeClusterResources": false}), "namespaces", "a", false),
        (
            json!({"includeClusterResources": true, "includedNamespaces": ["a"]}),
            "persistentvolumes",
            "",
            true,
        ),
        (json!({"includeClusterResources": true, "includedResources": ["pods"]}), "pv", "", false),
        (json!({"includedResources": ["*"]}), "persistentvolumes", "", true),
        (json!({"includedResources": ["pv"]}), "persistentvolumes", "", true),
        (json!({"includedResources": ["*"], "includedNamespaces": ["a"]}), "persistentvolumes", "", false),
        (json!({"includedResources": ["*"], "excludedNamespaces": ["a"]}), "persistentvolumes", "", false),
        (json!({"includedResources": ["*"], "includedNamespaces": ["a"]}), "namespaces", "a", true),
        (json!({"includedResources": ["mice.example.io"]}), "mice.example.io", "", true),
    ]);
}

#[test]
fn new_filters() {
    let list = |key: &str, entries: Value| json!({ key: entries });
    let (included, excluded) = ("includedNamespaceScopedResources", "excludedNamespaceScopedResources");
    check(&[
        // An invalid pattern ends the search for later ones, except for `*`.
        (json!({"excludedNamespaceScopedResources": ["![", "pods"]}), "pods", "a", true),
        (json!({"excludedNamespaceScopedResources": ["![", "*"]}), "pods", "a", false),
        (list(included, json!(["*"])), "pods", "a", true),
        (list(included, json!(["foo", "bar", "pods"])), "pods", "a", true),
        (list(included, json!(["foo", "baz"])), "pods", "a", false),
        (list(included, json!(["*s"])), "pods", "a", true),
        (list(included, json!(["*.bar"])), "pods", "a", false),
        (list(excluded, json!(["*"])), "pods", "a", false),
        (list(excluded, json!(["*.bar"])), "pods", "a", true),
        (list(excluded, json!(["po"])), "pods", "a", false),
        (json!({included: ["*"], excluded: ["pods"]}), "pods", "a", false),
        (json!({included: ["*"], excluded: ["foo"]}), "pods", "a", true),
        (json!({included: ["pods"], excluded: ["pods"]}), "pods", "a", false),
        // Entries of the other scope are ignored.
        (list(included, json!(["persistentvolumes"])), "pods", "a", true),
    ]);
}

#[test]
fn new_filters_and_cluster_scoped_resources() {
    let (included, excluded) = ("includedClusterScopedResources", "excludedClusterScopedResources");
    check(&[
        (
            json!({"includedClusterScopedResources": ["*"], "excludedClusterScopedResources": ["![", "*"]}),
            "persistentvolumes",
            "",
            false,
        ),
        (json!({"includedNamespaces": ["default"]}), "persistentvolumes", "", false),
        (json!({included: ["*"]}), "persistentvolumes", "", true),
        (json!({included: ["namespaces", "bar", "baz"]}), "namespaces", "", true),
        (
            json!({included: ["foo", "baz"], "includedNamespaces": ["default"]}),
            "persistentvolumes",
            "",
            false,
        ),
        (json!({included: ["*"], excluded: ["namespaces"]}), "namespaces", "", false),
        (json!({included: ["*"], excluded: ["foo"]}), "namespaces", "", true),
        (json!({included: ["*spaces"]}), "namespaces", "", true),
        (json!({excluded: ["*"]}), "namespaces", "", false),
        (json!({excluded: ["*spaces"]}), "namespaces", "", false),
        (json!({included: ["foo", "baz"]}), "namespaces", "", true),
        (json!({"includedNamespaces": ["*"]}), "persistentvolumes", "", true),
        (json!({}), "persistentvolumes", "", true),
        (
            json!({"includedNamespaces": ["*"], excluded: ["persistentvolumes"]}),
            "persistentvolumes",
            "",
            false,
        ),
        // A single excluded resource excludes all others that are not included by name (Velero's
        // `len(excludes) == 0`).
        (json!({excluded: ["foo"]}), "persistentvolumes", "", false),
        (json!({"includedNamespaceScopedResources": ["pods"]}), "persistentvolumes", "", false),
        (json!({included: ["pods", "pv"]}), "persistentvolumes", "", true),
    ]);
}

#[test]
fn additional_items() {
    for (spec, resource, namespace, expected) in [
        (json!({}), "persistentvolumes", "", true),
        (json!({"includedNamespaces": ["a"]}), "persistentvolumes", "", true),
        (json!({"includedNamespaces": ["a"]}), "secrets", "b", false),
        (json!({"includedResources": ["pods"]}), "secrets", "a", false),
        (json!({"includedResources": ["pods"]}), "persistentvolumes", "", false),
        (
            json!({"includeClusterResources": true, "includedResources": ["pods"]}),
            "persistentvolumes",
            "",
            true,
        ),
        (json!({"includeClusterResources": false}), "persistentvolumes", "", false),
        (json!({"includeClusterResources": false}), "namespaces", "a", true),
        (json!({"excludedResources": ["pv"]}), "persistentvolumes", "", false),
        (json!({"excludedClusterScopedResources": ["namespaces"]}), "persistentvolumes", "", true),
        (json!({"excludedClusterScopedResources": ["pv"]}), "persistentvolumes", "", false),
        (json!({"includedClusterScopedResources": ["storageclasses"]}), "persistentvolumes", "", true),
    ] {
        assert_eq!(
            backup(&spec).selects_additional(resource, namespace),
            expected,
            "{resource} in {namespace:?} of {spec}"
        );
    }
}
