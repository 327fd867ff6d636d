//! DataDownloads of claims. A data mover, such as Velero's, fills a volume with the data that a DataUpload stored.

use k8s_openapi::api::core::v1::ConfigMap;
use plugwright::kube::ResourceExt;
use plugwright::kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use plugwright::prelude::*;
use plugwright::types::labels::{
    ASYNC_OPERATION_ID, PVC_NAMESPACE_NAME, RESOURCE_USAGE, RESTORE_NAME, RESTORE_UID, label_value,
};
use plugwright::types::{DataDownload, DataUploadResult};
use serde_json::json;

async fn api(cx: &Context, restore: &Restore) -> Result<Api<DynamicObject>> {
    cx.api("datadownloads.velero.io/v2alpha1", restore.metadata.namespace.as_str()).await
}

/// Starts the download of a claim's uploaded data.
pub(crate) async fn create(
    cx: &Context,
    restore: &Restore,
    backup: &Backup,
    claim: &Item,
    operation: &str,
) -> Result<()> {
    let of = &restore.metadata;
    let mut download = DataDownload::named(&of.namespace, "");
    download.metadata.generate_name = format!("{}-", of.name);
    download.metadata.owner_references = vec![restore.owner_reference()];
    let labels = &mut download.metadata.labels;
    labels.insert(RESTORE_NAME.into(), label_value(&of.name));
    labels.insert(RESTORE_UID.into(), of.uid.clone());
    labels.insert(ASYNC_OPERATION_ID.into(), operation.into());
    download.spec = upload_result(cx, restore, claim).await?.into();
    download.spec.target_volume.pvc = claim.name().into();
    download.spec.target_volume.namespace = restore.target_namespace(claim.namespace()).into();
    download.spec.operation_timeout = backup.spec.csi_snapshot_timeout;
    if let Some(config) = &restore.spec.uploader_config {
        download.spec.data_mover_config = config.data_mover_config();
    }
    let created = api(cx, restore).await?.create(&PostParams::default(), &(&download).try_into()?).await;
    let created = created.with_context(|| format!("creating a DataDownload for {claim}"))?;
    tracing::info!("created DataDownload {} for {claim}", created.name_any());
    Ok(())
}

/// Reads the ConfigMap that Velero's action `velero.io/dataupload` creates before claims are restored.
async fn upload_result(cx: &Context, restore: &Restore, claim: &Item) -> Result<DataUploadResult> {
    let (of, uid) = (&restore.metadata, &restore.metadata.uid);
    let claim = label_value(&format!("{}.{}", claim.namespace(), claim.name()));
    let labels = format!(
        "{PVC_NAMESPACE_NAME}={claim},{RESTORE_UID}={},{RESOURCE_USAGE}=DataUpload",
        label_value(uid)
    );
    let maps = Api::<ConfigMap>::namespaced(cx.client().await?, &of.namespace);
    let maps = maps.list(&ListParams::default().labels(&labels)).await?.items;
    let [map] = &*maps else {
        bail!("found {} ConfigMaps with the labels {labels}; expected one, of a DataUpload", maps.len())
    };
    let result = map.data.as_ref().and_then(|data| data.get(uid));
    let result = result.with_context(|| format!("ConfigMap {} has no key `{uid}`", map.name_any()))?;
    serde_json::from_str(result).with_context(|| format!("key `{uid}` of ConfigMap {}", map.name_any()))
}

/// Finds the DataDownload of an operation.
pub(crate) async fn find(cx: &Context, restore: &Restore, operation: &str) -> Result<DataDownload> {
    let label = format!("{ASYNC_OPERATION_ID}={operation}");
    let mut found = api(cx, restore).await?.list(&ListParams::default().labels(&label)).await?.items;
    ensure!(found.len() == 1, "found {} DataDownloads with the label {label}; expected one", found.len());
    found.remove(0).try_into()
}

/// Requests the data mover to cancel the download. The progress shows when it is cancelled.
pub(crate) async fn cancel(cx: &Context, restore: &Restore, operation: &str) -> Result<()> {
    let download = find(cx, restore, operation).await?;
    let cancel = Patch::Merge(json!({"spec": {"cancel": true}}));
    api(cx, restore).await?.patch(&download.metadata.name, &PatchParams::default(), &cancel).await?;
    Ok(())
}
