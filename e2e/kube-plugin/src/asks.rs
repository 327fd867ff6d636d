//! Requests the objects in the cluster that a restore action typically needs.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use plugwright::kube::Api;
use plugwright::prelude::*;
use plugwright::wait::wait_for;

#[restore_item_action(
    name = "e2e.plugwright.dev/asks",
    included_resources = ["configmaps"],
    label_selector = "e2e=asks",
    new = Self::new,
)]
struct Asks(Context);

impl Asks {
    fn new(cx: &Context) -> Self {
        Self(cx.clone())
    }
}

impl RestoreItemAction for Asks {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        let restore = &input.restore;
        let namespace = restore.target_namespace(input.item.namespace()).to_owned();

        let backup = self.0.backup_of(restore).await?;
        let location = self.0.backup_storage_location(&backup.spec.storage_location).await?;
        let credentials = self.0.credentials_of(&location).await?.unwrap_or_default();

        // The test creates it during this wait.
        let maps = Api::<ConfigMap>::namespaced(self.0.client().await?, &namespace);
        let is_given = |map: Option<&ConfigMap>| {
            map.and_then(|map| map.data.as_ref()).is_some_and(|data| data.contains_key("given"))
        };
        let signal = wait_for(&maps, "signal", Duration::from_secs(30), is_given).await?;
        let given = signal.and_then(|map| map.data?.remove("given")).unwrap_or_default();
        let never = wait_for(&maps, "never", Duration::from_millis(100), is_given).await;
        let never = never.map_or_else(|error| error.to_string(), |_| "it exists".into());

        let found = [
            ("backup", backup.metadata.name.clone()),
            ("backup-label", backup.metadata.labels.get("e2e").cloned().unwrap_or_default()),
            ("provider", location.spec.provider.clone()),
            ("bucket", location.spec.object_storage.unwrap_or_default().bucket),
            ("credentials", String::from_utf8_lossy(&credentials).into_owned()),
            ("target-namespace", namespace),
            ("restores-pvs", restore.restores_pvs().to_string()),
            ("given", given),
            ("never", never),
        ];
        for (name, value) in found {
            input.item.set_annotation(format!("e2e.plugwright.dev/{name}"), value);
        }
        Ok(RestoreOutput::restore())
    }
}
