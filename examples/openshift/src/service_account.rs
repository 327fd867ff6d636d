//! ServiceAccounts, and the SecurityContextConstraints that list them as users.

use plugwright::kube::ResourceExt;
use plugwright::kube::api::ListParams;
use plugwright::prelude::*;
use serde_json::Value;
use tokio::sync::OnceCell;

const CONSTRAINTS: &str = "securitycontextconstraints.security.openshift.io";

/// Backs up an account with its constraints, in one item block. A plugin of two kinds, which share the constraints that
/// the first call reads.
#[backup_item_action(
    name = "openshift.io/02-serviceaccount-backup-plugin",
    included_resources = ["serviceaccounts"],
    new = Self::new,
)]
#[item_block_action(
    name = "openshift.io/02-serviceaccount-backup-plugin",
    included_resources = ["serviceaccounts"],
    new = Self::new,
)]
struct ServiceAccounts {
    cx: Context,
    /// The names of constraints and their users, cached because a process serves one backup.
    constraints: OnceCell<Vec<(String, Vec<Value>)>>,
}

impl ServiceAccounts {
    fn new(cx: &Context) -> Self {
        Self { cx: cx.clone(), constraints: OnceCell::new() }
    }

    /// A user is an account or, without a name, all accounts of a namespace.
    async fn constraints_of(&self, account: &Item) -> Result<Vec<ResourceIdentifier>> {
        let constraints = self.constraints.get_or_try_init(|| self.constraints()).await?;
        let all = format!("system:serviceaccount:{}", account.namespace());
        let one = format!("{all}:{}", account.name());
        let of_account =
            constraints.iter().filter(|(_, users)| users.iter().any(|user| *user == all || *user == one));
        Ok(of_account.map(|(name, _)| ResourceIdentifier::new(CONSTRAINTS, "", name)).collect())
    }

    async fn constraints(&self) -> Result<Vec<(String, Vec<Value>)>> {
        let api = self.cx.api("securitycontextconstraints.security.openshift.io/v1", None).await?;
        let list = api.list(&ListParams::default()).await?;
        let users = |data: &Value| data["users"].as_array().cloned().unwrap_or_default();
        Ok(list.iter().map(|constraints| (constraints.name_any(), users(&constraints.data))).collect())
    }
}

impl BackupItemAction for ServiceAccounts {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup().additional_items(self.constraints_of(&input.item).await?))
    }
}

impl ItemBlockAction for ServiceAccounts {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        self.constraints_of(&input.item).await
    }
}

#[cfg(test)]
mod tests;
