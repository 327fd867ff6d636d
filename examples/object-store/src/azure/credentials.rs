//! The source of the credentials: a key in the file, a token, or the account's key from the Resource Manager.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use object_store::azure::{AzureAccessKey, AzureConfigKey, AzureCredentialProvider, MicrosoftAzureBuilder};
use plugwright::{ErrorContext as _, Result, bail};

use super::STORE;
use super::arm::{Account, ListKeys};
use super::cloud::Cloud;
use super::dotenv::Dotenv;
use super::settings::Settings;
use crate::http::Http;
use crate::provider::Variables;
use crate::token::Cached;

/// Not a variable of the Go plugin.
const SAS: &str = "AZURE_STORAGE_SAS_TOKEN";

pub(super) struct Credentials {
    /// For the log and for errors.
    pub(super) source: String,
    way: Way,
}

enum Way {
    Key(String),
    Sas(String),
    Token { identity: Identity, authority: String },
    ListKeys(AzureCredentialProvider),
}

/// The identity that requests a token.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Identity {
    Secret {
        tenant: String,
        client: String,
        secret: String,
    },
    /// Workload identity, with a token in a file.
    Federated {
        tenant: String,
        client: String,
        file: String,
    },
    /// The identity of the node.
    Managed {
        client: Option<String>,
    },
}

impl Credentials {
    pub(super) fn find(
        settings: &Settings,
        file: &Dotenv,
        cloud: &Cloud,
        http: &Http,
        env: Variables<'_>,
    ) -> Result<Self> {
        if let Some(name) = &settings.storage_account_key_env_var {
            let Some(key) = file.get(name) else {
                bail!("no storage account access key with key {name} found in credential ({})", file.source)
            };
            // Its error would not contain the name of the key.
            AzureAccessKey::try_new(key)
                .ok()
                .with_context(|| format!("{name} of {} is not base64", file.source))?;
            return Ok(Self { source: format!("{name} of {}", file.source), way: Way::Key(key.to_owned()) });
        }
        if let Some(sas) = file.get(SAS) {
            return Ok(Self { source: format!("{SAS} of {}", file.source), way: Way::Sas(sas.to_owned()) });
        }
        let (identity, source) = Identity::find(file, env)?;
        let authority = settings.active_directory_authority_uri.clone();
        let of_environment =
            || env("AZURE_AUTHORITY_HOST").filter(|_| matches!(identity, Identity::Federated { .. }));
        let authority = authority.or_else(of_environment).unwrap_or_else(|| cloud.authority.to_owned());
        let authority = authority.trim_end_matches('/').to_owned();
        if settings.use_aad {
            return Ok(Self { source, way: Way::Token { identity, authority } });
        }
        let account = Account {
            subscription: named(
                settings.subscription_id.as_deref(),
                "subscriptionId",
                file,
                "AZURE_SUBSCRIPTION_ID",
            )?,
            group: named(settings.resource_group.as_deref(), "resourceGroup", file, "AZURE_RESOURCE_GROUP")?,
            name: settings.storage_account()?.to_owned(),
        };
        let keys = ListKeys { http: http.client(), manager: cloud.manager, identity, authority, account };
        let source = format!("the account's keys, by {source}");
        Ok(Self { source, way: Way::ListKeys(Arc::new(Cached::new(STORE, keys))) })
    }

    /// The account's key, if the file has it.
    pub(super) fn key(&self) -> Option<Vec<u8>> {
        let Way::Key(key) = &self.way else { return None };
        BASE64_STANDARD.decode(key).ok()
    }

    pub(super) fn configure(&self, builder: MicrosoftAzureBuilder) -> MicrosoftAzureBuilder {
        match &self.way {
            Way::Key(key) => builder.with_access_key(key),
            Way::Sas(sas) => builder.with_config(AzureConfigKey::SasKey, sas.trim_start_matches('?')),
            Way::ListKeys(provider) => builder.with_credentials(Arc::clone(provider)),
            Way::Token { identity, authority } => {
                let builder = builder.with_authority_host(authority);
                match identity {
                    Identity::Secret { tenant, client, secret } => {
                        builder.with_client_secret_authorization(client, secret, tenant)
                    }
                    Identity::Federated { tenant, client, file } => {
                        builder.with_client_id(client).with_tenant_id(tenant).with_federated_token_file(file)
                    }
                    Identity::Managed { client: Some(client) } => builder.with_client_id(client),
                    Identity::Managed { client: None } => builder,
                }
            }
        }
    }
}

/// The configuration takes precedence over the file.
fn named(value: Option<&str>, key: &str, file: &Dotenv, variable: &str) -> Result<String> {
    match value.or_else(|| file.get(variable)) {
        Some(value) => Ok(value.to_owned()),
        None => bail!(
            "the account's key cannot be read: neither `{key}` nor {variable} of {} is set; set one, or \
             `storageAccountKeyEnvVar`, or `useAAD: \"true\"`",
            file.source
        ),
    }
}

