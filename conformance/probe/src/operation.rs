//! The probe's asynchronous operations.

use std::fmt;
use std::str::FromStr;

use plugwright::prelude::*;

use crate::script;

/// An operation, identified by one of four names or by a command.
pub(crate) struct Operation(String);

impl FromStr for Operation {
    type Err = plugwright::Error;

    fn from_str(id: &str) -> Result<Self> {
        let known = matches!(id, "running" | "done" | "failed" | "timeless");
        ensure!(known || id.starts_with("error:") || id.starts_with("panic:"), "unknown operation");
        Ok(Self(id.to_owned()))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Operation {
    /// The progress. `owner` is the name of the backup or restore.
    pub(crate) fn progress(&self, owner: &str) -> Result<OperationProgress> {
        script::text(&self.0)?;
        let mut progress = OperationProgress {
            done: 3,
            total: 9,
            units: "pieces".into(),
            description: format!("for {owner}"),
            started: Some("2024-01-02T03:04:05.678Z".parse()?),
            updated: Some("2024-01-02T03:04:06Z".parse()?),
            ..OperationProgress::default()
        };
        match &*self.0 {
            "done" => {
                progress.completed = true;
                progress.done = 9;
            }
            "failed" => {
                progress.completed = true;
                progress.error = "it broke".into();
            }
            "timeless" => (progress.started, progress.updated) = (None, None),
            _ => {}
        }
        Ok(progress)
    }

    /// Fails for an operation that has ended.
    pub(crate) fn cancel(&self, owner: &str) -> Result<()> {
        script::text(&self.0)?;
        ensure!(!matches!(&*self.0, "done" | "failed"), "{self} of {owner} has ended");
        Ok(())
    }
}
