use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use plugwright::Error;
use plugwright::prelude::*;
use plugwright::types::go_duration;
use tracing::info;

/// The label with the time to keep the backup open, such as `90s`.
const LABEL: &str = "example.io/settle";

/// Keeps a backup open while an application flushes its data.
#[backup_item_action_v2(name = "example.io/settle", label_selector = "example.io/settle")]
#[derive(Default)]
struct Settle;

impl BackupItemActionV2 for Settle {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        let output = BackupOutputV2::backup();
        // Velero calls actions again while it finalizes a backup. Operations are not supported in this phase.
        if input.backup.is_finalizing() {
            return Ok(output);
        }
        let Some(time) = input.item.label(LABEL) else {
            return Ok(output);
        };
        let operation: SettleTime = time.parse().with_context(|| format!("the label {LABEL}"))?;
        info!(time, "waiting for the application");
        Ok(output.operation(operation))
    }
}

impl BackupOperations for Settle {
    type OperationId = SettleTime;

    // Velero calls this in another process, so the state must be in the ID and the Backup.
    async fn progress(
        &self,
        SettleTime(time): &SettleTime,
        backup: &Backup,
    ) -> Result<OperationProgress> {
        let started = backup
            .status
            .start_timestamp
            .context("the Backup has no startTimestamp")?;
        let elapsed = started.elapsed().min(*time);
        Ok(OperationProgress {
            completed: elapsed == *time,
            done: i64::try_from(elapsed.as_secs())?,
            total: i64::try_from(time.as_secs())?,
            units: "seconds".into(),
            started: Some(started),
            updated: Some(Time::now()),
            ..OperationProgress::default()
        })
    }
}

/// The ID of an operation.
struct SettleTime(Duration);

impl FromStr for SettleTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(Self(go_duration::parse(text)?))
    }
}

impl fmt::Display for SettleTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&go_duration::format(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn operation(label: &str) -> Result<Option<String>> {
        let mut item = Item::from_json(r#"{"kind": "Pod"}"#)?;
        item.set_label(LABEL, label);
        let output = Settle
            .execute(&mut BackupInput::new(item, Backup::default()))
            .await?;
        Ok(output.operation)
    }

    #[tokio::test]
    async fn the_label_starts_an_operation() -> Result<()> {
        assert_eq!(operation("90s").await?.as_deref(), Some("1m30s"));
        let error = operation("soon").await.unwrap_err().to_string();
        assert!(
            error.starts_with("the label example.io/settle: "),
            "{error}"
        );
        Ok(())
    }

    #[tokio::test]
    async fn the_operation_completes_after_the_time() -> Result<()> {
        let mut backup = Backup::default();
        backup.status.start_timestamp = Some("2026-01-01T00:00:00Z".parse()?);
        let progress = Settle.progress(&"90s".parse()?, &backup).await?;
        assert!(progress.completed && progress.done == 90);
        backup.status.start_timestamp = Some(Time::now());
        assert!(!Settle.progress(&"10h".parse()?, &backup).await?.completed);
        Ok(())
    }
}
