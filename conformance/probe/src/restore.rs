//! Restore item actions of both versions.

use plugwright::prelude::*;
use plugwright::types::go_duration;

use crate::echo;
use crate::edit::{self, additional, annotate, describe};
use crate::operation::Operation;
use crate::script::{self, Asked, wish};

/// Changes the item, and returns the commands for the output.
fn carry_out(input: &mut RestoreInput) -> Result<Asked> {
    let mut asked = Asked::default();
    let item = &mut input.item;
    script::each(&wish(item), |command| {
        if edit::command(item, command)? {
            return Ok(());
        }
        match command.verb {
            "echo-restore" => annotate(item, "restore", &echo::restore(&input.restore)),
            "item-from-backup" => {
                let described = input.item_from_backup.as_ref().map(describe).unwrap_or_default();
                annotate(item, "item-from-backup", &described);
            }
            "additional" | "operation" | "ready-timeout" | "skip" | "wait" | "warning" => asked.add(command),
            _ => return script::unknown(command),
        }
        Ok(())
    })?;
    Ok(asked)
}

fn output(asked: &Asked) -> Result<RestoreOutput> {
    let mut output = if asked.has("skip") { RestoreOutput::skip() } else { RestoreOutput::restore() };
    if let Some(number) = asked.argument("additional") {
        output = output.additional_items(additional(number)?);
    }
    if let Some(text) = asked.argument("warning") {
        output = output.warning(text);
    }
    Ok(output)
}

#[restore_item_action(
    name = "probe.plugwright.dev/restore-item-action",
    included_namespaces = ["restore", "probe"],
    excluded_namespaces = ["kube-system"],
    included_resources = ["pods", "deployments.apps"],
    excluded_resources = ["events", "secrets"],
    label_selector = "probe in (restore),!hidden",
)]
#[derive(Default)]
struct Probe;

impl RestoreItemAction for Probe {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        output(&carry_out(input)?)
    }
}

#[restore_item_action_v2(
    name = "probe.plugwright.dev/restore-item-action-v2",
    included_namespaces = ["restore-v2", "probe"],
    excluded_namespaces = ["kube-system"],
    included_resources = ["pods", "deployments.apps"],
    excluded_resources = ["events", "secrets"],
    label_selector = "probe in (restore-v2),!hidden",
)]
#[derive(Default)]
struct ProbeV2;

impl RestoreItemActionV2 for ProbeV2 {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        let asked = carry_out(input)?;
        let mut output = RestoreOutputV2::from(output(&asked)?);
        if let Some(id) = asked.argument("operation") {
            output = output.operation(id);
        }
        if asked.has("wait") {
            output = output.wait_for_additional_items();
        }
        if let Some(timeout) = asked.argument("ready-timeout") {
            output = output.additional_items_ready_timeout(go_duration::parse(timeout)?);
        }
        Ok(output)
    }

    /// Returns whether the items are those in an annotation of the restore.
    async fn are_additional_items_ready(
        &self,
        items: &[ResourceIdentifier],
        restore: &Restore,
    ) -> Result<bool> {
        let annotation = |name: &str| {
            let name = format!("probe.plugwright.dev/{name}");
            restore.metadata.annotations.get(&name).map_or("", String::as_str)
        };
        script::text(annotation("do"))?;
        let names: Vec<_> = items
            .iter()
            .map(|item| [&*item.group, &item.resource, &item.namespace, &item.name].join("/"))
            .collect();
        Ok(names.join(",") == annotation("ready"))
    }
}

impl RestoreOperations for ProbeV2 {
    type OperationId = Operation;

    async fn progress(&self, operation: &Operation, restore: &Restore) -> Result<OperationProgress> {
        operation.progress(&restore.metadata.name)
    }

    async fn cancel(&self, operation: &Operation, restore: &Restore) -> Result<()> {
        operation.cancel(&restore.metadata.name)
    }
}

#[restore_item_action_v2(name = "probe.plugwright.dev/restore-without-operations")]
#[derive(Default)]
struct WithoutOperations;

impl RestoreItemActionV2 for WithoutOperations {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}