impl Identity {
    /// With its source.
    fn find(file: &Dotenv, env: Variables<'_>) -> Result<(Self, String)> {
        let required = |name: &str| {
            file.get(name)
                .map(str::to_owned)
                .with_context(|| format!("{name} is required in {}", file.source))
        };
        if let Some(secret) = file.get("AZURE_CLIENT_SECRET") {
            let (tenant, client) = (required("AZURE_TENANT_ID")?, required("AZURE_CLIENT_ID")?);
            let identity = Self::Secret { tenant, client, secret: secret.to_owned() };
            return Ok((identity, format!("AZURE_CLIENT_SECRET of {}", file.source)));
        }
        let unsupported = ["AZURE_CLIENT_CERTIFICATE", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME"];
        if let Some(name) = unsupported.into_iter().find(|name| file.get(name).is_some()) {
            bail!(
                "{name} of {} is not supported; use AZURE_CLIENT_SECRET, workload identity, or a storage account key \
                 with `storageAccountKeyEnvVar`",
                file.source
            )
        }
        if let Some(token_file) = env("AZURE_FEDERATED_TOKEN_FILE") {
            let of_both = |name: &str| env(name).or_else(|| file.get(name).map(str::to_owned));
            let (Some(tenant), Some(client)) = (of_both("AZURE_TENANT_ID"), of_both("AZURE_CLIENT_ID"))
            else {
                bail!(
                    "AZURE_FEDERATED_TOKEN_FILE is set; expected AZURE_TENANT_ID and AZURE_CLIENT_ID with it"
                )
            };
            let identity = Self::Federated { tenant, client, file: token_file };
            return Ok((identity, "workload identity".to_owned()));
        }
        let client = file.get("AZURE_CLIENT_ID").map(str::to_owned);
        let source = client.as_ref().map_or_else(String::new, |client| format!(" {client}"));
        Ok((Self::Managed { client }, format!("the managed identity{source}")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::for_tests;
    use super::*;
    use crate::http::HttpOptions;

    fn find(
        settings: &[(&str, &str)],
        file: &[(&str, &str)],
        variables: &[(&str, &str)],
    ) -> Result<String, String> {
        let settings = for_tests(&[&[("storageAccount", "acc")], settings].concat());
        let env =
            |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        let (cloud, http) = (Cloud::named("").unwrap(), Http::new(HttpOptions::default()).unwrap());
        let found = Credentials::find(&settings, &Dotenv::of(file), &cloud, &http, &env);
        found.map(|found| found.source).map_err(|error| error.to_string())
    }

    const AAD: (&str, &str) = ("useAAD", "true");
    const SECRET: [(&str, &str); 3] =
        [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "hunter2")];
    const WORKLOAD: [(&str, &str); 3] =
        [("AZURE_FEDERATED_TOKEN_FILE", "/token"), ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];

    #[test]
    fn the_key_of_the_file_comes_first() {
        let key = ("storageAccountKeyEnvVar", "KEY");
        assert_eq!(find(&[key, AAD], &[("KEY", "a2V5"), SECRET[2]], &WORKLOAD).unwrap(), "KEY of FILE");
        let error = find(&[key], &SECRET, &[("KEY", "a2V5")]).unwrap_err();
        assert_eq!(error, "no storage account access key with key KEY found in credential (FILE)");
        assert_eq!(find(&[key], &[("KEY", "hunter2!")], &[]).unwrap_err(), "KEY of FILE is not base64");
        assert_eq!(find(&[], &[(SAS, "sv=1&sig=x")], &[]).unwrap(), "AZURE_STORAGE_SAS_TOKEN of FILE");
    }

    #[test]
    fn tokens() {
        assert_eq!(find(&[AAD], &SECRET, &WORKLOAD).unwrap(), "AZURE_CLIENT_SECRET of FILE");
        assert_eq!(find(&[AAD], &[], &WORKLOAD).unwrap(), "workload identity");
        assert_eq!(find(&[AAD], &SECRET[1..2], &[]).unwrap(), "the managed identity c");
        assert_eq!(find(&[AAD], &[], &[]).unwrap(), "the managed identity");
        assert_eq!(find(&[AAD], &SECRET[1..], &[]).unwrap_err(), "AZURE_TENANT_ID is required in FILE");
        assert!(find(&[AAD], &[], &WORKLOAD[..2]).unwrap_err().contains("AZURE_CLIENT_ID"));
        for name in ["AZURE_CLIENT_CERTIFICATE", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME"] {
            let error = find(&[AAD], &[(name, "x")], &WORKLOAD).unwrap_err();
            assert!(error.starts_with(&format!("{name} of FILE is not supported; use ")), "{error}");
        }
    }

    #[test]
    fn keys_of_the_resource_manager() {
        let names = [("subscriptionId", "s"), ("resourceGroup", "g")];
        assert_eq!(find(&names, &SECRET, &[]).unwrap(), "the account's keys, by AZURE_CLIENT_SECRET of FILE");
        let of_file =
            [&SECRET[..], &[("AZURE_SUBSCRIPTION_ID", "s"), ("AZURE_RESOURCE_GROUP", "g")]].concat();
        assert!(find(&[], &of_file, &[]).is_ok());
        let error = find(&names[..1], &SECRET, &[]).unwrap_err();
        assert!(error.contains("neither `resourceGroup` nor AZURE_RESOURCE_GROUP of FILE is set"), "{error}");
    }
}
