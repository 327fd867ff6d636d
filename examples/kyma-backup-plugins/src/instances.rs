use plugwright::prelude::*;
use tracing::info;

/// Removes the references to class and plan. The Service Catalog of the new cluster finds its own by the names in the
/// instance.
#[restore_item_action(
    name = "kyma-project.io/instances-restore-plugin",
    included_resources = ["serviceinstance"],
)]
async fn remove_service_instance_fields(input: &mut RestoreInput) -> Result<RestoreOutput> {
    let item = &mut input.item;
    info!(
        "Removing serviceClassRef/servicePlanRef fields from instance {} in namespace {}",
        item.name(),
        item.namespace()
    );
    item.remove("/spec/serviceClassRef");
    item.remove("/spec/servicePlanRef");
    Ok(RestoreOutput::restore())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn only_the_references_are_removed() {
        let instance = json!({
            "apiVersion": "servicecatalog.k8s.io/v1beta1", "kind": "ServiceInstance",
            "spec": {"clusterServiceClassExternalName": "redis", "serviceClassRef": {"name": "1"}, "servicePlanRef": {"name": "2"}},
        });
        let mut input = RestoreInput::new(Item::from_value(instance).unwrap(), Restore::default());
        let output = remove_service_instance_fields(&mut input).await.unwrap();
        assert!(!output.is_skipped());
        assert_eq!(input.item.get("/spec"), Some(&json!({"clusterServiceClassExternalName": "redis"})));
    }

    #[tokio::test]
    async fn an_instance_without_references_is_unchanged() {
        let instance = json!({"kind": "ServiceInstance", "spec": {}});
        let mut input = RestoreInput::new(Item::from_value(instance).unwrap(), Restore::default());
        let output = remove_service_instance_fields(&mut input).await.unwrap();
        assert!(!output.is_skipped() && !input.item.is_changed());
    }
}
