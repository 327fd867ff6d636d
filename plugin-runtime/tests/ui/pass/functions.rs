// Functions of each kind with one method; the generated code must not trigger the user's own lints.
#![forbid(unsafe_code)]
#![deny(warnings, nonstandard_style, unused_qualifications, unreachable_pub, missing_docs)]

//! One plugin of each kind.

use plugwright::Plugins;
use plugwright::prelude::*;

/// May destructure its argument.
#[backup_item_action(name = "example.io/backup", included_resources = ["pods"])]
async fn backup(BackupInput { item, .. }: &mut BackupInput) -> Result<BackupOutput> {
    item.set_annotation("example.io/seen", "true");
    Ok(BackupOutput::backup())
}

#[backup_item_action_v2(name = "example.io/backup-2")]
async fn execute(input: &mut BackupInput) -> Result<BackupOutputV2> {
    looked(&input.item).await;
    Ok(BackupOutputV2::backup())
}

async fn looked(_: &Item) {}

/// Two names, and redundant lifetimes.
#[restore_item_action(name = "example.io/restore", label_selector = "app=shop,!canary")]
#[restore_item_action(name = "example.io/restore-again")]
async fn input<'a>(input: &'a mut RestoreInput) -> Result<RestoreOutput, plugwright::Error>
where
    'a: 'a,
{
    input.item.remove("/spec/nodeName");
    Ok(RestoreOutput::restore())
}

mod inner {
    use plugwright::prelude::*;

    /// Still an ordinary function.
    #[restore_item_action_v2(name = "example.io/restore-2")]
    pub(crate) async fn r#move(_: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

/// May take the context under any name.
#[restore_item_action(name = "example.io/restore-here")]
async fn here(_: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
    input.item.remove("/spec/nodeName");
    Ok(RestoreOutput::restore())
}

type Where = Context;

/// Redundant lifetimes, as with one argument.
#[delete_item_action(name = "example.io/delete-here")]
async fn delete_here<'a>(cx: &'a Where, _: &'a DeleteInput) -> Result<()> {
    tracing::info!("{}", cx.name());
    Ok(())
}

#[item_block_action(name = "example.io/block", crate = ::plugwright)]
async fn block(_: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
    Ok(Vec::new())
}

#[access_requester(crate = ::plugwright)]
async fn grant(request: &AccessRequest, Application { spec, .. }: &Application) -> Result<GrantResponse> {
    Ok(GrantResponse::denied(format!("{} in {}", request.spec.subject.username, spec.project)))
}

fn main() {
    #[delete_item_action(name = "example.io/delete")]
    async fn delete(_: &DeleteInput) -> Result<()> {
        Ok(())
    }

    let declared = format!("{:?}", Plugins::declared());
    let names =
        ["backup", "backup-2", "restore", "restore-again", "restore-2", "delete", "block", "restore-here", "delete-here"];
    for name in names {
        assert!(declared.contains(&format!("\"example.io/{name}\"")), "{name} is not in {declared}");
    }
    assert!(declared.contains("\"ephemeralaccess\""), "{declared}");
    // The log names the function.
    assert!(declared.contains("::_::execute\""), "{declared}");
    let _ = inner::r#move;
}
