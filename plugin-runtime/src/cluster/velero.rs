//! Velero's own objects: the Backup behind a Restore, storage locations and their Secrets.

use std::future::Future;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, Request};

use super::located;
use crate::error::{ErrorContext, Result};
use crate::types::SecretKeySelector;
use crate::{Backup, BackupStorageLocation, Context, Restore, bail};

impl Context {
    /// Returns the Backup of a Restore, from the namespace of the Restore. It is read once per Restore and cached.
    ///
    /// ```
    /// # use plugwright::prelude::*;
    /// # async fn execute(cx: &Context, input: &mut RestoreInput) -> Result<()> {
    /// let backup = cx.backup_of(&input.restore).await?;
    /// if backup.selects("persistentvolumeclaims", input.item.namespace()) {
    ///     // …
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn backup_of(&self, restore: &Restore) -> impl Future<Output = Result<Arc<Backup>>> + Send {
        located(async move {
            let name = &restore.spec.backup_name;
            if name.is_empty() {
                bail!("Restore {} refers to no Backup: spec.backupName is empty", restore.metadata.name)
            }
            // A Restore created in code, as in tests, has no uid.
            let key = format!("{} {name}", restore.metadata.uid);
            // Held while the Backup is read: concurrent calls want the same one.
            let mut kept = self.cluster().backup().lock().await;
            match &*kept {
                Some((of, backup)) if *of == key => Ok(Arc::clone(backup)),
                _ => {
                    let json = self.velero_object(&restore.metadata.namespace, "backups", name).await;
                    let backup = Backup::from_json(&json.with_context(|| {
                        format!("reading Backup {name} of Restore {}", restore.metadata.name)
                    })?)?;
                    let backup = Arc::new(backup);
                    *kept = Some((key, Arc::clone(&backup)));
                    Ok(backup)
                }
            }
        })
    }

