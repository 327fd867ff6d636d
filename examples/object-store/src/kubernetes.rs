//! A Secret of Velero's namespace, read with the pod's service account.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use object_store::client::HttpRequestBody;
use plugwright::{ErrorContext as _, Result, bail};
use serde::Deserialize;

use crate::http::{Http, HttpOptions};
use crate::provider::Variables;
use crate::token;

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

#[derive(Deserialize)]
struct Secret {
    #[serde(default)]
    data: BTreeMap<String, String>,
}

/// The value of `key` in a Secret.
pub(crate) async fn secret(env: Variables<'_>, namespace: &str, name: &str, key: &str) -> Result<Vec<u8>> {
    let (Some(host), Some(port)) = (env("KUBERNETES_SERVICE_HOST"), env("KUBERNETES_SERVICE_PORT")) else {
        bail!(
            "reading Secret {namespace}/{name}: KUBERNETES_SERVICE_HOST is not set; expected to run in a cluster"
        )
    };
    let read = |file: &str| {
        let path = format!("{ACCOUNT}/{file}");
        std::fs::read_to_string(&path).with_context(|| path)
    };
    let (token, ca) = (read("token")?, read("ca.crt")?);
    let http = Http::new(HttpOptions { ca_cert: Some(&ca), ..HttpOptions::default() })?;
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let url = format!("https://{host}:{port}/api/v1/namespaces/{namespace}/secrets/{name}");
    let request = http::Request::get(&url).header("authorization", format!("Bearer {}", token.trim()));
    let request = request.body(HttpRequestBody::empty()).context(url)?;
    match token::request(&http.client(), request).await {
        Ok(body) => value(&body, key).with_context(|| format!("Secret {namespace}/{name}")),
        Err(failure) => bail!("reading Secret {namespace}/{name}: {failure}"),
    }
}

fn value(secret: &str, key: &str) -> Result<Vec<u8>> {
    let Secret { data } = serde_json::from_str(secret).context("the API server's response is not valid")?;
    let Some(value) = data.get(key) else {
        let keys = data.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        bail!("key {key} is missing; the Secret has: {keys}")
    };
    BASE64_STANDARD.decode(value).with_context(|| format!("key {key} is not valid base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_secret() {
        let secret = r#"{"kind": "Secret", "data": {"key": "c2VjcmV0", "other": "?"}}"#;
        assert_eq!(value(secret, "key").unwrap(), b"secret");
        let error = value(secret, "bakcup").unwrap_err().to_string();
        assert_eq!(error, "key bakcup is missing; the Secret has: key, other");
        let error = value(secret, "other").unwrap_err().to_string();
        assert!(error.starts_with("key other is not valid base64"), "{error}");
    }

    #[tokio::test]
    async fn outside_of_a_cluster() {
        let error = secret(&|_| None, "velero", "sse", "key").await.unwrap_err().to_string();
        assert!(error.contains("Secret velero/sse") && error.contains("KUBERNETES_SERVICE_HOST"), "{error}");
    }
}
