//! Plugins for unit tests.

use crate::Declaration;
use crate::prelude::*;

/// Implements every kind of action and does nothing.
#[derive(Default)]
pub(crate) struct Action;

impl BackupItemAction for Action {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

impl BackupItemActionV2 for Action {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutputV2> {
        Ok(BackupOutputV2::backup())
    }
}

impl RestoreItemAction for Action {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

impl DeleteItemAction for Action {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        Ok(())
    }
}

pub(crate) fn restore(name: &str) -> Declaration {
    Declaration::restore_item_action::<Action, _>(name, Action::default)
}

pub(crate) fn delete(name: &str) -> Declaration {
    Declaration::delete_item_action::<Action, _>(name, Action::default)
}
