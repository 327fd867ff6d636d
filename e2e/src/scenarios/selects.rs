//! Compares `Backup::selects` with the items in real backups, one backup for each combination of filters.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::config_maps::config_map;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let (a, b) = (site.namespace("sel-a").await?, site.namespace("sel-b").await?);
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "selects"},
        "provisioner": "example.io/none"});
    let priority = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "selects"},
        "value": 1});
    let mut objects = vec![class, priority];
    for namespace in [&a, &b] {
        let metadata = json!({"name": "one", "namespace": namespace});
        objects.extend([
            config_map(namespace, "one"),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {
                "selector": {"matchLabels": {"app": "one"}},
                "template": {"metadata": {"labels": {"app": "one"}}, "spec": {"containers": [{"name": "one", "image": "one"}]}},
            }}),
            json!({"apiVersion": "eventing.knative.dev/v1alpha1", "kind": "Trigger", "metadata": metadata}),
        ]);
    }
    for object in &mut objects {
        object["metadata"]["labels"] = json!({"e2e": "selects"});
        site.objects.create(object).await?;
    }

    let namespaced = ["configmaps", "secrets", "deployments.apps", "triggers.eventing.knative.dev"];
    let cluster = ["storageclasses.storage.k8s.io", "priorityclasses.scheduling.k8s.io"];
    let mut questions: Vec<String> = cluster.map(|resource| format!("{resource}@")).into();
    for namespace in [&a, &b] {
        questions.extend(namespaced.iter().map(|resource| format!("{resource}@{namespace}")));
    }

    let mut taken = [0; 2];
    for (number, mut spec) in specs(&a, &b).into_iter().enumerate() {
        // Only labelled objects are in question.
        spec["labelSelector"] = json!({"matchLabels": {"e2e": "selects"}});
        let name = format!("b-selects-{number}");
        let metadata =
            json!({"name": name, "annotations": {"e2e.plugwright.dev/questions": questions.join(" ")}});
        site.velero_object("Backup", metadata, spec.clone()).await?.is("Completed")?;
        let items = site.velero.store.items(&name)?;
        let noted = items
            .values()
            .find_map(|item| item["metadata"]["annotations"]["e2e.plugwright.dev/selects"].as_str());
        let answers: BTreeMap<String, bool> = serde_json::from_str(
            noted.with_context(|| format!("expected an item with results for {spec}"))?,
        )?;
        ensure!(answers.len() == questions.len(), "{} answers", answers.len());
        for (question, selected) in answers {
            let is_there = items.keys().any(|path| path.starts_with(&folder(&question)));
            ensure!(
                selected == is_there,
                "{question} of {spec}: selects returned {selected}, in the tarball: {is_there}"
            );
            taken[usize::from(is_there)] += 1;
        }
    }
    ensure!(taken.iter().all(|count| *count > 20), "expected more than 20 of each result, found {taken:?}");
    for object in &objects {
        site.objects.delete(object).await?;
    }
    Ok(())
}

/// The folder in the tarball for a question.
fn folder(question: &str) -> String {
    match question.split_once('@') {
        Some((resource, "")) => format!("resources/{resource}/cluster/"),
        Some((resource, namespace)) => format!("resources/{resource}/namespaces/{namespace}/"),
        None => String::new(),
    }
}

fn specs(a: &str, b: &str) -> Vec<Value> {
    vec![
        // By namespace.
        json!({}),
        json!({"includedNamespaces": [a]}),
        json!({"includedNamespaces": [a, b]}),
        json!({"includedNamespaces": ["sel-?-*"], "excludedNamespaces": ["sel-b*"]}),
        // The old filters.
        json!({"includedNamespaces": [a], "includedResources": ["Deployment", "cm"]}),
        json!({"includedNamespaces": ["sel-*"], "includedResources": ["trigger", "secrets"]}),
        json!({"includedNamespaces": [a], "excludedResources": ["deploy", "*.knative.dev"]}),
        json!({"includedNamespaces": [a], "includeClusterResources": true}),
        json!({"includeClusterResources": false}),
        json!({"excludedNamespaces": [a], "includedResources": ["*"]}),
        json!({"includedNamespaces": ["*"], "includedResources": ["sc", "configmaps"]}),
        json!({"includedNamespaces": ["*"], "excludedResources": ["priorityclasses", "secret"]}),
        // The new ones.
        json!({"includedNamespaces": [a], "includedClusterScopedResources": ["storageclass"]}),
        json!({"includedNamespaces": [a], "includedClusterScopedResources": ["*"], "excludedClusterScopedResources": ["pc"]}),
        json!({"includedNamespaces": ["*"], "excludedClusterScopedResources": ["*"]}),
        json!({"includedNamespaces": [a], "includedNamespaceScopedResources": ["configmaps", "priorityclasses"]}),
        json!({"includedNamespaces": [b], "excludedNamespaceScopedResources": ["secrets", "*.apps"]}),
        json!({"includedNamespaceScopedResources": ["configmaps"], "includedClusterScopedResources": ["*.storage.k8s.io"]}),
    ]
}
