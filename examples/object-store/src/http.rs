//! The HTTP client of a store: proxies, authorities, timeouts. All requests use it, including those for credentials.

#[cfg(test)]
pub(crate) mod canned;
mod client;
mod connect;
mod tls;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, Method, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use plugwright::Result;

use self::client::Client;
use crate::failure::Failure;

const CONNECT: Duration = Duration::from_secs(10);

/// Short, because a cloud's metadata server is on the node itself.
const CONNECT_METADATA: Duration = Duration::from_secs(1);

/// The retries of `object_store`.
pub(crate) fn retry() -> RetryConfig {
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(5), ..BackoffConfig::default() };
    RetryConfig { backoff, max_retries: 8, retry_timeout: Duration::from_secs(120) }
}

/// The settings of the client.
#[derive(Default)]
pub(crate) struct HttpOptions<'a> {
    /// PEM, in addition to the authorities of the system.
    pub(crate) ca_cert: Option<&'a str>,
    /// Accept any certificate.
    pub(crate) insecure: bool,
    /// A header for requests that create an object.
    pub(crate) on_create: Option<(HeaderName, HeaderValue)>,
}

/// The clients. Clones share their connections.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    metadata: Client,
    on_create: Option<(HeaderName, HeaderValue)>,
}

impl Http {
    pub(crate) fn new(options: HttpOptions<'_>) -> Result<Self> {
        let tls = Arc::new(tls::config(options.ca_cert, options.insecure)?);
        let metadata = Client::new(Arc::clone(&tls), None, CONNECT_METADATA);
        let client = Client::new(tls, Some(Arc::new(Matcher::from_env())), CONNECT);
        Ok(Self { client, metadata, on_create: options.on_create })
    }

    /// For requests without `object_store`.
    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::new(self.clone())
    }
}

/// Ignores `object_store`'s options: the client already has its own.
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
                // Retries would only delay the message: the server does not exist outside the cloud.
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
            // The next attempt would also fail.
            let is_final = error.kind() == HttpErrorKind::Connect && Failure::of_transport(&error).is_final();
            if is_final {
                HttpError::new(HttpErrorKind::Unknown, error)
            } else if is_unsent(&error) {
                // `object_store` does not retry these.
                HttpError::new(HttpErrorKind::Request, error)
            } else {
                error
            }
        })
    }
}

/// Whether the connection closed before the request was sent.
fn is_unsent(error: &HttpError) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The addresses of metadata servers, which are never requested through a proxy.
fn is_metadata(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    host.starts_with("169.254.")
        || matches!(host, "metadata.google.internal" | "[fd00:ec2::254]" | "[fd00:ec2::23]")
}

/// An object is created by a PUT, or by a POST that begins a multipart upload.
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
