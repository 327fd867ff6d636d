//! URLs signed with the account's key (service SAS). Those of `object_store` start now, which a store with a slower
//! clock rejects, and are invalid for keys that URLs encode.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use object_store::path::Path;
use object_store::signer::Signer;
use sha2::Sha256;
use url::Url;

use super::STORE;
use crate::listing::object_url;

/// The version of the signature.
const VERSION: &str = "2023-11-03";

/// The tolerance for a slower clock of the store, as in the Go plugin.
const EARLY: Duration = Duration::from_secs(600);

pub(super) struct Sas {
    pub(super) account: String,
    pub(super) key: Vec<u8>,
    pub(super) container: String,
    /// The URL of the container.
    pub(super) url: Url,
}

impl fmt::Debug for Sas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sas").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Sas {
    fn sign(&self, key: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> object_store::Result<Url> {
        let [start, end] = [start, end].map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
        // HTTPS only, unless the store uses HTTP.
        let protocol = if self.url.scheme() == "https" { "https" } else { "" };
        let resource = format!("/blob/{}/{}/{key}", self.account, self.container);
        let signed =
            ["r", &start, &end, &resource, "", "", protocol, VERSION, "b", "", "", "", "", "", "", ""];
        let signature = Hmac::<Sha256>::new_from_slice(&self.key);
        let mut signature = signature
            .map_err(|error| object_store::Error::Generic { store: STORE, source: Box::new(error) })?;
        signature.update(signed.join("\n").as_bytes());
        let signature = BASE64_STANDARD.encode(signature.finalize().into_bytes());
        let mut url = object_url(&self.url, key);
        let pairs =
            [("sv", VERSION), ("st", &start), ("se", &end), ("sr", "b"), ("sp", "r"), ("spr", protocol)];
        url.query_pairs_mut()
            .extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()))
            .append_pair("sig", &signature);
        Ok(url)
    }
}

#[async_trait::async_trait]
impl Signer for Sas {
    async fn signed_url(&self, _: Method, path: &Path, ttl: Duration) -> object_store::Result<Url> {
        let now = Utc::now();
        self.sign(path.as_ref(), now - EARLY, now + ttl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(container: &str) -> Url {
        let url = container.parse().unwrap();
        let sas = Sas { account: "acc".into(), key: b"hunter2".to_vec(), container: "velero".into(), url };
        assert!(!format!("{sas:?}").contains("104, 117"));
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        sas.sign("backups/a b/1", start, start + Duration::from_secs(1200)).unwrap()
    }

    #[test]
    fn a_url_reads_one_object_for_a_time() {
        let url = url("https://acc.blob.core.windows.net/velero");
        assert_eq!(url.path(), "/velero/backups/a%20b/1");
        let query: Vec<_> = url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect();
        let expected = [
            "sv=2023-11-03",
            "st=2023-11-14T22:13:20Z",
            "se=2023-11-14T22:33:20Z",
            "sr=b",
            "sp=r",
            "spr=https",
        ];
        assert_eq!(query[..6], expected);
        assert!(query[6].starts_with("sig=") && query.len() == 7);
    }

    #[test]
    fn over_http_the_protocol_is_open() {
        assert!(!url("http://127.0.0.1:10000/acc/velero").as_str().contains("spr="));
    }
}
