//! Pull secrets for OpenShift's own registry. OpenShift creates one for each service account of a new project, with a
//! random suffix in its name.

use std::time::{Duration, SystemTime};

use plugwright::kube::ResourceExt;
use plugwright::kube::api::{DynamicObject, ListParams, PartialObjectMeta};
use plugwright::prelude::*;
use plugwright::wait::poll;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::version;

/// The name prefixes.
const PREFIXES: [&str; 3] = ["builder-dockercfg-", "default-dockercfg-", "deployer-dockercfg-"];

/// The annotation with the name of the account, on a Secret, and of the Secret, on an account (since OpenShift 4.16).
const ACCOUNT: &str = "openshift.io/internal-registry-auth-token.service-account";
const SECRET: &str = "openshift.io/internal-registry-pull-secret-ref";
/// Annotations with the name and uid of the account, on a Secret of an older OpenShift.
const OLD_ACCOUNT: &str = "kubernetes.io/service-account.name";
const OLD_ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";

/// The maximum delay between a new namespace and its Secrets.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

type Metadata = PartialObjectMeta<DynamicObject>;

pub(crate) struct PullSecrets {
    cx: Context,
    /// Whether the cluster creates pull secrets, cached because a process serves one restore into one cluster.
    are_made: OnceCell<bool>,
}

impl PullSecrets {
    pub(crate) fn new(cx: &Context) -> Self {
        Self { cx: cx.clone(), are_made: OnceCell::new() }
    }

    /// Waits for the Secrets of the namespace, so that the pod can start, and sets their names in the pod.
    pub(crate) async fn replace(&self, pod: &mut Item, restore: &Restore) -> Result<()> {
        let namespace = &restore.target_namespace(pod.namespace()).to_owned();
        if !*self.are_made.get_or_try_init(|| self.are_made()).await? {
            return Ok(());
        }
        let secrets = self.wait(namespace).await?;
        let used: Vec<Value> = pod.get_each("/spec/imagePullSecrets/*").cloned().collect();
        for (index, used) in used.iter().enumerate() {
            let name = used["name"].as_str().unwrap_or_default();
            if let Some(prefix) = PREFIXES.into_iter().find(|prefix| name.starts_with(prefix)) {
                let new = self.of_account(namespace, prefix, &secrets).await?;
                pod.set(&format!("/spec/imagePullSecrets/{index}/name"), new)?;
            }
        }
        Ok(())
    }

    /// Since OpenShift 4.15, only with a registry.
    async fn are_made(&self) -> Result<bool> {
        let versions = self.cx.api("clusterversions.config.openshift.io/v1", None).await?;
        let status = &versions.get("version").await?.data["status"];
        let capabilities = status["capabilities"]["enabledCapabilities"].as_array();
        let has_registry = capabilities.is_some_and(|enabled| enabled.contains(&"ImageRegistry".into()));
        let registries = self.cx.api("configs.imageregistry.operator.openshift.io/v1", None).await?;
        let registry = registries.get_opt("cluster").await?;
        let is_managed =
            registry.is_some_and(|registry| registry.data["spec"]["managementState"] != "Removed");
        let version = status["desired"]["version"].as_str().unwrap_or_default();
        Ok(has_registry && is_managed || version::numbers(version)? < (4, 15))
    }

    /// Waits for the Secret of the default account, and returns all Secrets of the namespace.
    async fn wait(&self, namespace: &str) -> Result<Vec<Metadata>> {
        let api = self.cx.api("secrets/v1", namespace).await?;
        let look = async || {
            let secrets = api.list_metadata(&ListParams::default()).await?.items;
            let is_made = secrets.iter().any(|secret| secret.name_any().starts_with("default-dockercfg-"));
            Ok(is_made.then_some(secrets))
        };
        if let Some(secrets) = look().await? {
            return Ok(secrets);
        }
        let created = self.cx.api("namespaces/v1", None).await?.get_metadata(namespace).await?;
        let created = created.creation_timestamp().context("the namespace has no creationTimestamp")?;
        let age = SystemTime::from(created.0).elapsed().unwrap_or_default();
        let secrets = poll(Duration::from_secs(1), PATIENCE.saturating_sub(age), look).await;
        secrets.with_context(|| {
            format!(
                "waiting for Secret `default-dockercfg-…` in the first 5 minutes of namespace {namespace}"
            )
        })
    }

    /// The Secret of the account with this prefix.
    async fn of_account(&self, namespace: &str, prefix: &str, secrets: &[Metadata]) -> Result<String> {
        let accounts = self.cx.api("serviceaccounts/v1", namespace).await?;
        for secret in secrets.iter().filter(|secret| secret.name_any().starts_with(prefix)) {
            let (name, of_secret) = (secret.name_any(), secret.annotations());
            let account = of_secret.get(ACCOUNT);
            let Some(of) = account.or(of_secret.get(OLD_ACCOUNT)) else { continue };
            let of = accounts.get_metadata(of).await?;
            let is_used = match account {
                Some(_) => of.annotations().get(SECRET) == Some(&name),
                None => of_secret.get(OLD_ACCOUNT_UID) == of.uid().as_ref(),
            };
            if is_used {
                return Ok(name);
            }
        }
        bail!("namespace {namespace} has no Secret `{prefix}…` that a service account uses")
    }
}

#[cfg(test)]
mod tests;
