//! Backup item actions of both versions.

use plugwright::prelude::*;

use crate::echo;
use crate::edit::{self, additional, annotate, some_items};
use crate::operation::Operation;
use crate::script::{self, Asked, wish};

/// Changes the item, and returns the commands for the output.
fn carry_out(input: &mut BackupInput) -> Result<Asked> {
    let mut asked = Asked::default();
    let item = &mut input.item;
    script::each(&wish(item), |command| {
        if edit::command(item, command)? {
            return Ok(());
        }
        match command.verb {
            "echo-backup" => annotate(item, "backup", &echo::backup(&input.backup)),
            "additional" | "must-include" | "operation" | "post-operation" | "skip" => asked.add(command),
            _ => return script::unknown(command),
        }
        Ok(())
    })?;
    Ok(asked)
}

fn output(asked: &Asked) -> Result<BackupOutput> {
    let mut output = if asked.has("skip") { BackupOutput::skip() } else { BackupOutput::backup() };
    if let Some(number) = asked.argument("additional") {
        output = output.additional_items(additional(number)?);
    }
    if asked.has("must-include") {
        output = output.must_include_additional_items();
    }
    Ok(output)
}

#[backup_item_action(
    name = "probe.plugwright.dev/backup-item-action",
    included_namespaces = ["backup", "probe"],
    excluded_namespaces = ["kube-system"],
    included_resources = ["pods", "deployments.apps"],
    excluded_resources = ["events", "secrets"],
    label_selector = "probe in (backup),!hidden",
)]
#[derive(Default)]
struct Probe;

impl BackupItemAction for Probe {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        output(&carry_out(input)?)
    }
}

#[backup_item_action_v2(
    name = "probe.plugwright.dev/backup-item-action-v2",
    included_namespaces = ["backup-v2", "probe"],
    excluded_namespaces = ["kube-system"],
    included_resources = ["pods", "deployments.apps"],
    excluded_resources = ["events", "secrets"],
    label_selector = "probe in (backup-v2),!hidden",
)]
#[derive(Default)]
struct ProbeV2;

impl BackupItemActionV2 for ProbeV2 {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        let asked = carry_out(input)?;
        let mut output = BackupOutputV2::from(output(&asked)?);
        if let Some(id) = asked.argument("operation") {
            output = output.operation(id);
        }
        if asked.has("post-operation") {
            output = output.post_operation_items(some_items().into_iter().take(1));
        }
        Ok(output)
    }
}

impl BackupOperations for ProbeV2 {
    type OperationId = Operation;

    async fn progress(&self, operation: &Operation, backup: &Backup) -> Result<OperationProgress> {
        operation.progress(&backup.metadata.name)
    }

    async fn cancel(&self, operation: &Operation, backup: &Backup) -> Result<()> {
        operation.cancel(&backup.metadata.name)
    }
}

/// Returns every item unchanged.
#[backup_item_action(name = "probe.plugwright.dev/nothing")]
#[derive(Default)]
struct Nothing;

impl BackupItemAction for Nothing {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

#[backup_item_action_v2(name = "probe.plugwright.dev/backup-without-operations")]
#[derive(Default)]
struct WithoutOperations;

impl BackupItemActionV2 for WithoutOperations {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutputV2> {
        Ok(BackupOutputV2::backup())
    }
}

/// Fails to construct while the file in `PROBE_HOLD` exists.
#[backup_item_action(name = "probe.plugwright.dev/held-back", new = HeldBack::new)]
struct HeldBack;

impl HeldBack {
    fn new() -> Result<Self> {
        let path = std::env::var("PROBE_HOLD").unwrap_or_default();
        ensure!(!std::path::Path::new(&path).exists(), "blocked by {path}");
        Ok(Self)
    }
}

impl BackupItemAction for HeldBack {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}
