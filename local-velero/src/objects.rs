//! Objects of the API, whatever their kind, as JSON.

use anyhow::{Context, Result};
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};

use crate::wait::until;

/// Reads and writes objects.
#[derive(Clone)]
pub struct Objects {
    client: Client,
}

impl Objects {
    /// With the rights of this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Objects of one of Velero's kinds, such as `Backup`.
    pub fn velero(&self, namespace: &str, kind: &str) -> Api<DynamicObject> {
        self.of("velero.io/v1", kind, namespace)
    }

    /// Objects of a kind; those of all namespaces, and those without one, if the namespace is empty.
    pub fn of(&self, api_version: &str, kind: &str, namespace: &str) -> Api<DynamicObject> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        match namespace {
            "" => Api::all_with(self.client.clone(), &resource),
            namespace => Api::namespaced_with(self.client.clone(), namespace, &resource),
        }
    }

    /// Creates the object.
    pub async fn create(&self, object: &Value) -> Result<DynamicObject> {
        let (api, name) = self.api_of(object)?;
        let object = serde_json::from_value(object.clone())?;
        api.create(&PostParams::default(), &object).await.with_context(|| format!("cannot create {name}"))
    }

    /// The object as it is now, if it is there; it is looked up by the kind and name of this one.
    pub async fn live(&self, object: &Value) -> Result<Option<DynamicObject>> {
        let (api, name) = self.api_of(object)?;
        Ok(api.get_opt(&name).await?)
    }

    /// Changes the object's status.
    pub async fn set_status(&self, object: &Value, status: &Value) -> Result<()> {
        let (api, name) = self.api_of(object)?;
        let patch = Patch::Merge(json!({"status": status}));
        api.patch_status(&name, &PatchParams::default(), &patch)
            .await
            .with_context(|| format!("cannot change the status of {name}"))?;
        Ok(())
    }

    /// Deletes the object, and waits until it is gone.
    pub async fn delete(&self, object: &Value) -> Result<()> {
        let (api, name) = self.api_of(object)?;
        // Pods would wait for the kubelet.
        let now = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        if let Err(error) = api.delete(&name, &now).await {
            anyhow::ensure!(
                matches!(&error, kube::Error::Api(status) if status.code == 404),
                "cannot delete {name}: {error}"
            );
        }
        until(&format!("{name} is gone"), async || Ok(api.get_opt(&name).await?.is_none().then_some(())))
            .await
    }

    fn api_of(&self, object: &Value) -> Result<(Api<DynamicObject>, String)> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let (api_version, kind) =
            text("/apiVersion").zip(text("/kind")).context("the object has no kind")?;
        let name = text("/metadata/name").context("the object has no name")?;
        Ok((self.of(api_version, kind, text("/metadata/namespace").unwrap_or_default()), name.to_owned()))
    }
}
