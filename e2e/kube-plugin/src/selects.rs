//! Evaluates `Backup::selects`; the test compares the results with the content of the backup.

use std::collections::BTreeMap;

use plugwright::prelude::*;

/// The Backup's annotation with questions, `<resource>@<namespace>`, separated by spaces.
const QUESTIONS: &str = "e2e.plugwright.dev/questions";

#[backup_item_action(name = "e2e.plugwright.dev/selects")]
async fn selects(input: &mut BackupInput) -> Result<BackupOutput> {
    let Some(questions) = input.backup.metadata.annotations.get(QUESTIONS) else {
        return Ok(BackupOutput::backup());
    };
    let answers: BTreeMap<_, _> = questions
        .split_whitespace()
        .filter_map(|question| {
            let (resource, namespace) = question.split_once('@')?;
            Some((question, input.backup.selects(resource, namespace)))
        })
        .collect();
    input.item.set_annotation("e2e.plugwright.dev/selects", serde_json::to_string(&answers)?);
    Ok(BackupOutput::backup())
}
