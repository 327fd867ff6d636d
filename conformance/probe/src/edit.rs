//! Changes to an item, for backup and restore.

use plugwright::prelude::*;
use serde_json::Value;

use crate::script::Command;

/// Runs a command that changes an item. Returns false for other commands.
pub(crate) fn command(item: &mut Item, command: &Command<'_>) -> Result<bool> {
    let argument = command.argument;
    match command.verb {
        "set" => {
            let (pointer, value) = argument.split_once('=').context("expected set:<pointer>=<value>")?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            item.set(pointer, value)?;
        }
        "remove" => {
            item.remove(argument);
        }
        "label" => {
            let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
            item.set_label(name, value);
        }
        "echo-item" => annotate(item, "item", &describe(item)),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Sets one of the probe's annotations.
pub(crate) fn annotate(item: &mut Item, name: &str, value: &str) {
    item.set_annotation(format!("probe.plugwright.dev/{name}"), value);
}

/// Formats the head of an item.
pub(crate) fn describe(item: &Item) -> String {
    [item.api_version(), item.kind(), item.group(), item.namespace(), item.name(), item.uid()].join("|")
}

/// The items for the command `additional`, or `additional:NUMBER`.
pub(crate) fn additional(number: &str) -> Result<Vec<ResourceIdentifier>> {
    if number.is_empty() {
        return Ok(some_items().into());
    }
    let item = |number| ResourceIdentifier::new("configmaps", "probe", format!("map-{number}"));
    Ok((0..number.parse::<u32>()?).map(item).collect())
}

/// Three items of various kinds.
pub(crate) fn some_items() -> [ResourceIdentifier; 3] {
    [
        ResourceIdentifier::new("secrets", "probe", "one"),
        ResourceIdentifier::new("deployments.apps", "probe", "two"),
        ResourceIdentifier::new("persistentvolumes", "", "three"),
    ]
}
