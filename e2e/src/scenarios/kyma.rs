//! Runs Kyma's restore plugins with objects of each kind.

use anyhow::{Context, Result, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use plugwright_local_velero::any_definition;
use serde_json::{Value, json};

use crate::site::Site;

const CATALOG: &str = "servicecatalog.k8s.io/v1beta1";
const EVENTING: &str = "eventing.knative.dev/v1alpha1";

/// The custom resources, which a server discovers when it starts.
pub(crate) fn definitions() -> Result<Vec<CustomResourceDefinition>> {
    let all = [(CATALOG, "ServiceInstance"), (CATALOG, "ServiceBinding"), (EVENTING, "Trigger")];
    all.into_iter().map(|(api_version, kind)| any_definition(api_version, kind, true)).collect()
}

/// Names that the plugins recognize.
const INTEGRATION: &str = "kyma-integration";
const SERVING: &str = "knative-serving";

fn object(api_version: &str, kind: &str, namespace: &str, name: &str, labels: &Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind});
    object["metadata"] = json!({"name": name, "namespace": namespace, "labels": labels});
    object
}

fn with_spec(mut object: Value, spec: &Value) -> Value {
    object["spec"] = spec.clone();
    object
}

struct Objects {
    instance: Value,
    binding: Value,
    /// The Secret of the binding.
    bound: Value,
    unbound: Value,
    /// Other restored objects.
    kept: Vec<Value>,
    /// Objects that are skipped, each with its log message.
    skipped: Vec<(Value, String)>,
}

impl Objects {
    fn new(shop: &str) -> Self {
        let none = json!({});
        let broker = json!({"eventing.knative.dev/broker": "default"});
        let other_broker = json!({"eventing.knative.dev/broker": "other"});
        let channel = json!({"messaging.knative.dev/role": "natss-channel"});
        let route = json!({"app": "gateway", "serving.knative.dev/route": "gateway"});
        let external = json!({"type": "ExternalName", "externalName": "example.com"});
        let service =
            |name: &str, labels: &Value| with_spec(object("v1", "Service", shop, name, labels), &external);
        let map =
            |namespace: &str, name: &str, labels: &Value| object("v1", "ConfigMap", namespace, name, labels);
        let class = json!({"clusterServiceClassExternalName": "redis", "serviceClassRef": {"name": "1"}, "servicePlanRef": {"name": "2"}});
        let ignoring = |what: &str| format!("Ignoring restore of {what}");
        Self {
            instance: with_spec(object(CATALOG, "ServiceInstance", shop, "redis", &none), &class),
            binding: object(CATALOG, "ServiceBinding", shop, "redis", &none),
            bound: object("v1", "Secret", shop, "redis", &none),
            unbound: object("v1", "Secret", shop, "alone", &none),
            kept: vec![
                service("web", &none),
                map(INTEGRATION, "plain", &none),
                map(shop, "of-another-broker", &other_broker),
                map(SERVING, "of-the-broker", &broker),
                object(EVENTING, "Trigger", shop, "orders", &broker),
            ],
            skipped: vec![
                (service("channel", &channel), ignoring(&format!("Service {shop}/channel"))),
                (
                    map(INTEGRATION, "of-a-route", &route),
                    ignoring(&format!("ConfigMap {INTEGRATION}/of-a-route")),
                ),
                (
                    map(shop, "of-the-broker", &broker),
                    ignoring(&format!(
                        "ConfigMap {shop}/of-the-broker as it had label eventing.knative.dev/broker:default"
                    )),
                ),
            ],
        }
    }

    fn kept(&self) -> impl Iterator<Item = &Value> {
        [&self.instance, &self.binding, &self.bound, &self.unbound].into_iter().chain(&self.kept)
    }

    fn all(&self) -> impl Iterator<Item = &Value> {
        self.kept().chain(self.skipped.iter().map(|(object, _)| object))
    }
}

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let shop = site.namespace("kyma-shop").await?;
    for name in [INTEGRATION, SERVING] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        site.objects.create(&namespace).await?;
    }
    let objects = Objects::new(&shop);
    for object in objects.all() {
        site.objects.create(object).await?;
    }
    let uid = async || {
        let live = site.objects.live(&objects.binding).await?.context("the binding does not exist")?;
        live.metadata.uid.context("the binding has no uid")
    };
    let uid_then = uid().await?;

    let namespaces = json!([shop, INTEGRATION, SERVING]);
    site.backup("b-kyma", json!({"includedNamespaces": namespaces})).await?.is("Completed")?;
    for object in objects.all() {
        site.objects.delete(object).await?;
    }
    // By default, Velero restores custom resources after Secrets, but the binding must exist first.
    let bindings = json!({"backupName": "b-kyma", "includedResources": ["servicebindings"]});
    site.restore("r-kyma-bindings", bindings).await?.is("Completed")?;
    site.restore("r-kyma", json!({"backupName": "b-kyma"})).await?.is("Completed")?;
    let uid_now = uid().await?;
    ensure!(uid_then != uid_now, "expected a new binding, found the original one");
    check(site, &objects, &shop, &uid_now).await
}

async fn check(site: &Site<'_>, objects: &Objects, shop: &str, uid: &str) -> Result<()> {
    let live = async |object: &Value| -> Result<Option<Value>> {
        Ok(site.objects.live(object).await?.map(serde_json::to_value).transpose()?)
    };
    for object in objects.kept() {
        ensure!(live(object).await?.is_some(), "{object} was not restored");
    }
    for (object, _) in &objects.skipped {
        ensure!(live(object).await?.is_none(), "{object} was restored");
    }

    let instance = live(&objects.instance).await?.unwrap_or_default();
    let expected = json!({"clusterServiceClassExternalName": "redis"});
    ensure!(instance["spec"] == expected, "unexpected spec of the instance: {}", instance["spec"]);

    let owners_of = async |secret: &Value| {
        Ok::<_, anyhow::Error>(live(secret).await?.unwrap_or_default()["metadata"]["ownerReferences"].clone())
    };
    let expected = json!([{
        "apiVersion": CATALOG, "kind": "ServiceBinding", "name": "redis", "uid": uid,
        "controller": true, "blockOwnerDeletion": true,
    }]);
    let owners = owners_of(&objects.bound).await?;
    ensure!(owners == expected, "expected the Secret's owners {expected}, found {owners}");
    let owners = owners_of(&objects.unbound).await?;
    ensure!(owners.is_null(), "expected no owners of the Secret without a binding, found {owners}");

    let log = site.velero.store.log("restores", "r-kyma")?;
    let others = [
        format!("Removing serviceClassRef/servicePlanRef fields from instance redis in namespace {shop}"),
        format!("Setting owner reference for Secret redis in namespace {shop}"),
        "Couldn't get SB alone: servicebindings.servicecatalog.k8s.io \"alone\" not found".to_owned(),
        format!("Restoring Service {shop}/web"),
    ];
    for message in objects.skipped.iter().map(|(_, message)| message).chain(&others) {
        let is_there = log.iter().any(|line| line.get("level") == "info" && line.has_message(message));
        ensure!(is_there, "expected `{message}` in the log");
    }
    Ok(())
}