    /// Returns the `BackupStorageLocation` with this name: a Backup's is `backup.spec.storage_location`.
    ///
    /// ```
    /// # use plugwright::prelude::*;
    /// # async fn execute(cx: &Context, input: &mut BackupInput) -> Result<()> {
    /// let location = cx.backup_storage_location(&input.backup.spec.storage_location).await?;
    /// let region = location.spec.config.require("region")?;
    /// let credentials: Option<Vec<u8>> = cx.credentials_of(&location).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn backup_storage_location(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<BackupStorageLocation>> + Send {
        located(async move {
            let json = self.velero_object("", "backupstoragelocations", name).await;
            let json = json.with_context(|| format!("reading BackupStorageLocation {name}"))?;
            BackupStorageLocation::from_json(&json)
        })
    }

    /// Returns the content of the Secret key that a location's `spec.credential` refers to; `None` if it is
    /// not set and Velero's server uses the credentials it was installed with.
    #[track_caller]
    pub fn credentials_of(
        &self,
        location: &BackupStorageLocation,
    ) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send {
        located(async move {
            let Some(credential) = &location.spec.credential else { return Ok(None) };
            // Velero reads it from its own namespace (`internal/credentials/file_store.go`), which is the
            // location's.
            let read = self.secret_key(&location.metadata.namespace, credential).await;
            let name = &location.metadata.name;
            read.map(Some).with_context(|| format!("the credentials of BackupStorageLocation {name}"))
        })
    }

    async fn secret_key(&self, namespace: &str, at: &SecretKeySelector) -> Result<Vec<u8>> {
        let namespace = if namespace.is_empty() { self.required_namespace()? } else { namespace };
        let secrets = Api::<Secret>::namespaced(self.client().await?, namespace);
        let secret = secrets.get(&at.name).await;
        let secret = secret.with_context(|| format!("reading Secret {namespace}/{}", at.name))?;
        let mut data = secret.data.unwrap_or_default();
        if let Some(content) = data.remove(&at.key) {
            return Ok(content.0);
        }
        let has = data.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        bail!("Secret {namespace}/{} has no key `{}`; keys found: {has}", at.name, at.key)
    }

    /// As the API server sends it: our types keep unknown fields. An empty namespace is Velero's.
    async fn velero_object(&self, namespace: &str, resource: &str, name: &str) -> Result<Vec<u8>> {
        let namespace = if namespace.is_empty() { self.required_namespace()? } else { namespace };
        let path = format!("/apis/velero.io/v1/namespaces/{namespace}/{resource}");
        let request = Request::new(path).get(name, &kube::api::GetParams::default())?;
        let json = self.client().await?.request_text(request).await?;
        Ok(json.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::{answer, context, status};

    fn restore(uid: &str, backup: &str) -> Restore {
        let mut restore = Restore::default();
        restore.metadata.name = "r".into();
        restore.metadata.uid = uid.into();
        restore.spec.backup_name = backup.into();
        restore
    }

    #[tokio::test]
    async fn backup_of_a_restore_is_read_once() {
        let api = answer(|path| {
            let name = path.strip_prefix("/apis/velero.io/v1/namespaces/velero/backups/")?;
            (name != "gone").then(|| json!({"metadata": {"name": name}, "spec": {"later": 1}}))
        });
        let cx = context(&api);
        let nightly = restore("1", "nightly");
        let (first, second) = tokio::join!(cx.backup_of(&nightly), cx.backup_of(&nightly));
        let first = first.unwrap();
        assert!(Arc::ptr_eq(&first, &second.unwrap()));
        assert_eq!(
            (first.metadata.name.as_str(), &first.as_value()["spec"]["later"]),
            ("nightly", &json!(1))
        );
        cx.backup_of(&restore("2", "nightly")).await.unwrap();
        assert_eq!(api.requests().len(), 2);

        let error = cx.backup_of(&restore("3", "gone")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "reading Backup gone of Restore r: no /apis/velero.io/v1/namespaces/velero/backups/gone"
        );
        assert!(matches!(error.downcast_ref(), Some(kube::Error::Api(status)) if status.is_not_found()));
        assert_eq!(error.location().file(), file!());
        let error = cx.backup_of(&Restore::default()).await.unwrap_err();
        assert!(error.to_string().ends_with(": spec.backupName is empty"), "{error}");
    }

    #[tokio::test]
    async fn the_backup_is_in_the_namespace_of_the_restore() {
        let api = answer(|path| {
            path.strip_prefix("/apis/velero.io/v1/namespaces/backups-eu/backups/")
                .map(|name| json!({"metadata": {"name": name, "namespace": "backups-eu"}}))
        });
        let mut nightly = restore("1", "nightly");
        nightly.metadata.namespace = "backups-eu".into();
        assert_eq!(context(&api).backup_of(&nightly).await.unwrap().metadata.name, "nightly");
    }

    #[tokio::test]
    async fn reads_a_location_and_its_credentials() {
        let api = answer(|path| match path {
            "/apis/velero.io/v1/namespaces/velero/backupstoragelocations/default" => Some(json!({
                "metadata": {"name": "default", "namespace": "velero"},
                "spec": {"provider": "aws", "config": {"region": "eu"}, "credential": {"name": "cloud", "key": "file"},
                    "objectStorage": {"bucket": "b", "caCert": "Y2VydA=="}},
            })),
            "/api/v1/namespaces/velero/secrets/cloud" => {
                Some(json!({"data": {"file": "c2VjcmV0", "b": "", "a": ""}}))
            }
            _ => Some(status(403, "Forbidden", "you may not")),
        });
        let cx = context(&api);
        let mut location = cx.backup_storage_location("default").await.unwrap();
        assert_eq!(location.spec.config.require("region").unwrap(), "eu");
        assert_eq!(cx.credentials_of(&location).await.unwrap(), Some(b"secret".to_vec()));

        let credential = location.spec.credential.as_mut().unwrap();
        credential.key = "cloud".into();
        let error = cx.credentials_of(&location).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the credentials of BackupStorageLocation default: Secret velero/cloud has no key `cloud`; keys found: a, b, file"
        );
        location.spec.credential.as_mut().unwrap().name = "other".into();
        let error = cx.credentials_of(&location).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the credentials of BackupStorageLocation default: reading Secret velero/other: you may not"
        );
        location.spec.credential = None;
        assert_eq!(cx.credentials_of(&location).await.unwrap(), None);
        let error = cx.backup_storage_location("x").await.unwrap_err().to_string();
        assert_eq!(error, "reading BackupStorageLocation x: you may not");
    }
}
