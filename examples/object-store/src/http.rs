//! The HTTP client of a store: proxies, authorities, timeouts. All requests go through it, also those for credentials.

#[cfg(test)]
pub(crate) mod canned;
mod tls;

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, Method, Uri};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use plugwright::{ErrorContext as _, Result};
use reqwest::{Client, redirect};

use crate::failure::Failure;

const CONNECT: Duration = Duration::from_secs(10);

/// A part of an upload has to reach the store, and be answered, in this time.
const READ: Duration = Duration::from_secs(300);

/// A cloud's metadata server is on the node, or nowhere.
const CONNECT_METADATA: Duration = Duration::from_secs(1);

/// How often and how long `object_store` tries a request again.
pub(crate) fn retry() -> RetryConfig {
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(5), ..BackoffConfig::default() };
    RetryConfig { backoff, max_retries: 8, retry_timeout: Duration::from_secs(120) }
}

/// How to reach a store.
#[derive(Default)]
pub(crate) struct HttpOptions<'a> {
    /// PEM, beside the authorities of the system.
    pub(crate) ca_cert: Option<&'a str>,
    /// Accept any certificate.
    pub(crate) insecure: bool,
    /// A header of requests that make an object.
    pub(crate) on_create: Option<(HeaderName, HeaderValue)>,
}

/// The client; a clone shares its connections.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    metadata: Client,
    on_create: Option<(HeaderName, HeaderValue)>,
}

impl Http {
    pub(crate) fn new(options: HttpOptions<'_>) -> Result<Self> {
        let tls = tls::config(options.ca_cert, options.insecure)?;
        let client = || {
            let client = Client::builder().tls_backend_preconfigured(tls.clone());
            // A redirected request has the wrong signature.
            client.redirect(redirect::Policy::none()).read_timeout(READ)
        };
        let metadata = client().connect_timeout(CONNECT_METADATA).no_proxy().build();
        let client = client().connect_timeout(CONNECT).build();
        let (client, metadata) = (client.context("the HTTP client")?, metadata.context("the HTTP client")?);
        Ok(Self { client, metadata, on_create: options.on_create })
    }

    /// For requests of our own.
    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::new(self.clone())
    }
}

/// `object_store` would make a client from its own options; ours are in the client.
impl HttpConnector for Http {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.client())
    }
}

#[async_trait]
impl HttpService for Http {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if is_metadata(request.uri()) {
            return match self.metadata.call(request).await {
                // Retries would delay the message: outside the cloud the server does not exist.
                Err(error) if error.kind() == HttpErrorKind::Connect => {
                    Err(HttpError::new(HttpErrorKind::Unknown, error))
                }
                response => response,
            };
        }
        if let Some((name, value)) = &self.on_create
            && is_create(request.method(), request.uri())
        {
            request.headers_mut().insert(name, value.clone());
        }
        let response = self.client.call(request).await;
        response.map_err(|error| {
            // The next attempt would fail alike.
            let is_final = error.kind() == HttpErrorKind::Connect && Failure::of_transport(&error).is_final();
            if is_final { HttpError::new(HttpErrorKind::Unknown, error) } else { error }
        })
    }
}

/// The addresses of metadata servers, which no proxy may see.
fn is_metadata(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    host.starts_with("169.254.")
        || matches!(host, "metadata.google.internal" | "[fd00:ec2::254]" | "[fd00:ec2::23]")
}

/// An object is made by one PUT, or by a POST that begins an upload in parts.
fn is_create(method: &Method, uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    match *method {
        Method::PUT => !query.contains("uploadId="),
        Method::POST => query.split('&').any(|pair| pair == "uploads" || pair == "uploads="),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_servers() {
        for (uri, expected) in [
            ("http://169.254.169.254/latest/api/token", true),
            ("http://169.254.170.2/v2/credentials", true),
            ("http://metadata.google.internal/computeMetadata/v1", true),
            ("https://s3.us-east-1.amazonaws.com/b", false),
        ] {
            assert_eq!(is_metadata(&uri.parse().unwrap()), expected, "{uri}");
        }
    }

    #[test]
    fn requests_that_make_an_object() {
        for (method, uri, expected) in [
            (Method::PUT, "http://h/b/key", true),
            (Method::PUT, "http://h/b/key?partNumber=1&uploadId=x", false),
            (Method::POST, "http://h/b/key?uploads=", true),
            (Method::POST, "http://h/b/key?uploadId=x", false),
            (Method::GET, "http://h/b/key", false),
        ] {
            assert_eq!(is_create(&method, &uri.parse().unwrap()), expected, "{method} {uri}");
        }
    }
}
