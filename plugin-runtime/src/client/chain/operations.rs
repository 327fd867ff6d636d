//! Waits for operations to end and for additional items to be ready.

use std::time::{Duration, Instant};

use super::call::{Answer, Call, Called, Caller, Request};
use super::plan::Action;
use super::report::{Outcome, StepError};
use super::run::Run;
use crate::{OperationProgress, ResourceIdentifier, Restore};

/// Configures how long a run waits.
#[derive(Debug, Clone, Copy)]
pub struct Follow {
    /// `None` makes no calls after `execute`.
    pub(super) limit: Option<Duration>,
    pub(super) interval: Duration,
}

impl Follow {
    /// Makes no calls after `execute`: neither for the progress of operations nor for additional items.
    pub const NOTHING: Self = Self { limit: None, interval: INTERVAL };

    /// Polls until an operation has ended or additional items are ready, at most for this time.
    pub const fn for_at_most(limit: Duration) -> Self {
        Self { limit: Some(limit), interval: INTERVAL }
    }

    /// Sets the polling interval. The default is 50 ms; Velero polls operations every 10 s, and additional
    /// items every second.
    #[must_use]
    pub const fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }
}

const INTERVAL: Duration = Duration::from_millis(50);

/// An operation started by an action.
pub(super) struct Started<'a> {
    pub(super) action: &'a Action,
    pub(super) id: String,
    /// The step that reports it.
    pub(super) report: usize,
    pub(super) step: usize,
}

impl<'a, C: Caller> Run<'a, C> {
    /// Polls the progress of all operations until all have ended, like Velero's controllers
    /// (`pkg/controller/backup_operations_controller.go`, `getBackupItemOperationProgress`). `limit` is the
    /// timeout of the backup or restore; zero means none.
    pub(super) async fn follow_operations(&mut self, limit: Duration) -> Result<(), C::Error> {
        let Some(at_most) = self.follow.limit else { return Ok(()) };
        let limit = if limit.is_zero() { at_most } else { at_most.min(limit) };
        let start = Instant::now();
        let mut running = std::mem::take(&mut self.operations);
        loop {
            let mut still = Vec::new();
            for started in running {
                if !self.ask(&started, start.elapsed() > limit, limit).await? {
                    still.push(started);
                }
            }
            running = still;
            if running.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(self.follow.interval).await;
        }
    }

    /// Whether the operation is over.
    async fn ask(&mut self, started: &Started<'a>, late: bool, limit: Duration) -> Result<bool, C::Error> {
        let Started { action, id, .. } = started;
        let progress = self.operation_call(action, Request::Progress { operation: id, of: self.of }).await?;
        let (progress, error) = match self.log(started, progress).and_then(Answer::into_progress) {
            Err(error) => (None, Some(error)),
            Ok(progress) => (Some(progress.clone()), failure(progress)),
        };
        let completed = error.is_some() || progress.as_ref().is_some_and(|progress| progress.completed);
        let cancelled = !completed && late;
        if let Outcome::Done(effect) = &mut self.reports[started.report].steps[started.step].outcome
            && let Some(operation) = &mut effect.operation
        {
            operation.progress = progress.or(operation.progress.take());
            operation.error = if cancelled { Some(StepError::TimedOut(limit)) } else { error };
        }
        if cancelled {
            // Velero also ignores its error.
            let answer = self.operation_call(action, Request::Cancel { operation: id, of: self.of }).await?;
            let _ = self.log(started, answer);
        }
        Ok(completed || cancelled)
    }

    async fn operation_call(&mut self, action: &Action, request: Request<'_>) -> Result<Called, C::Error> {
        self.caller.call(Call { binary: action.binary, plugin: &action.plugin, request }).await
    }

    fn log(&mut self, started: &Started<'_>, called: Called) -> Result<Answer, StepError> {
        self.reports[started.report].steps[started.step].logs.extend(called.logs);
        called.answer
    }

    /// Polls until the additional items are ready (`pkg/restore/restore.go`, `itemsAvailable`); an error is
    /// recorded in the item's last step.
    pub(super) async fn wait_for_items(
        &mut self,
        entry: usize,
        action: &'a Action,
        items: &[ResourceIdentifier],
        restore: &Restore,
    ) -> Result<(), C::Error> {
        let (Some(at_most), Some(effect)) = (self.follow.limit, self.last_effect(entry)) else {
            return Ok(());
        };
        if !effect.wait_for_additional_items {
            return Ok(());
        }
        let limit = effect.additional_items_ready_timeout.map_or(at_most, |limit| limit.min(at_most));
        let start = Instant::now();
        let not_ready = loop {
            let called = self.operation_call(action, Request::AreReady { items, restore }).await?;
            if let Some(step) = self.report(entry).steps.last_mut() {
                step.logs.extend(called.logs);
            }
            match called.answer.and_then(Answer::into_ready) {
                Ok(true) => break None,
                Ok(false) if start.elapsed() >= limit => break Some(StepError::TimedOut(limit)),
                Ok(false) => tokio::time::sleep(self.follow.interval).await,
                Err(error) => break Some(error),
            }
        };
        if let Some(effect) = self.last_effect(entry) {
            effect.not_ready = not_ready;
        }
        Ok(())
    }
}

fn failure(progress: OperationProgress) -> Option<StepError> {
    (progress.completed && !progress.error.is_empty()).then_some(StepError::Operation(progress.error))
}
