use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use plugwright::Error;
use plugwright::prelude::*;
use plugwright::types::go_duration;
use tracing::info;

/// The label with the time to keep the restore open, such as `2m`.
const LABEL: &str = "example.io/warm-up";

/// Keeps a restore open while an application warms up.
#[restore_item_action_v2(name = "example.io/warm-up", label_selector = "example.io/warm-up")]
#[derive(Default)]
struct WarmUp;

impl RestoreItemActionV2 for WarmUp {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        let output = RestoreOutputV2::restore();
        let Some(time) = input.item.label(LABEL) else {
            return Ok(output);
        };
        let operation: WarmUpTime = time.parse().with_context(|| format!("the label {LABEL}"))?;
        info!(time, "waiting for the application");
        Ok(output.operation(operation))
    }
}

impl RestoreOperations for WarmUp {
    type OperationId = WarmUpTime;

    // Velero calls this in another process, so the state must be in the ID and the Restore.
    async fn progress(
        &self,
        WarmUpTime(time): &WarmUpTime,
        restore: &Restore,
    ) -> Result<OperationProgress> {
        let started = restore
            .status
            .start_timestamp
            .context("the Restore has no startTimestamp")?;
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
struct WarmUpTime(Duration);

impl FromStr for WarmUpTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(Self(go_duration::parse(text)?))
    }
}

impl fmt::Display for WarmUpTime {
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
        let output = WarmUp
            .execute(&mut RestoreInput::new(item, Restore::default()))
            .await?;
        Ok(output.operation)
    }

    #[tokio::test]
    async fn the_label_starts_an_operation() -> Result<()> {
        assert_eq!(operation("120s").await?.as_deref(), Some("2m0s"));
        let error = operation("soon").await.unwrap_err().to_string();
        assert!(
            error.starts_with("the label example.io/warm-up: "),
            "{error}"
        );
        Ok(())
    }

    #[tokio::test]
    async fn the_operation_completes_after_the_time() -> Result<()> {
        let mut restore = Restore::default();
        restore.status.start_timestamp = Some("2026-01-01T00:00:00Z".parse()?);
        let progress = WarmUp.progress(&"2m".parse()?, &restore).await?;
        assert!(progress.completed && progress.done == 120);
        restore.status.start_timestamp = Some(Time::now());
        assert!(!WarmUp.progress(&"10h".parse()?, &restore).await?.completed);
        Ok(())
    }
}
