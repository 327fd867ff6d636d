//! `--against`: compares the effects of two binaries.

use std::io::Write;

use plugwright_local_velero::recorder::{Call, What};
use serde_json::{Value, json};

use super::backup_and_restore::{Outcome, Stage, plain};
use super::report::{self, Id};
use crate::failure::Failure;
use crate::style;

/// Prints the differences. Returns whether the results are equal.
pub(super) fn write(
    out: &mut impl Write,
    names: &[String; 2],
    ours: &Outcome,
    theirs: &Outcome,
) -> Result<bool, Failure> {
    let (heading, removed, added) = (style::HEADING, style::REMOVED, style::ADDED);
    let [our_name, their_name] = names;
    writeln!(out, "\n{heading}Compared{heading:#}")?;
    writeln!(out, "    {removed}-{removed:#} {our_name}\n    {added}+{added:#} {their_name}\n")?;
    let mut is_same = true;
    for (ours, theirs) in ours.objects.iter().zip(&theirs.objects) {
        let [before, after] = [&ours.after, &theirs.after].map(|after| after.as_ref().map(plain));
        let id = Id::of(&ours.object.value);
        let state = |object: &Option<Value>| if object.is_some() { "restored" } else { "not restored" };
        match (&before, &after) {
            (Some(before), Some(after)) => {
                let mut text = Vec::new();
                if report::difference(&mut text, before, after)? {
                    is_same = false;
                    writeln!(out, "  {heading}{id}{heading:#}: different")?;
                    out.write_all(&text)?;
                } else {
                    writeln!(out, "  {id}: same")?;
                }
            }
            (None, None) => writeln!(out, "  {id}: not restored by either")?,
            _ => {
                is_same = false;
                writeln!(out, "  {heading}{id}{heading:#}: {} / {}", state(&before), state(&after))?;
            }
        }
    }
    for (ours, theirs) in ours.stages.iter().zip(&theirs.stages) {
        is_same &= stage(out, ours, theirs)?;
    }
    if ours.stages.len() != theirs.stages.len() {
        is_same = false;
        writeln!(out, "  only one of them reached the restore")?;
    }
    Ok(is_same)
}

fn stage(out: &mut impl Write, ours: &Stage, theirs: &Stage) -> Result<bool, Failure> {
    let heading = style::HEADING;
    let [before, after] = [ours, theirs].map(summary);
    let mut text = Vec::new();
    if report::difference(&mut text, &before, &after)? {
        writeln!(out, "  {heading}{}{heading:#}: different", ours.name)?;
        out.write_all(&text)?;
        return Ok(false);
    }
    writeln!(out, "  {}: same phase, errors, warnings and calls", ours.name)?;
    Ok(true)
}

/// The facts to compare. Operation IDs and the number of polls may differ.
fn summary(stage: &Stage) -> Value {
    let mut calls: Vec<_> = stage.calls.iter().filter_map(call).collect();
    // Velero backs up several items concurrently.
    calls.sort_by_key(Value::to_string);
    let mut summary = json!({"kind": stage.name, "calls": calls});
    if let Some(ended) = &stage.ended {
        summary["phase"] = json!(ended.phases.last());
        summary["errors"] = json!(ended.count("errors"));
        summary["warnings"] = json!(ended.count("warnings"));
    }
    summary
}

fn call(call: &Call) -> Option<Value> {
    let id = Id::of_call(call)?.to_string();
    let texts = |items: &[plugwright_local_velero::recorder::ResourceIdentifier]| -> Vec<String> {
        items.iter().map(ToString::to_string).collect()
    };
    let mut value = json!({"plugin": format!("{} {}", call.kind, call.plugin), "item": id});
    match &call.what {
        What::Execute(execution) => {
            value["additionalItems"] = json!(texts(&execution.additional_items));
            value["skips"] = json!(execution.skips);
            value["waits"] = json!(execution.waits);
            value["hasOperation"] = json!(!execution.operation_id.is_empty());
            value["postOperationItems"] = json!(texts(&execution.post_operation_items));
        }
        What::RelatedItems(_, items) => value["relatedItems"] = json!(texts(items)),
        What::Progress(..) | What::Cancel(_) | What::ItemsReady(..) => {}
    }
    // Error messages contain source locations, which differ.
    value["isError"] = json!(call.error.is_some());
    Some(value)
}

#[cfg(test)]
mod tests {
    use plugwright_local_velero::recorder::Execution;

    use super::*;

    fn stage_of(skips: bool, operation_id: &str) -> Stage {
        let item = json!({"kind": "Pod", "metadata": {"namespace": "shop", "name": "web"}});
        let execution = Execution { item, skips, operation_id: operation_id.into(), ..Execution::default() };
        let call = Call {
            kind: "RestoreItemActionV2".into(),
            plugin: "example.io/a".into(),
            what: What::Execute(Box::new(execution)),
            error: None,
        };
        Stage { name: "Restore", ended: None, problems: Vec::new(), calls: vec![call] }
    }

    #[test]
    fn calls_are_compared_without_operation_ids() {
        let mut out = Vec::new();
        assert!(stage(&mut out, &stage_of(false, "1"), &stage_of(false, "2")).unwrap());
        assert!(!stage(&mut out, &stage_of(false, "1"), &stage_of(true, "1")).unwrap());
        let said = anstream::adapter::strip_bytes(&out).into_vec();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("-  skips: false\n    +  skips: true"), "{said}");
    }
}
