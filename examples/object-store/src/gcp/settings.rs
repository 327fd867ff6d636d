//! The keys of `velero.io/gcp`.

use plugwright::Result;
use serde::Deserialize;

use crate::settings::{Size, http_url};

/// The path of Google's JSON API. The XML API, which this plugin uses, is at the root.
const JSON_API: &str = "/storage/v1";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) kms_key_name: Option<String>,
    pub(crate) service_account: Option<String>,
    store_endpoint: Option<String>,
    universe_domain: Option<String>,
    pub(crate) ca_cert: Option<String>,
    /// This key and the next do not exist in the Go plugin.
    #[serde(default = "crate::settings::upload_part_size")]
    pub(crate) upload_part_size: Size,
    #[serde(default = "crate::settings::upload_memory")]
    pub(crate) upload_memory: Size,
}

impl Settings {
    /// `storeEndpoint` is a host or a URL, which the Go plugin requires with the path of the JSON API.
    pub(super) fn endpoint(&self) -> Result<String> {
        let endpoint = match (&self.store_endpoint, &self.universe_domain) {
            (Some(endpoint), _) if endpoint.contains("://") => endpoint.clone(),
            (Some(host), _) => format!("https://{host}"),
            (None, Some(domain)) => format!("https://storage.{domain}"),
            (None, None) => "https://storage.googleapis.com".to_owned(),
        };
        let key = if self.store_endpoint.is_some() { "storeEndpoint" } else { "universeDomain" };
        http_url(key, &endpoint)?;
        let endpoint = endpoint.trim_end_matches('/');
        Ok(endpoint.strip_suffix(JSON_API).unwrap_or(endpoint).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(settings: &[(&str, &str)]) -> Result<String, String> {
        let settings: Settings = crate::settings::for_tests(settings);
        settings.endpoint().map_err(|error| error.to_string())
    }

    #[test]
    fn endpoints() {
        let host = "storage-example.p.googleapis.com";
        for (settings, expected) in [
            (&[][..], "https://storage.googleapis.com"),
            (&[("storeEndpoint", host)], "https://storage-example.p.googleapis.com"),
            (&[("storeEndpoint", "http://127.0.0.1:4443/")], "http://127.0.0.1:4443"),
            (&[("storeEndpoint", "http://127.0.0.1:4443/storage/v1/")], "http://127.0.0.1:4443"),
            (&[("universeDomain", "example.goog")], "https://storage.example.goog"),
            (&[("universeDomain", "x"), ("storeEndpoint", host)], "https://storage-example.p.googleapis.com"),
        ] {
            assert_eq!(endpoint(settings).unwrap(), expected);
        }
        assert!(endpoint(&[("storeEndpoint", "ftp://x")]).unwrap_err().contains("`storeEndpoint`"));
        assert!(endpoint(&[("universeDomain", "a b")]).unwrap_err().contains("`universeDomain`"));
    }
}
