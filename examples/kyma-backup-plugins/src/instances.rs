use plugwright::prelude::*;
use tracing::info;

/// Takes the references to class and plan away: the Service Catalog of the restored cluster finds its own by the names
/// that the instance has beside them.
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
    async fn the_references_go_and_the_rest_stays() {
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
    async fn an_instance_without_references_is_not_changed() {
        let instance = json!({"kind": "ServiceInstance", "spec": {}});
        let mut input = RestoreInput::new(Item::from_value(instance).unwrap(), Restore::default());
        let output = remove_service_instance_fields(&mut input).await.unwrap();
        assert!(!output.is_skipped() && !input.item.is_changed());
    }
}
