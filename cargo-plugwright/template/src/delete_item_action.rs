use std::io::ErrorKind;
use std::path::PathBuf;

use plugwright::prelude::*;
use tracing::info;

/// The label that names the dump written during the backup.
const LABEL: &str = "example.io/dump";

/// The environment variable with the folder of the dumps, in Velero's server.
const VARIABLE: &str = "DUMPS";

/// Deletes a database dump together with its backup.
#[delete_item_action(name = "example.io/dumps", label_selector = "example.io/dump", new = Self::of_environment)]
struct Dumps {
    folder: PathBuf,
}

impl Dumps {
    fn of_environment() -> Self {
        Self {
            folder: std::env::var_os(VARIABLE).map_or_else(|| "/dumps".into(), PathBuf::from),
        }
    }
}

impl DeleteItemAction for Dumps {
    async fn execute(&self, input: &DeleteInput) -> Result<()> {
        let Some(name) = input.item.label(LABEL) else {
            return Ok(());
        };
        // Kubernetes rejects a `/` in a label, but the content of a backup is untrusted.
        ensure!(
            !name.contains('/') && !name.starts_with('.'),
            "`{name}` is not a valid dump name"
        );
        match std::fs::remove_file(self.folder.join(name)) {
            Ok(()) => info!(name, "deleted"),
            // Velero retries a deletion after a failure.
            Err(error) if error.kind() == ErrorKind::NotFound => info!(name, "already deleted"),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot delete the dump {name}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn delete(folder: &std::path::Path, name: &str) -> Result<()> {
        let mut item = Item::from_json(r#"{"kind": "StatefulSet"}"#)?;
        item.set_label(LABEL, name);
        let dumps = Dumps {
            folder: folder.to_owned(),
        };
        dumps
            .execute(&DeleteInput::new(item, Backup::default()))
            .await
    }

    #[tokio::test]
    async fn a_dump_is_deleted_with_its_backup() -> Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("shop.sql"), "select 1")?;
        for _ in 0..2 {
            delete(folder.path(), "shop.sql").await?;
            assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        }
        let error = delete(folder.path(), "../shop.sql").await.unwrap_err();
        assert_eq!(error.to_string(), "`../shop.sql` is not a valid dump name");
        Ok(())
    }
}
