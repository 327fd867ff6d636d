//! Storage locations in the servers of `examples/object-store/tests/run`.

use anyhow::{Context, Result};
use plugwright_local_velero::{BUCKET, until};
use serde_json::{Value, json};

use crate::site::Site;

pub(super) struct Cloud {
    /// Of the location and its Secret.
    pub(super) name: &'static str,
    config: Value,
    credentials: String,
}

impl Cloud {
    pub(super) fn aws() -> Result<Self> {
        let config =
            json!({"region": "us-east-1", "s3Url": variable("TEST_S3")?, "s3ForcePathStyle": "true"});
        let (id, secret) = (variable("ROOT_ACCESS_KEY")?, variable("ROOT_SECRET_KEY")?);
        let credentials = format!("[default]\naws_access_key_id={id}\naws_secret_access_key={secret}\n");
        Ok(Self { name: "aws", config, credentials })
    }

    pub(super) fn gcp() -> Result<Self> {
        let url = variable("TEST_GOOGLE_FRONT")?;
        let path = variable("TEST_GOOGLE_KEY")?;
        let key = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let account = json!({
            "type": "service_account", "client_email": "velero@example.iam.gserviceaccount.com",
            "private_key_id": "1", "private_key": key, "token_uri": format!("{url}/token"),
        });
        let config = json!({"storeEndpoint": format!("{url}/storage/v1/")});
        Ok(Self { name: "gcp", config, credentials: account.to_string() })
    }

    pub(super) fn is_s3(&self) -> bool {
        self.name == "aws"
    }

    pub(super) fn backup(&self) -> String {
        format!("b-{}", self.name)
    }

    /// Creates the location, and waits until it is available.
    pub(super) async fn create_location(&self, site: &Site<'_>) -> Result<()> {
        let metadata = json!({"name": self.name, "namespace": site.velero.namespace});
        site.objects
            .create(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata,
                "stringData": {"cloud": self.credentials}}))
            .await?;
        let spec = json!({
            "provider": format!("velero.io/{}", self.name), "config": self.config,
            "objectStorage": {"bucket": BUCKET, "prefix": "local"},
            "credential": {"name": self.name, "key": "cloud"}, "backupSyncPeriod": "1s",
        });
        site.start("BackupStorageLocation", json!({"name": self.name}), spec).await?;
        let locations = site.velero_api("BackupStorageLocation");
        until(&format!("the location {} is available", self.name), async || {
            let location = locations.get(self.name).await?;
            let status = |field: &str| location.data["status"][field].as_str().unwrap_or_default().to_owned();
            anyhow::ensure!(
                status("phase") != "Unavailable",
                "{} is unavailable: {}",
                self.name,
                status("message")
            );
            Ok((status("phase") == "Available").then_some(()))
        })
        .await
    }
}

pub(super) fn variable(name: &str) -> Result<String> {
    std::env::var(name)
        .with_context(|| format!("{name} is not set; use `examples/object-store/tests/run velero`"))
}
