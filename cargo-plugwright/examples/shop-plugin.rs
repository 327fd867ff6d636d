//! Returns most possible responses of item actions, for the transcripts in `tests/cmd`.

use std::time::Duration;

use plugwright::prelude::*;

/// Annotates a pod, and adds its claim to the backup.
#[backup_item_action(name = "example.io/claims", included_resources = ["pods"])]
#[derive(Default)]
struct Claims;

impl BackupItemAction for Claims {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        let item = &mut input.item;
        let namespace = item.namespace().to_owned();
        let claim = item.get_str("/spec/volumes/0/persistentVolumeClaim/claimName").map(ToOwned::to_owned);
        item.set_annotation("example.io/seen", "true");
        tracing::info!(claim, "looked for a claim");
        let claims = claim.map(|name| ResourceIdentifier::new("persistentvolumeclaims", namespace, name));
        Ok(BackupOutput::backup().additional_items(claims).must_include_additional_items())
    }
}

/// Skips or fails an item if its label requests it.
#[backup_item_action_v2(name = "example.io/labels", label_selector = "example.io/do")]
#[derive(Default)]
struct Labels;

impl BackupItemActionV2 for Labels {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        match input.item.label("example.io/do") {
            Some("skip") => Ok(BackupOutputV2::skip()),
            Some("fail") => bail!("the label requests an error"),
            Some("panic") => panic!("oh"),
            Some("exit") => std::process::exit(7),
            _ => {
                println!("a line on stdout");
                Ok(BackupOutputV2::backup())
            }
        }
    }
}

/// Starts an operation that never completes.
#[backup_item_action_v2(name = "example.io/operation", label_selector = "example.io/do in (copy, fail)")]
#[derive(Default)]
struct Copies;

impl BackupItemActionV2 for Copies {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        let copy = ResourceIdentifier::new("copies.example.io", input.item.namespace(), "copy");
        Ok(BackupOutputV2::backup().operation(7).post_operation_item(copy))
    }
}

impl BackupOperations for Copies {
    type OperationId = u32;

    async fn progress(&self, _: &u32, _: &Backup) -> Result<OperationProgress> {
        Ok(OperationProgress::default())
    }
}

/// Waits for the Secret of a restored pod.
#[restore_item_action_v2(name = "example.io/needs", included_resources = ["pods"], included_namespaces = ["shop-*"])]
#[derive(Default)]
struct Needs;

impl RestoreItemActionV2 for Needs {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        let node = input.item.remove("/spec/nodeName");
        tracing::debug!(?node, "removed the node");
        let namespace = input.item.namespace();
        Ok(RestoreOutputV2::restore()
            .additional_item(ResourceIdentifier::new("secrets", namespace, "key"))
            .wait_for_additional_items()
            .additional_items_ready_timeout(Duration::from_secs(90)))
    }
}

/// Skips Secrets.
#[restore_item_action(name = "example.io/secrets", included_resources = ["Secret"])]
#[derive(Default)]
struct Secrets;

impl RestoreItemAction for Secrets {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::skip())
    }
}

/// Does nothing.
#[delete_item_action(name = "example.io/deleted", included_resources = ["secrets", "configmaps"])]
#[derive(Default)]
struct Deleted;

impl DeleteItemAction for Deleted {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        Ok(())
    }
}

plugwright::main!();
