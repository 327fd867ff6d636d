//! Runs the items through a backup, a restore and the deletion of the backup.

use std::time::Duration;

use plugwright::client::chain::{Call, Called, Caller, Fate, Follow, Plan, Report, StepError};
use plugwright::{Backup, Item, Restore};

use super::report::ItemReport;
use crate::failure::Failure;
use crate::manifest::Source;
use crate::patience;
use crate::session::Session;

/// Calls a plugin, and restarts its process if it exits or hangs.
pub(crate) struct Patient<'s> {
    pub(crate) session: &'s mut Session,
    /// The limit for each call.
    pub(crate) timeout: Option<Duration>,
}

impl Caller for Patient<'_> {
    type Error = Failure;

    async fn call(&mut self, call: Call<'_>) -> Result<Called, Failure> {
        let client = self.session.restarted().await?;
        let answer = patience::wait(&call, self.timeout, call.make(client)).await;
        let logs = self.session.take_logs();
        let answer = match answer {
            Ok(answer) => answer.map_err(StepError::from),
            Err(timed_out) => {
                self.session.restart().await?;
                Err(StepError::TimedOut(timed_out.0))
            }
        };
        Ok(Called { answer, logs })
    }
}

/// Runs all phases. Without a backup, only the restore; without a restore, all phases except the restore.
pub(crate) async fn run(
    caller: &mut Patient<'_>,
    plan: &Plan,
    items: Vec<Item>,
    origins: Vec<(Source, Vec<String>)>,
    (backup, restore): (Option<&Backup>, Option<&Restore>),
) -> Result<Vec<ItemReport>, Failure> {
    let mut phases = Vec::new();
    // Do not wait for operations, which may take hours, or for additional items, which are mostly not available.
    let follow = Follow::NOTHING;
    if let Some(backup) = backup {
        phases.push(("backup", plan.backup(caller, &items, backup, &follow).await?));
    }
    if let Some(restore) = restore {
        phases.push(("restore", plan.restore(caller, &items, restore, &follow).await?));
    }
    if let Some(backup) = backup {
        phases.push(("deletion", plan.delete(caller, &items, backup).await?));
    }
    let mut reports: Vec<_> = items
        .into_iter()
        .zip(origins)
        .map(|(item, (source, doubts))| ItemReport::new(item, source, doubts))
        .collect();
    for (phase, report) in phases {
        add(&mut reports, phase, report);
    }
    Ok(reports)
}

fn add(reports: &mut [ItemReport], phase: &str, report: Report) {
    for of_phase in report.items {
        let report = &mut reports[of_phase.index];
        report.resource = of_phase.id.group_resource();
        for note in of_phase.notes {
            if !report.notes.contains(&note) {
                report.notes.push(note);
            }
        }
        if let Fate::Excluded(why) = of_phase.fate {
            report.notes.push(format!("not part of the {phase}: {why}"));
        }
        report.steps.extend(of_phase.steps);
    }
}
