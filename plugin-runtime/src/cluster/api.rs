//! Access to any resource of the Kubernetes API by name.

use std::future::Future;

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use plugwright_model::resource::{BUILT_IN, split};

use super::located;
use crate::error::Result;
use crate::{Context, bail};

impl Context {
    /// Returns a client for a resource, given as plural, group and version. `None` as the namespace means all
    /// namespaces, or a cluster-scoped resource.
    ///
    /// ```
    /// # use plugwright::prelude::*;
    /// # use plugwright::types::DataDownload;
    /// # async fn progress(cx: &Context, name: &str) -> Result<()> {
    /// let downloads = cx.api("datadownloads.velero.io/v2alpha1", cx.velero_namespace()).await?;
    /// let download = DataDownload::try_from(downloads.get(name).await?)?;
    /// tracing::info!("{} bytes", download.status.progress.bytes_done);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Does not check that the API server has the resource. For types of `k8s-openapi`, and others that
    /// implement [`kube::Resource`], use `Api::namespaced(cx.client().await?, namespace)`.
    #[track_caller]
    pub fn api<'a>(
        &'a self,
        resource: &'a str,
        namespace: impl Into<Option<&'a str>>,
    ) -> impl Future<Output = Result<Api<DynamicObject>>> + Send {
        let namespace = namespace.into();
        located(async move {
            let api_resource = api_resource(resource)?;
            let client = self.client().await?;
            Ok(match namespace {
                Some(namespace) => Api::namespaced_with(client, namespace, &api_resource),
                None => Api::all_with(client, &api_resource),
            })
        })
    }
}

fn api_resource(resource: &str) -> Result<ApiResource> {
    let (plural, group, version) = match resource.split_once('/') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() && !version.contains('/') => {
            let (plural, group) = split(name);
            (plural, group, version)
        }
        _ => bail!(
            "invalid resource `{resource}`; expected plural, group and version, such as \
             `datadownloads.velero.io/v2alpha1` or `pods/v1`"
        ),
    };
    // Paths use the plural; the kind appears in no request.
    let known = BUILT_IN.iter().find(|known| known.plural == plural && known.group == group);
    let kind = known.map_or(plural, |known| known.kind);
    Ok(ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::testing::{answer, context};

    #[tokio::test]
    async fn finds_a_resource_by_name() {
        let cx_of = |expected: &'static str| {
            context(&answer(move |path| {
                (path == expected)
                    .then(|| json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"}}))
            }))
        };
        let cx = cx_of("/apis/velero.io/v2alpha1/namespaces/velero/datadownloads/a");
        let downloads = cx.api("datadownloads.velero.io/v2alpha1", "velero").await.unwrap();
        assert_eq!(downloads.get("a").await.unwrap().metadata.name.as_deref(), Some("a"));
        let cx = cx_of("/api/v1/namespaces/shop/pods/a");
        cx.api("pods/v1", Some("shop")).await.unwrap().get("a").await.unwrap();
        let cx = cx_of("/apis/storage.k8s.io/v1/storageclasses/a");
        cx.api("storageclasses.storage.k8s.io/v1", None).await.unwrap().get("a").await.unwrap();

        for wrong in ["pods", "/v1", "pods/", "apps/v1/deployments", ""] {
            let error = cx.api(wrong, None).await.unwrap_err();
            assert!(
                error.to_string().starts_with(&format!("invalid resource `{wrong}`; expected")),
                "{error}"
            );
            assert_eq!(error.location().file(), file!());
        }
    }
}
