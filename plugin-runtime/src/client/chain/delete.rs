//! The deletion of a backup.

use super::call::{Caller, Of};
use super::operations::Follow;
use super::plan::{Phase, Plan};
use super::report::Report;
use super::run::{Entries, Run};
use crate::{Backup, Item};

impl Plan {
    /// Runs the delete item actions on the items of a backup, as its deletion does.
    pub async fn delete<C: Caller>(
        &self,
        caller: &mut C,
        items: &[Item],
        backup: &Backup,
    ) -> Result<Report, C::Error> {
        let entries = Entries::new(self, items);
        let mut run = Run::new(self, &entries, caller, &Follow::NOTHING, Of::Backup(backup));
        for entry in 0..items.len() {
            let mut way = run.way(entry, Phase::Delete);
            for action in run.actions(Phase::Delete) {
                run.act(&mut way, action).await?;
            }
            // An error of a delete item action does not stop the deletion.
            let _ = run.finish(way);
        }
        Ok(run.into_report())
    }
}
