//! Kubernetes objects of any kind, as JSON.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::discovery::{Scope, pinned_kind};
use serde_json::{Value, json};

use crate::wait::until;

/// Reads and writes objects.
#[derive(Clone)]
pub struct Objects {
    client: Client,
    /// Discovered resources. For other kinds, the plural is guessed as Kubernetes does.
    resources: Arc<Mutex<BTreeMap<(String, String), ApiResource>>>,
}

/// A resource that the API serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `deployments.apps`
    pub name: String,
    /// Whether its objects are namespaced.
    pub is_namespaced: bool,
}

impl Objects {
    /// Uses the permissions of the client.
    pub fn new(client: Client) -> Self {
        Self { client, resources: Arc::default() }
    }

    /// Objects of one of Velero's kinds, such as `Backup`.
    pub fn velero(&self, namespace: &str, kind: &str) -> Api<DynamicObject> {
        self.of("velero.io/v1", kind, namespace)
    }

    /// Objects of a kind. With an empty namespace: those of all namespaces, or cluster-scoped objects.
    pub fn of(&self, api_version: &str, kind: &str, namespace: &str) -> Api<DynamicObject> {
        let known = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&(api_version.to_owned(), kind.to_owned())).cloned();
        let resource = known.unwrap_or_else(|| ApiResource::from_gvk(&group_version_kind(api_version, kind)));
        match namespace {
            "" => Api::all_with(self.client.clone(), &resource),
            namespace => Api::namespaced_with(self.client.clone(), namespace, &resource),
        }
    }

    /// Looks up and caches the resource of a kind. Returns `None` if the API does not serve it.
    pub async fn discover(&self, api_version: &str, kind: &str) -> Result<Option<Resource>> {
        let found = pinned_kind(&self.client, &group_version_kind(api_version, kind)).await;
        let (resource, capabilities) = match found {
            Ok(found) => found,
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
            Err(kube::Error::Discovery(_)) => return Ok(None),
            Err(error) => return Err(error).context("cannot discover the resources of the API server"),
        };
        let dot = if resource.group.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{}", resource.plural, resource.group);
        let mut known = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((api_version.to_owned(), kind.to_owned()), resource);
        Ok(Some(Resource { name, is_namespaced: matches!(capabilities.scope, Scope::Namespaced) }))
    }

    /// Creates an object.
    pub async fn create(&self, object: &Value) -> Result<DynamicObject> {
        let (api, name) = self.api_of(object)?;
        let object = serde_json::from_value(object.clone())?;
        api.create(&PostParams::default(), &object).await.with_context(|| format!("cannot create {name}"))
    }

    /// Reads the current state of an object by its kind and name; `None` if it does not exist.
    pub async fn live(&self, object: &Value) -> Result<Option<DynamicObject>> {
        let (api, name) = self.api_of(object)?;
        Ok(api.get_opt(&name).await?)
    }

    /// Changes the status of an object.
    pub async fn set_status(&self, object: &Value, status: &Value) -> Result<()> {
        let (api, name) = self.api_of(object)?;
        let patch = Patch::Merge(json!({"status": status}));
        api.patch_status(&name, &PatchParams::default(), &patch)
            .await
            .with_context(|| format!("cannot change the status of {name}"))?;
        Ok(())
    }

    /// Removes the finalizers of an object that is being deleted, because the responsible controllers do not run.
    async fn finalize(api: &Api<DynamicObject>, object: &DynamicObject) -> Result<()> {
        let metadata = &object.metadata;
        if metadata.deletion_timestamp.is_some()
            && metadata.finalizers.as_ref().is_some_and(|all| !all.is_empty())
        {
            let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            let name = metadata.name.as_deref().unwrap_or_default();
            match api.patch(name, &PatchParams::default(), &patch).await {
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                patched => drop(patched.with_context(|| format!("cannot finalize {name}"))?),
            }
        }
        Ok(())
    }

    /// Deletes an object, and waits until it no longer exists.
    pub async fn delete(&self, object: &Value) -> Result<()> {
        let (api, name) = self.api_of(object)?;
        // With a grace period, pods would wait for a kubelet.
        let now = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        if let Err(error) = api.delete(&name, &now).await {
            anyhow::ensure!(
                matches!(&error, kube::Error::Api(status) if status.code == 404),
                "cannot delete {name}: {error}"
            );
        }
        until(&format!("{name} is gone"), async || match api.get_opt(&name).await? {
            None => Ok(Some(())),
            Some(object) => {
                Self::finalize(&api, &object).await?;
                Ok(None)
            }
        })
        .await
    }

    fn api_of(&self, object: &Value) -> Result<(Api<DynamicObject>, String)> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let (api_version, kind) =
            text("/apiVersion").zip(text("/kind")).context("`kind` is missing in the object")?;
        let name = text("/metadata/name").context("`metadata.name` is missing in the object")?;
        Ok((self.of(api_version, kind, text("/metadata/namespace").unwrap_or_default()), name.to_owned()))
    }
}

fn group_version_kind(api_version: &str, kind: &str) -> GroupVersionKind {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    GroupVersionKind::gvk(group, version, kind)
}

/// The definition of a custom resource without a schema: objects may have any fields.
pub fn any_definition(
    api_version: &str,
    kind: &str,
    is_namespaced: bool,
) -> Result<CustomResourceDefinition> {
    let resource = ApiResource::from_gvk(&group_version_kind(api_version, kind));
    let ApiResource { group, version, plural, .. } = resource;
    let scope = if is_namespaced { "Namespaced" } else { "Cluster" };
    Ok(serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        // Required for groups in k8s.io, which are reserved for Kubernetes.
        "metadata": {"name": format!("{plural}.{group}"), "annotations": {"api-approved.kubernetes.io": "unapproved"}},
        "spec": {
            "group": group, "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{"name": version, "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
        },
    }))?)
}
