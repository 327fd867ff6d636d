//! Logs everything it receives, and fails in every way, for `tests/secrets.rs`.

use std::time::Duration;

use go_plugin::Environment;
use plugwright::prelude::*;

/// The variable that Velero sets for AWS.
const FILE: &str = "AWS_SHARED_CREDENTIALS_FILE";

#[object_store(name = "example.io/secrets")]
struct Store {
    config: Config,
}

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "printed")]
struct Settings {
    nested: Nested,
    timeout: Duration,
}

#[derive(serde::Deserialize)]
struct Nested {
    #[expect(dead_code, reason = "read only")]
    password: String,
}

impl std::fmt::Debug for Nested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nested")
    }
}

fn credentials(config: &Config) -> Result<String> {
    let file = config.credentials_file(FILE).context("no credentials")?;
    std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
}

impl ObjectStore for Store {
    async fn init(cx: &Context, config: Config) -> Result<Self> {
        let profile = Config::from_ini(&credentials(&config)?, "default")?;
        let environment = Environment::of_process();
        tracing::trace!(?config, ?profile, ?cx, ?environment, "init");
        println!("{config:?} {profile:?}");
        log(&config);
        Ok(Self { config })
    }

    async fn put_object(&self, _: &str, _: &str, body: &mut ObjectBody) -> Result<()> {
        tracing::trace!(?body, "put");
        while let Some(chunk) = body.chunk().await? {
            tracing::trace!(length = chunk.len(), "chunk");
        }
        Ok(())
    }

    async fn object_exists(&self, _: &str, key: &str) -> Result<bool> {
        match key {
            "missing" => self.config.require("absent").map(|_| true),
            "typed" => self.config.read::<Settings>().map(|settings| format!("{settings:?}").is_empty()),
            "parsed" => Ok(self.config.parse::<Vec<Nested>>("nested")?.is_some()),
            "profile" => Config::from_ini(&credentials(&self.config)?, "absent").map(|_| true),
            "line" => {
                Config::from_ini(&credentials(&self.config)?.replace('=', " "), "default").map(|_| true)
            }
            "panic" => panic!("{:?}", self.config),
            _ => bail!("{:?}", self.config),
        }
    }

    async fn get_object(&self, _: &str, _: &str) -> Result<ObjectBody> {
        bail!("not stored")
    }

    async fn list_common_prefixes(&self, _: &str, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn list_objects(&self, _: &str, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn delete_object(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    async fn create_signed_url(&self, _: &str, _: &str, _: Duration) -> Result<String> {
        bail!("not signed")
    }
}

fn log(value: &dyn std::fmt::Debug) {
    tracing::error!(?value, "an error");
    tracing::warn!(error = plugwright::Error::msg(format_args!("{value:?}")).as_std(), "a warning");
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ports {
    #[expect(dead_code, reason = "never read: the values are not numbers")]
    string_data: std::collections::BTreeMap<String, u16>,
}

#[backup_item_action(name = "example.io/secrets")]
async fn backup(cx: &Context, input: &mut BackupInput) -> Result<BackupOutput> {
    tracing::trace!(?input, ?cx, item = %input.item, "backup");
    log(&input);
    input.item.get_as::<Ports>()?;
    bail!("{input:?}")
}

#[restore_item_action(name = "example.io/secrets")]
async fn restore(input: &mut RestoreInput) -> Result<RestoreOutput> {
    tracing::trace!(?input, "restore");
    log(&input);
    panic!("{input:?}")
}

plugwright::main!();
