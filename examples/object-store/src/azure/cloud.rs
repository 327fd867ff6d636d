//! Azure's clouds.

use plugwright::{Result, bail};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cloud {
    /// The suffix of the hosts of storage accounts.
    pub(super) suffix: &'static str,
    /// The authority that issues tokens.
    pub(super) authority: &'static str,
    /// The Azure Resource Manager.
    pub(super) manager: &'static str,
}

const PUBLIC: Cloud = Cloud {
    suffix: "blob.core.windows.net",
    authority: "https://login.microsoftonline.com",
    manager: "https://management.azure.com",
};

const CHINA: Cloud = Cloud {
    suffix: "blob.core.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    manager: "https://management.chinacloudapi.cn",
};

const US_GOVERNMENT: Cloud = Cloud {
    suffix: "blob.core.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
    manager: "https://management.usgovcloudapi.net",
};

impl Cloud {
    /// Finds a cloud by `AZURE_CLOUD_NAME`, case-insensitively.
    pub(super) fn named(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "" | "AZURECLOUD" | "AZUREPUBLICCLOUD" => PUBLIC,
            "AZURECHINACLOUD" => CHINA,
            "AZUREUSGOVERNMENT" | "AZUREUSGOVERNMENTCLOUD" => US_GOVERNMENT,
            _ => bail!(
                "unknown cloud: {name}; expected AzurePublicCloud, AzureChinaCloud or AzureUSGovernmentCloud"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case() {
        for (name, expected) in [
            ("", PUBLIC),
            ("AzureCloud", PUBLIC),
            ("azurepubliccloud", PUBLIC),
            ("AzureChinaCloud", CHINA),
            ("AZUREUSGOVERNMENT", US_GOVERNMENT),
            ("AzureUSGovernmentCloud", US_GOVERNMENT),
        ] {
            assert_eq!(Cloud::named(name).unwrap(), expected, "{name}");
        }
        assert!(
            Cloud::named("AzureGermanCloud")
                .unwrap_err()
                .to_string()
                .starts_with("unknown cloud: AzureGermanCloud")
        );
    }
}
