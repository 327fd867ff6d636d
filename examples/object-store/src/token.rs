//! Credentials that expire, cached until shortly before.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use object_store::CredentialProvider;
use object_store::client::{HttpClient, HttpRequest, HttpRequestBody};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::failure::Failure;

/// How long before their expiry credentials are renewed.
const EARLY: Duration = Duration::from_secs(300);

/// A source of credentials that `object_store` does not support.
#[async_trait::async_trait]
pub(crate) trait Fetch: Send + Sync {
    type Credential: Send + Sync;

    /// The credential, and how long it is valid.
    async fn fetch(&self) -> Result<(Self::Credential, Duration), Failure>;
}

type Kept<T> = Option<(Arc<T>, Instant)>;

/// Fetches a credential on demand, and caches it.
pub(crate) struct Cached<F: Fetch> {
    /// For errors.
    store: &'static str,
    fetch: F,
    kept: Mutex<Kept<F::Credential>>,
}

impl<F: Fetch> Cached<F> {
    pub(crate) fn new(store: &'static str, fetch: F) -> Self {
        Self { store, fetch, kept: Mutex::default() }
    }
}

impl<F: Fetch> fmt::Debug for Cached<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl<F: Fetch> CredentialProvider for Cached<F> {
    type Credential = F::Credential;

    async fn get_credential(&self) -> object_store::Result<Arc<F::Credential>> {
        let mut kept = self.kept.lock().await;
        if let Some((credential, until)) = &*kept
            && Instant::now() < *until
        {
            return Ok(Arc::clone(credential));
        }
        let fetched = self.fetch.fetch().await;
        let (credential, valid) = fetched.map_err(|failure| object_store::Error::Generic {
            store: self.store,
            source: failure.to_string().into(),
        })?;
        let credential = Arc::new(credential);
        *kept = Some((Arc::clone(&credential), Instant::now() + valid.saturating_sub(EARLY)));
        Ok(credential)
    }
}

/// Sends a request for credentials, and returns the body of the response.
pub(crate) async fn request(http: &HttpClient, request: HttpRequest) -> Result<String, Failure> {
    let lost = |error: object_store::client::HttpError| Failure::of_transport(&error);
    let (parts, body) = http.execute(request).await.map_err(lost)?.into_parts();
    let body = body.collect().await.map_err(lost)?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    if parts.status.is_success() {
        return Ok(body);
    }
    Err(Failure::of_response(parts.status.as_u16(), &body))
}

/// Returns a string field of a JSON object.
pub(crate) fn text_of(json: &str, field: &str) -> Option<String> {
    Some(serde_json::from_str::<Value>(json).ok()?.get(field)?.as_str()?.to_owned())
}

/// Returns the access token of a response.
pub(crate) fn access_token(body: &str) -> Result<String, Failure> {
    text_of(body, "access_token").ok_or_else(|| Failure::msg("the response has no access_token"))
}

/// Reads a file with a token.
pub(crate) fn read_token(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::msg(format!("reading the token {path}: {error}")))
}

/// Returns the request, unless its URL or a header is invalid.
pub(crate) fn checked(url: &str, request: http::Result<HttpRequest>) -> Result<HttpRequest, Failure> {
    request.map_err(|error| Failure::msg(format!("a request to {url}: {error}")))
}

/// Creates a POST request with a form.
pub(crate) fn form(url: &str, fields: &[(&str, &str)]) -> Result<HttpRequest, Failure> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = http::Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    checked(url, request.body(HttpRequestBody::from(body)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    struct Counting(AtomicU32, Duration);

    #[async_trait::async_trait]
    impl Fetch for Counting {
        type Credential = u32;

        async fn fetch(&self) -> Result<(u32, Duration), Failure> {
            Ok((self.0.fetch_add(1, Ordering::Relaxed), self.1))
        }
    }

    #[tokio::test]
    async fn a_credential_is_kept_until_shortly_before_its_end() {
        for (valid, expected) in [(3600, [0, 0, 0]), (60, [0, 1, 2])] {
            let cached = Cached::new("test", Counting(AtomicU32::new(0), Duration::from_secs(valid)));
            for expected in expected {
                assert_eq!(*cached.get_credential().await.unwrap(), expected);
            }
        }
    }
}
