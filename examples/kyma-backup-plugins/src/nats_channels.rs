use plugwright::prelude::*;
use tracing::info;

use crate::named;

/// Skips the services of NATS Streaming channels, because their controller creates them again.
#[restore_item_action(
    name = "kyma-project.io/nats-channels-restore-plugin",
    included_resources = ["services"],
)]
async fn ignore_natss_channel_service(input: &mut RestoreInput) -> Result<RestoreOutput> {
    let item = &input.item;
    if item.label("messaging.knative.dev/role") == Some("natss-channel") {
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
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"labels": labels}});
        let mut input = RestoreInput::new(Item::from_value(service).unwrap(), Restore::default());
        ignore_natss_channel_service(&mut input).await.unwrap().is_skipped()
    }

    #[tokio::test]
    async fn only_the_services_of_channels_are_skipped() {
        assert!(skipped(json!({"messaging.knative.dev/role": "natss-channel"})).await);
        assert!(!skipped(json!({"messaging.knative.dev/role": "broker"})).await);
        assert!(!skipped(json!(null)).await);
    }
}
