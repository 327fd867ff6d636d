use std::time::Duration;

use super::{client, pod};
use crate::client::Code;
use crate::{
    Backup, BackupInput, BackupItemAction, BackupItemActionV2, BackupOperations, BackupOutput,
    BackupOutputV2, Context, Declaration, DeleteInput, DeleteItemAction, ItemBlockAction, ItemBlockInput,
    OperationProgress, ResourceIdentifier, ResourceSelector, Restore, RestoreInput, RestoreItemAction,
    RestoreItemActionV2, RestoreOperations, RestoreOutput, RestoreOutputV2, Result, Time, bail, ensure,
};

fn secret(name: &str) -> ResourceIdentifier {
    ResourceIdentifier::new("secrets", "b", name)
}

#[derive(Default)]
struct V1;

impl BackupItemAction for V1 {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        match input.backup.metadata.name.as_str() {
            "fail" => bail!("no"),
            "panic" => panic!("oh"),
            "skip" => return Ok(BackupOutput::skip()),
            _ => {}
        }
        input.item.set_label("seen", "yes");
        Ok(BackupOutput::backup().additional_item(secret("s")).must_include_additional_items())
    }
}

impl RestoreItemAction for V1 {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        let from_backup = input.item_from_backup.as_ref().map(|item| item.name().to_owned());
        input.item.set_label("from", from_backup.unwrap_or_default());
        Ok(RestoreOutput::skip().additional_item(secret("s")))
    }
}

#[derive(Default)]
struct V2;

impl BackupItemActionV2 for V2 {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutputV2> {
        Ok(BackupOutputV2::backup().operation(7).post_operation_item(secret("later")))
    }
}

impl BackupOperations for V2 {
    type OperationId = u32;

    async fn progress(&self, operation: &u32, _: &Backup) -> Result<OperationProgress> {
        let done = i64::from(*operation);
        Ok(OperationProgress { done, updated: Some(Time::now()), ..OperationProgress::default() })
    }

    async fn cancel(&self, operation: &u32, backup: &Backup) -> Result<()> {
        ensure!(*operation == 7, "operation {operation} of {} has ended", backup.metadata.name);
        Ok(())
    }
}

impl RestoreItemActionV2 for V2 {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        let output = RestoreOutputV2::restore().operation("x").wait_for_additional_items();
        Ok(output.additional_items_ready_timeout(Duration::from_millis(1500)))
    }

    async fn are_additional_items_ready(&self, items: &[ResourceIdentifier], _: &Restore) -> Result<bool> {
        Ok(items == [secret("s")])
    }
}

impl RestoreOperations for V2 {
    type OperationId = String;

    async fn progress(&self, operation: &String, _: &Restore) -> Result<OperationProgress> {
        Ok(OperationProgress { description: operation.clone(), ..OperationProgress::default() })
    }

    async fn cancel(&self, operation: &String, restore: &Restore) -> Result<()> {
        ensure!(operation == "x", "operation {operation} of {} has ended", restore.metadata.name);
        Ok(())
    }
}

#[derive(Default)]
pub(super) struct Delete;

impl DeleteItemAction for Delete {
    async fn execute(&self, input: &DeleteInput) -> Result<()> {
        bail!("{} of {}", input.item.name(), input.backup.metadata.name)
    }
}

#[derive(Default)]
struct Block;

impl ItemBlockAction for Block {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(vec![ResourceIdentifier::new("a.b", "", input.item.name())])
    }
}

fn backup(name: &str) -> Backup {
    let mut backup = Backup::default();
    backup.metadata.name = name.into();
    backup
}

#[tokio::test]
async fn hosts_receive_the_selection_of_each_action() -> Result<()> {
    let client = client(
        [
            Declaration::backup_item_action("a.b/v1", V1::default),
            Declaration::backup_item_action_v2("a.b/v2", V2::default),
            Declaration::restore_item_action("a.b/v1", V1::default),
            Declaration::restore_item_action_v2("a.b/v2", V2::default),
            Declaration::delete_item_action("a.b/v1", Delete::default),
            Declaration::item_block_action("a.b/v1", Block::default),
        ]
        .map(|action| action.included_resources(["pods"]).label_selector("a=b")),
    )
    .await?;
    let selectors = [
        client.backup_item_action("a.b/v1").applies_to().await?,
        client.backup_item_action_v2("a.b/v2").applies_to().await?,
        client.restore_item_action("a.b/v1").applies_to().await?,
        client.restore_item_action_v2("a.b/v2").applies_to().await?,
        client.delete_item_action("a.b/v1").applies_to().await?,
        client.item_block_action("a.b/v1").applies_to().await?,
    ];
    let expected = ResourceSelector::default().included_resources(["pods"]).label_selector("a=b");
    assert!(selectors.iter().all(|selector| *selector == expected), "{selectors:?}");
    Ok(())
}

#[tokio::test]
async fn calls_a_backup_item_action() -> Result<()> {
    let client = client([Declaration::backup_item_action("a.b/c", V1::default)]).await?;
    let action = client.backup_item_action("a.b/c");
    let output = action.execute(&pod()?, &Backup::default()).await?;
    assert_eq!(output.item.label("seen"), Some("yes"));
    assert_eq!(output.additional_items, [secret("s")]);
    assert!(output.must_include_additional_items() && !output.is_skipped());
    assert_eq!((output.operation_id, output.post_operation_items), (None, Vec::new()));
    assert!(action.execute(&pod()?, &backup("skip")).await?.is_skipped());
    Ok(())
}

