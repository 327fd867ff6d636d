use plugwright::prelude::*;
use tracing::info;

use crate::named;

/// Items with one of these labels are skipped, because their controllers create them again.
const IGNORED: [(&str, &str); 1] = [("eventing.knative.dev/broker", "default")];

/// Skips objects of the default broker, except triggers, which users create.
///
/// Velero does not call an action with included or excluded namespaces for cluster-scoped objects.
#[restore_item_action(
    name = "kyma-project.io/by-label-restore-plugin",
    excluded_namespaces = ["kyma-system", "knative-eventing", "knative-serving", "istio-system"],
    excluded_resources = ["trigger.eventing.knative.dev"],
)]
async fn ignore_by_label(input: &mut RestoreInput) -> Result<RestoreOutput> {
    let item = &input.item;
    if let Some((key, value)) = IGNORED.into_iter().find(|(key, value)| item.label(key) == Some(value)) {
        info!("Ignoring restore of {} as it had label {key}:{value}", named(item));
        return Ok(RestoreOutput::skip());
    }
    info!("Restoring {}", named(item));
    Ok(RestoreOutput::restore())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn skipped(labels: Value) -> bool {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": labels}});
        let mut input = RestoreInput::new(Item::from_value(pod).unwrap(), Restore::default());
        ignore_by_label(&mut input).await.unwrap().is_skipped()
    }

    #[tokio::test]
    async fn key_and_value_must_match() {
        assert!(skipped(json!({"app": "a", "eventing.knative.dev/broker": "default"})).await);
        assert!(!skipped(json!({"eventing.knative.dev/broker": "other"})).await);
        assert!(!skipped(json!({"app": "default"})).await);
        assert!(!skipped(json!(null)).await);
    }
}
