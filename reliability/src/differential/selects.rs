//! `Backup::selects` and `Backup::selects_additional`.
//!
//! Left out is what only the cluster knows, as their documentation says: the scope of custom resources other than the
//! one in question, and their short names.

use fastrand::Rng;
use plugwright::Backup;
use plugwright_model::resource::{BUILT_IN, group_resource};
use serde_json::{Map, Value, json};

use super::Case;
use super::patterns::pattern;

/// Custom resources of the cluster: group, plural, kind, and whether they are namespaced.
const CUSTOM: [(&str, &str, &str, bool); 3] = [
    ("example.io", "castles", "Castle", true),
    ("example.io", "kingdoms", "Kingdom", false),
    ("serving.example.io", "services", "Service", true),
];

/// The resources of the API server that Velero asks.
pub(super) fn cluster() -> Value {
    let built_in = BUILT_IN.iter().map(|known| {
        json!({
            "group": known.group, "plural": known.plural, "kind": known.kind, "namespaced": known.namespaced,
            "shortNames": known.short_names,
        })
    });
    let custom = CUSTOM.map(|(group, plural, kind, namespaced)| {
        json!({"group": group, "plural": plural, "kind": kind, "namespaced": namespaced, "shortNames": []})
    });
    json!({"subject": "cluster", "resources": built_in.chain(custom).collect::<Vec<_>>()})
}

/// Names of resources: first those of cluster-scoped custom resources, last those of namespaced ones.
const WORDS: &[&str] = &[
    "kingdoms",
    "kingdoms.example.io",
    "Kingdom",
    "*",
    "pods",
    "po",
    "Pod",
    "PODS",
    "secrets",
    "pv",
    "persistentvolumes",
    "pvc",
    "ns",
    "namespaces",
    "Namespace",
    "deployments",
    "deploy",
    "deployments.apps",
    "Deployment.apps",
    "deploy.ap",
    "*.apps",
    "*s",
    "events",
    "events.events.k8s.io",
    "storageclasses",
    "sc",
    "services",
    "svc",
    "*.example.io",
    "unknown",
    "unknown.io",
    "",
    "castles",
    "castles.example.io",
    "Castle.example",
    "services.serving",
];
const CLUSTER: usize = 3;
const NAMESPACED: usize = 4;
const NAMESPACES: &[&str] =
    &["*", "shop", "shop-*", "shop-eu", "a", "*-b", "kube-system", "[a-c]", "s?op", ""];

fn list(rng: &mut Rng, words: &'static [&'static str]) -> Vec<String> {
    // Most lists are empty.
    let count = if rng.u8(..5) < 3 { 0 } else { rng.usize(1..4) };
    let word = |rng: &mut Rng| rng.choice(words).copied().unwrap_or_default().to_owned();
    (0..count).map(|_| if rng.u8(..8) == 0 { pattern(rng) } else { word(rng) }).collect()
}

fn spec(rng: &mut Rng) -> Value {
    let mut spec = Map::new();
    let mut put = |rng: &mut Rng, key: &str, words| {
        let list = list(rng, words);
        if !list.is_empty() {
            spec.insert(key.to_owned(), json!(list));
        }
    };
    put(rng, "includedNamespaces", NAMESPACES);
    put(rng, "excludedNamespaces", NAMESPACES);
    if rng.bool() {
        put(rng, "includedResources", WORDS);
        put(rng, "excludedResources", WORDS);
        if let 0..2 = rng.u8(..4) {
            spec.insert("includeClusterResources".to_owned(), rng.bool().into());
        }
    } else {
        put(rng, "includedNamespaceScopedResources", &WORDS[CLUSTER..]);
        put(rng, "excludedNamespaceScopedResources", &WORDS[CLUSTER..]);
        put(rng, "includedClusterScopedResources", &WORDS[..WORDS.len() - NAMESPACED]);
        put(rng, "excludedClusterScopedResources", &WORDS[..WORDS.len() - NAMESPACED]);
    }
    Value::Object(spec)
}

/// A resource of the cluster, and a namespace if it is namespaced, or a Namespace itself.
fn subject(rng: &mut Rng) -> (String, &'static str) {
    let custom = CUSTOM.map(|(group, plural, _, namespaced)| (group_resource(plural, group), namespaced));
    let (name, namespaced) = match rng.u8(..3) {
        0 => custom[rng.usize(..custom.len())].clone(),
        _ => rng.choice(BUILT_IN).map(|known| (known.group_resource(), known.namespaced)).unwrap_or_default(),
    };
    let is_namespaced = namespaced || name == "namespaces";
    let namespace =
        if is_namespaced { ["shop", "shop-eu", "a", "kube-system", "x-b"][rng.usize(..5)] } else { "" };
    (name, namespace)
}

pub(super) fn case(rng: &mut Rng) -> Case {
    let spec = spec(rng);
    let subjects: Vec<_> = (0..6).map(|_| subject(rng)).collect();
    let backup = Backup::from_json(json!({"spec": spec}).to_string().as_bytes()).expect("the spec is valid");
    let ours: Vec<_> = subjects
        .iter()
        .flat_map(|(name, namespace)| {
            [backup.selects(name, namespace), backup.selects_additional(name, namespace)]
        })
        .collect();
    let asked: Vec<_> = subjects
        .iter()
        .map(|(resource, namespace)| json!({"resource": resource, "namespace": namespace}))
        .collect();
    Case::same(json!({"subject": "selects", "spec": spec, "subjects": asked}), json!({"matches": ours}))
}
