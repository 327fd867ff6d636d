use plugwright::prelude::*;
use tracing::info;

use crate::operation::TimedOperation;

/// The annotation with the duration of an operation, such as `1m30s`, on the item or, by default, on the Backup.
const DURATION: &str = "velero.io/example-bia-operation-duration";

/// Annotates each backed-up item, and starts an operation if another annotation requests it.
#[backup_item_action_v2(name = "example.io/backup-pluginv2", excluded_resources = ["secrets"])]
#[derive(Default)]
struct BackupPluginV2;

impl BackupItemActionV2 for BackupPluginV2 {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        info!("Hello from my BackupPlugin(v2)!");
        let BackupInput { item, backup, .. } = input;
        item.set_annotation("velero.io/my-backup-pluginv2", "1");

        let output = BackupOutputV2::backup();
        if backup.is_finalizing() {
            return Ok(output);
        }
        let of_backup = backup.metadata.annotations.get(DURATION).map(String::as_str);
        Ok(match TimedOperation::asked_for(item.uid(), [item.annotation(DURATION), of_backup]) {
            Some(operation) => output.operation(operation),
            None => output,
        })
    }
}

impl BackupOperations for BackupPluginV2 {
    type OperationId = TimedOperation;

    async fn progress(&self, operation: &TimedOperation, backup: &Backup) -> Result<OperationProgress> {
        let started = backup.status.start_timestamp;
        let started =
            started.with_context(|| format!("Backup {} has no startTimestamp", backup.metadata.name))?;
        Ok(operation.progress(started, Time::now()))
    }
}

#[cfg(test)]
mod tests {
    use plugwright::types::BackupPhase;

    use super::*;

    const POD: &str = r#"{"kind":"Pod","metadata":{"uid":"u-1"}}"#;
    const POD_OF_90S: &str = r#"{"kind":"Pod","metadata":{"uid":"u-1","annotations":
        {"velero.io/example-bia-operation-duration":"90s"}}}"#;

    /// The ID of the operation for these annotations.
    async fn operation(item: &str, of_backup: Option<&str>, phase: BackupPhase) -> Option<String> {
        let mut backup = Backup::default();
        backup.status.phase = phase;
        backup.metadata.annotations.extend(of_backup.map(|value| (DURATION.to_owned(), value.to_owned())));
        let mut input = BackupInput::new(Item::from_json(item.to_owned()).unwrap(), backup);
        let output = BackupPluginV2.execute(&mut input).await.unwrap();
        assert_eq!(input.item.annotation("velero.io/my-backup-pluginv2"), Some("1"));
        output.operation
    }

    #[tokio::test]
    async fn an_annotation_starts_an_operation() {
        use BackupPhase::InProgress;
        assert_eq!(operation(POD, None, InProgress).await, None);
        assert_eq!(operation(POD_OF_90S, None, InProgress).await.as_deref(), Some("u-1/90s"));
        assert_eq!(operation(POD, Some("2m"), InProgress).await.as_deref(), Some("u-1/2m"));
        assert_eq!(operation(POD_OF_90S, Some("2m"), InProgress).await.as_deref(), Some("u-1/90s"));
    }

    #[tokio::test]
    async fn no_operation_starts_while_the_backup_is_finalizing() {
        for phase in [BackupPhase::Finalizing, BackupPhase::FinalizingPartiallyFailed] {
            assert_eq!(operation(POD_OF_90S, Some("2m"), phase).await, None);
        }
    }

    #[tokio::test]
    async fn progress_requires_the_start_of_the_backup() {
        let operation = "u-1/90s".parse().unwrap();
        let mut backup = Backup::default();
        backup.metadata.name = "nightly".into();
        let error = BackupPluginV2.progress(&operation, &backup).await.unwrap_err();
        assert_eq!(error.to_string(), "Backup nightly has no startTimestamp");

        backup.status.start_timestamp = Some("2026-05-01T12:00:00Z".parse().unwrap());
        let progress = BackupPluginV2.progress(&operation, &backup).await.unwrap();
        assert!(progress.completed && progress.started == backup.status.start_timestamp);
    }
}