#[tokio::test]
async fn failing_constructor_fails_only_the_item() -> Result<()> {
    use std::sync::atomic::{AtomicBool, Ordering};
    static READY: AtomicBool = AtomicBool::new(false);
    struct Late;
    impl BackupItemAction for Late {
        async fn applies_to(cx: &Context, declared: ResourceSelector) -> Result<ResourceSelector> {
            Ok(declared.excluded_namespaces([cx.name()]))
        }

        async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
            Ok(BackupOutput::backup())
        }
    }
    async fn new(_: &Context) -> Result<Late> {
        if READY.load(Ordering::SeqCst) { Ok(Late) } else { bail!("no ConfigMap yet") }
    }
    let declared = Declaration::backup_item_action::<Late, _>("a.b/c", new).included_resources(["pods"]);
    let client = client([declared]).await?;
    let action = client.backup_item_action("a.b/c");
    let expected = ResourceSelector::default().included_resources(["pods"]).excluded_namespaces(["a.b/c"]);
    assert_eq!(action.applies_to().await?, expected);
    let error = action.execute(&pod()?, &Backup::default()).await.unwrap_err();
    assert_eq!(error.message(), "no ConfigMap yet");
    READY.store(true, Ordering::SeqCst);
    action.execute(&pod()?, &Backup::default()).await?;
    Ok(())
}

#[tokio::test]
async fn errors_have_code_message_and_location() -> Result<()> {
    let client = client([Declaration::backup_item_action("a.b/c", V1::default)]).await?;
    let action = client.backup_item_action("a.b/c");
    let error = action.execute(&pod()?, &backup("fail")).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Unknown, "no"));
    let frame = error.origin().unwrap();
    assert_eq!((frame.file.as_str(), frame.function.contains("V1")), (file!(), true));

    let error = action.execute(&pod()?, &backup("panic")).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Aborted, "plugin panicked: oh"));
    // The plugin still works.
    action.execute(&pod()?, &Backup::default()).await?;

    let error = client.backup_item_action("a.b/other").applies_to().await.unwrap_err();
    assert_eq!(error.code(), Code::Unknown);
    assert!(error.message().contains("a.b/other"), "{error}");
    Ok(())
}

#[tokio::test]
async fn calls_a_v2_backup_item_action() -> Result<()> {
    let client = client([Declaration::backup_item_action_v2_with_operations("a.b/c", V2::default)]).await?;
    let action = client.backup_item_action_v2("a.b/c");
    let item = pod()?;
    let output = action.execute(&item, &Backup::default()).await?;
    // Byte for byte, including `1.0`.
    assert_eq!(output.item.to_json(), item.to_json());
    let id = output.operation_id.unwrap_or_default();
    assert_eq!((id.as_str(), output.post_operation_items), ("7", vec![secret("later")]));

    let progress = action.progress(&*id, &Backup::default()).await?;
    assert_eq!((progress.done, progress.started, progress.updated.is_some()), (7, None, true));
    let error = action.progress("x", &Backup::default()).await.unwrap_err();
    assert_eq!(error.message(), "operation ID x is invalid");
    action.cancel(id, &Backup::default()).await?;
    let error = action.cancel("8", &backup("old")).await.unwrap_err();
    assert_eq!(error.message(), "operation 8 of old has ended");
    Ok(())
}

#[tokio::test]
async fn calls_restore_item_actions() -> Result<()> {
    let client = client([
        Declaration::restore_item_action("a.b/c", V1::default),
        Declaration::restore_item_action_v2_with_operations("a.b/d", V2::default),
    ])
    .await?;
    let restore = Restore::default();
    let v1 = client.restore_item_action("a.b/c");
    let output = v1.execute(&pod()?, &restore).await?;
    assert_eq!((output.item.label("from"), output.is_skipped()), (Some("a"), true));
    assert_eq!(output.additional_items, [secret("s")]);
    let mut other = pod()?;
    other.set("/metadata/name", "other")?;
    assert_eq!(v1.execute_with(&pod()?, &other, &restore).await?.item.label("from"), Some("other"));

    let v2 = client.restore_item_action_v2("a.b/d");
    let output = v2.execute(&pod()?, &restore).await?;
    assert!(output.wait_for_additional_items && !output.is_skipped());
    assert_eq!(output.additional_items_ready_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(v2.progress(output.operation_id.unwrap_or_default(), &restore).await?.description, "x");
    assert!(v2.are_additional_items_ready(&[secret("s")], &restore).await?);
    assert!(!v2.are_additional_items_ready(&[], &restore).await?);
    v2.cancel("x", &restore).await?;
    assert_eq!(v2.cancel("y", &restore).await.unwrap_err().message(), "operation y of  has ended");
    Ok(())
}

#[tokio::test]
async fn calls_delete_and_item_block_actions() -> Result<()> {
    let client = client([
        Declaration::delete_item_action("a.b/c", Delete::default),
        Declaration::item_block_action("a.b/c", Block::default),
    ])
    .await?;
    let delete = client.delete_item_action("a.b/c");
    assert_eq!(delete.execute(&pod()?, &backup("old")).await.unwrap_err().message(), "a of old");
    let block = client.item_block_action("a.b/c");
    let related = block.get_related_items(&pod()?, &Backup::default()).await?;
    assert_eq!(related, [ResourceIdentifier::new("a.b", "", "a")]);
    Ok(())
}
