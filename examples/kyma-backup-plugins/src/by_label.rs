use plugwright::prelude::*;
use tracing::info;

use crate::named;

/// Items with one of these labels are left out: their controllers make them anew.
const IGNORED: [(&str, &str); 1] = [("eventing.knative.dev/broker", "default")];

/// Leaves out what belongs to the default broker, but for triggers, which are the users' own.
///
/// An action that names namespaces sees no cluster-scoped objects, as Velero does it: excluded ones count, too.
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
    async fn key_and_value_have_to_be_those_of_the_default_broker() {
        assert!(skipped(json!({"app": "a", "eventing.knative.dev/broker": "default"})).await);
        assert!(!skipped(json!({"eventing.knative.dev/broker": "other"})).await);
        assert!(!skipped(json!({"app": "default"})).await);
        assert!(!skipped(json!(null)).await);
    }
}
