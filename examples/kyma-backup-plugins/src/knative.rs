use plugwright::prelude::*;
use tracing::info;

use crate::named;

/// The prefix of Knative Serving's labels, which are on all objects that it creates.
const PREFIX: &str = "serving.knative.dev/";

/// Skips objects that Knative Serving created for services in Kyma's integration namespace, and creates again.
#[restore_item_action(
    name = "kyma-project.io/knative-kyma-integration-restore-plugin",
    included_namespaces = ["kyma-integration"],
)]
async fn ignore_knative(input: &mut RestoreInput) -> Result<RestoreOutput> {
    let item = &input.item;
    if item.labels().any(|(key, _)| key.starts_with(PREFIX)) {
        info!("Ignoring restore of {}", named(item));
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
        ignore_knative(&mut input).await.unwrap().is_skipped()
    }

    #[tokio::test]
    async fn any_label_of_knative_serving_matches() {
        assert!(skipped(json!({"app": "a", "serving.knative.dev/route": "a"})).await);
        assert!(skipped(json!({"serving.knative.dev/": ""})).await);
        assert!(!skipped(json!({"eventing.knative.dev/broker": "a", "serving.knative.dev": "a"})).await);
        assert!(!skipped(json!({"app": "serving.knative.dev/a"})).await);
        assert!(!skipped(json!(null)).await);
    }
}
