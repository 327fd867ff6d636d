use plugwright::prelude::*;
use tracing::info;

use crate::operation::TimedOperation;

/// The annotation with the duration of an operation, such as `1m30s`, on the item or, by default, on the Restore.
const DURATION: &str = "velero.io/example-ria-operation-duration";

/// Annotates each restored item, and starts an operation if another annotation requests it.
#[restore_item_action_v2(name = "example.io/restore-pluginv2")]
#[derive(Default)]
struct RestorePluginV2;

impl RestoreItemActionV2 for RestorePluginV2 {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        info!("Hello from my RestorePlugin(v2)!");
        let RestoreInput { item, restore, .. } = input;
        item.set_annotation("velero.io/my-restore-pluginv2", "1");

        let output = RestoreOutputV2::restore();
        let of_restore = restore.metadata.annotations.get(DURATION).map(String::as_str);
        Ok(match TimedOperation::asked_for(item.name(), [item.annotation(DURATION), of_restore]) {
            Some(operation) => output.operation(operation),
            None => output,
        })
    }
}

impl RestoreOperations for RestorePluginV2 {
    type OperationId = TimedOperation;

    async fn progress(&self, operation: &TimedOperation, restore: &Restore) -> Result<OperationProgress> {
        let started = restore.status.start_timestamp;
        let started =
            started.with_context(|| format!("Restore {} has no startTimestamp", restore.metadata.name))?;
        Ok(operation.progress(started, Time::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_annotation_starts_an_operation() {
        for (of_item, of_restore, expected) in [
            ("{}", None, None),
            ("{}", Some("2m"), Some("web-0/2m")),
            (r#"{"velero.io/example-ria-operation-duration":"90s"}"#, Some("2m"), Some("web-0/90s")),
        ] {
            let mut restore = Restore::default();
            restore
                .metadata
                .annotations
                .extend(of_restore.map(|value: &str| (DURATION.to_owned(), value.to_owned())));
            let item = format!(r#"{{"kind":"Pod","metadata":{{"name":"web-0","annotations":{of_item}}}}}"#);
            let mut input = RestoreInput::new(Item::from_json(item).unwrap(), restore);
            let output = RestorePluginV2.execute(&mut input).await.unwrap();
            assert_eq!(input.item.annotation("velero.io/my-restore-pluginv2"), Some("1"));
            assert_eq!(output.operation.as_deref(), expected);
        }
    }

    #[tokio::test]
    async fn progress_requires_the_start_of_the_restore() {
        let operation = "web-0/90s".parse().unwrap();
        let mut restore = Restore::default();
        restore.metadata.name = "monday".into();
        let error = RestorePluginV2.progress(&operation, &restore).await.unwrap_err();
        assert_eq!(error.to_string(), "Restore monday has no startTimestamp");

        restore.status.start_timestamp = Some("2026-05-01T12:00:00Z".parse().unwrap());
        let progress = RestorePluginV2.progress(&operation, &restore).await.unwrap();
        assert!(progress.completed && progress.started == restore.status.start_timestamp);
    }
}
