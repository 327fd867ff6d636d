//! Kyma's restore plugins: objects of each sort, and what comes of them.

use anyhow::{Context, Result, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::{Value, json};

use crate::site::Site;

const CATALOG: &str = "servicecatalog.k8s.io/v1beta1";
const EVENTING: &str = "eventing.knative.dev/v1alpha1";

/// The custom resources; a server learns them at its start.
pub(crate) fn definitions() -> Result<Vec<CustomResourceDefinition>> {
    let of = |api_version: &str, kind: &str| {
        let (group, version) = api_version.split_once('/').unwrap_or_default();
        let singular = kind.to_lowercase();
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            // Groups below k8s.io are Kubernetes' own.
            "metadata": {"name": format!("{singular}s.{group}"), "annotations": {"api-approved.kubernetes.io": "unapproved"}},
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": {"kind": kind, "plural": format!("{singular}s"), "singular": singular},
                "versions": [{"name": version, "served": true, "storage": true, "schema": {"openAPIV3Schema":
                    {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
            },
        })
    };
    let all = [of(CATALOG, "ServiceInstance"), of(CATALOG, "ServiceBinding"), of(EVENTING, "Trigger")];
    Ok(all.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?)
}

fn object(api_version: &str, kind: &str, namespace: &str, name: &str, labels: &Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind});
    object["metadata"] = json!({"name": name, "namespace": namespace, "labels": labels});
    object
}

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let shop = site.namespace("kyma-shop").await?;
    // Plugins know these by their names.
    let (integration, serving) = ("kyma-integration", "knative-serving");
    for name in [integration, serving] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        site.objects.create(&namespace).await?;
    }

    let none = json!({});
    let broker = json!({"eventing.knative.dev/broker": "default"});
    let channel = json!({"messaging.knative.dev/role": "natss-channel"});
    let route = json!({"app": "gateway", "serving.knative.dev/route": "gateway"});
    let of = |mut object: Value, spec: Value| {
        object["spec"] = spec;
        object
    };
    let instance = of(
        object(CATALOG, "ServiceInstance", &shop, "redis", &none),
        json!({"clusterServiceClassExternalName": "redis", "serviceClassRef": {"name": "1"}, "servicePlanRef": {"name": "2"}}),
    );
    let binding =
        of(object(CATALOG, "ServiceBinding", &shop, "redis", &none), json!({"secretName": "redis"}));
    let bound = object("v1", "Secret", &shop, "redis", &none);
    let unbound = object("v1", "Secret", &shop, "alone", &none);
    let service = |name: &str, labels: &Value| {
        of(
            object("v1", "Service", &shop, name, labels),
            json!({"type": "ExternalName", "externalName": "example.com"}),
        )
    };
    let map =
        |namespace: &str, name: &str, labels: &Value| object("v1", "ConfigMap", namespace, name, labels);
    let kept = [
        instance.clone(),
        bound.clone(),
        unbound.clone(),
        service("web", &none),
        map(integration, "plain", &none),
        map(&shop, "of-another-broker", &json!({"eventing.knative.dev/broker": "other"})),
        map(serving, "of-the-broker", &broker),
        of(object(EVENTING, "Trigger", &shop, "orders", &broker), json!({"broker": "default"})),
    ];
    let skipped = [
        (service("channel", &channel), format!("Ignoring restore of Service {shop}/channel")),
        (
            map(integration, "of-a-route", &route),
            format!("Ignoring restore of ConfigMap {integration}/of-a-route"),
        ),
        (
            map(&shop, "of-the-broker", &broker),
            format!(
                "Ignoring restore of ConfigMap {shop}/of-the-broker as it had label eventing.knative.dev/broker:default"
            ),
        ),
    ];
    let all = || kept.iter().chain(skipped.iter().map(|(object, _)| object)).chain([&binding]);
    for object in all() {
        site.objects.create(object).await?;
    }
    let uid = async |object: &Value| -> Result<String> {
        let live = site.objects.live(object).await?.context("the binding is not there")?;
        live.metadata.uid.context("an object without a uid")
    };
    let first = uid(&binding).await?;

    let namespaces = json!([shop, integration, serving]);
    site.backup("b-kyma", json!({"includedNamespaces": namespaces})).await?.is("Completed")?;
    for object in all() {
        site.objects.delete(object).await?;
    }
    // Velero restores custom resources last, unless it is told otherwise; a Secret's binding has to be there before it.
    let bindings = json!({"backupName": "b-kyma", "includedResources": ["servicebindings"]});
    site.restore("r-kyma-bindings", bindings).await?.is("Completed")?;
    site.restore("r-kyma", json!({"backupName": "b-kyma"})).await?.is("Completed")?;

    let live = async |object: &Value| -> Result<Option<Value>> {
        Ok(site.objects.live(object).await?.map(serde_json::to_value).transpose()?)
    };
    let log = site.velero.store.log("restores", "r-kyma")?;
    let logged =
        |message: &str| log.iter().any(|record| record.get("level") == "info" && record.has_message(message));
    for object in &kept {
        ensure!(live(object).await?.is_some(), "{object} has not come back");
    }
    for (object, message) in &skipped {
        ensure!(live(object).await?.is_none(), "{object} has come back");
        ensure!(logged(message), "`{message}` is not in the log");
    }

    let restored = live(&instance).await?.unwrap_or_default();
    let names = json!({"clusterServiceClassExternalName": "redis"});
    ensure!(restored["spec"] == names, "the instance has the spec {}", restored["spec"]);
    let message =
        format!("Removing serviceClassRef/servicePlanRef fields from instance redis in namespace {shop}");
    ensure!(logged(&message), "`{message}` is not in the log");

    let second = uid(&binding).await?;
    ensure!(first != second, "the binding is the one that was backed up");
    let owners = json!([{
        "apiVersion": CATALOG, "kind": "ServiceBinding", "name": "redis", "uid": second,
        "controller": true, "blockOwnerDeletion": true,
    }]);
    let owners_of = |secret: Option<Value>| secret.unwrap_or_default()["metadata"]["ownerReferences"].clone();
    let found = owners_of(live(&bound).await?);
    ensure!(found == owners, "the Secret's owners are {found}, not {owners}");
    let found = owners_of(live(&unbound).await?);
    ensure!(found.is_null(), "the Secret without a binding has the owners {found}");
    for message in [
        format!("Setting owner reference for Secret redis in namespace {shop}"),
        "Couldn't get SB alone: servicebindings.servicecatalog.k8s.io \"alone\" not found".to_owned(),
    ] {
        ensure!(logged(&message), "`{message}` is not in the log");
    }
    Ok(())
}
