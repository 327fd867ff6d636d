//! The keys of `velero.io/azure`.

use plugwright::{Result, bail};
use serde::Deserialize;

use super::cloud::Cloud;
use crate::settings::{Size, http_url};

/// The defaults of the Go plugin.
const BLOCK: u64 = 1 << 20;
const LARGEST_BLOCK: u64 = 100 << 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    storage_account: Option<String>,
    pub(crate) storage_account_key_env_var: Option<String>,
    #[serde(default, rename = "useAAD")]
    pub(crate) use_aad: bool,
    pub(crate) resource_group: Option<String>,
    pub(crate) subscription_id: Option<String>,
    #[serde(rename = "storageAccountURI")]
    storage_account_uri: Option<String>,
    #[serde(rename = "activeDirectoryAuthorityURI")]
    pub(crate) active_directory_authority_uri: Option<String>,
    /// A string, because the Go plugin accepts values that are not numbers.
    block_size_in_bytes: Option<String>,
    pub(crate) ca_cert: Option<String>,
    /// Not a key of the Go plugin.
    #[serde(default = "crate::settings::upload_memory")]
    pub(crate) upload_memory: Size,
}

impl Settings {
    pub(super) fn storage_account(&self) -> Result<&str> {
        match &self.storage_account {
            Some(account) => Ok(account),
            None => bail!("storageAccount is required in BSL"),
        }
    }

    pub(super) fn endpoint(&self, cloud: &Cloud) -> Result<String> {
        let endpoint = match &self.storage_account_uri {
            Some(uri) => http_url("storageAccountURI", uri).map(|_| uri.clone())?,
            None => format!("https://{}.{}", self.storage_account()?, cloud.suffix),
        };
        Ok(endpoint.trim_end_matches('/').to_owned())
    }

    /// The size of the first blocks.
    pub(super) fn block_size(&self) -> Size {
        let Some(text) = &self.block_size_in_bytes else { return Size(BLOCK) };
        let size = match text.parse::<u64>() {
            Ok(size) if size > LARGEST_BLOCK => {
                tracing::warn!("`blockSizeInBytes` is {size}; the largest size of {LARGEST_BLOCK} is used");
                LARGEST_BLOCK
            }
            Ok(size) if size > 0 => size,
            _ => {
                tracing::warn!("`blockSizeInBytes` is {text:?}; expected a positive number, {BLOCK} is used");
                BLOCK
            }
        };
        Size(size)
    }

    /// The memory for uploads, at least one block.
    pub(super) fn memory(&self) -> Size {
        self.upload_memory.max(self.block_size())
    }
}

#[cfg(test)]
pub(super) fn for_tests(settings: &[(&str, &str)]) -> Settings {
    crate::settings::for_tests(settings)
}

#[cfg(test)]
mod tests {
    use plugwright::Config;

    use super::*;

    /// The cases of the Azure plugin's tests.
    #[test]
    fn block_sizes() {
        for (text, expected) in [
            (None, 1_048_576),
            (Some("invalid"), 1_048_576),
            (Some("0"), 1_048_576),
            (Some("-1"), 1_048_576),
            (Some("104857601"), 104_857_600),
            (Some("1048570"), 1_048_570),
        ] {
            let settings: Vec<_> = text.map(|text| ("blockSizeInBytes", text)).into_iter().collect();
            assert_eq!(for_tests(&settings).block_size(), Size(expected), "{text:?}");
        }
        let settings = for_tests(&[("blockSizeInBytes", "104857600")]);
        assert_eq!(settings.memory(), Size(104_857_600));
    }

    #[test]
    fn endpoints() {
        let cloud = Cloud::named("AzureChinaCloud").unwrap();
        let settings = for_tests(&[("storageAccount", "acc")]);
        assert_eq!(settings.endpoint(&cloud).unwrap(), "https://acc.blob.core.chinacloudapi.cn");
        let uri = ("storageAccountURI", "http://127.0.0.1:10000/devstoreaccount1/");
        let settings = for_tests(&[("storageAccount", "acc"), uri]);
        assert_eq!(settings.endpoint(&cloud).unwrap(), "http://127.0.0.1:10000/devstoreaccount1");
        let error = for_tests(&[]).storage_account().unwrap_err().to_string();
        assert_eq!(error, "storageAccount is required in BSL");
    }

    #[test]
    fn use_aad_is_a_boolean() {
        assert!(for_tests(&[("useAAD", "true")]).use_aad && !for_tests(&[]).use_aad);
        let error = Config::from_iter([("useAAD", "maybe")]).read::<Settings>().unwrap_err().to_string();
        assert!(error.contains("`useAAD`: expected `true` or `false`"), "{error}");
    }
}
