//! Lists and deletions, without `object_store`: it removes the `/` at the end of a key, rejects a whole list because of
//! one key with `//`, and deletes in batches, which many stores do not support.

mod page;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt as _;
use object_store::client::{HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use plugwright::{Result, bail};
use tokio::time::sleep;
use url::Url;

use self::page::Page;
use crate::failure::{Cause, Failure};

/// The characters that S3 encodes in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

const ATTEMPTS: u32 = 5;

/// The wait before the second attempt. It doubles with each attempt.
const BACKOFF: Duration = Duration::from_millis(200);

/// The maximum number of keys in a page, for all stores.
const PAGE: usize = 1000;

/// The protocol of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// S3's `ListObjectsV2`, also of Google's XML API.
    S3,
    Azure,
}

/// Adds the credentials to requests.
#[async_trait::async_trait]
pub(crate) trait Authorize: Send + Sync {
    /// Gets the credentials. They are cached, so this rarely makes a request.
    async fn check(&self) -> object_store::Result<()>;

    async fn authorize(&self, request: &mut HttpRequest) -> object_store::Result<()>;
}

pub(crate) struct Listing {
    pub(crate) http: HttpClient,
    /// The URL of the bucket, without a `/` at the end.
    pub(crate) url: Url,
    pub(crate) dialect: Dialect,
    /// Whether keys are returned in descending order.
    pub(crate) descending: bool,
    pub(crate) authorize: Arc<dyn Authorize>,
}

impl Listing {
    pub(crate) async fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let mut keys = self.all(prefix, "", |page| page.keys).await?;
        if self.descending {
            keys.sort_unstable_by(|a, b| b.cmp(a));
        }
        Ok(keys)
    }

    pub(crate) async fn common_prefixes(
        &self,
        prefix: &str,
        delimiter: &str,
    ) -> Result<Vec<String>, Failure> {
        self.all(prefix, delimiter, |page| page.prefixes).await
    }

    async fn all(
        &self,
        prefix: &str,
        delimiter: &str,
        take: fn(Page) -> Vec<String>,
    ) -> Result<Vec<String>, Failure> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let mut page = self.page(prefix, delimiter, next.as_deref(), PAGE).await?;
            let following = page.next.take();
            all.append(&mut take(page));
            if following.is_none() {
                return Ok(all);
            }
            if following == next {
                return Err(Failure::msg("the store sends the same page of the list again and again"));
            }
            next = following;
        }
    }

    /// Requests one page; `next` is from the previous page.
    pub(crate) async fn page(
        &self,
        prefix: &str,
        delimiter: &str,
        next: Option<&str>,
        limit: usize,
    ) -> Result<Page, Failure> {
        let mut url = self.url.clone();
        let (fixed, continuation, most): (&[_], _, _) = match self.dialect {
            Dialect::S3 => (&[("list-type", "2")], "continuation-token", "max-keys"),
            Dialect::Azure => (&[("restype", "container"), ("comp", "list")], "marker", "maxresults"),
        };
        let limit = limit.to_string();
        let asked = [("prefix", prefix), ("delimiter", delimiter), (continuation, next.unwrap_or_default())];
        url.query_pairs_mut()
            .extend_pairs(fixed)
            .extend_pairs(asked.iter().filter(|(_, value)| !value.is_empty()))
            .append_pair(most, &limit);
        let body = self.send(Method::GET, &url).await?;
        Page::parse(self.dialect, &body)
    }

    /// A missing object is not an error.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), Failure> {
        let url = object_url(&self.url, key);
        match self.send(Method::DELETE, &url).await {
            Err(failure) if failure.cause() == Cause::NoObject => Ok(()),
            // Some stores respond without a body.
            Err(failure) if failure.status == Some(404) && failure.code.is_empty() => {
                self.page("", "", None, 1).await.map(drop)
            }
            sent => sent.map(drop),
        }
    }

    /// Returns the body of the response. Both requests may be repeated.
    async fn send(&self, method: Method, url: &Url) -> Result<Bytes, Failure> {
        let mut attempt = 1;
        loop {
            let (failure, again) = match self.send_once(&method, url).await {
                Ok(body) => return Ok(body),
                Err(failed) => failed,
            };
            if !again || attempt == ATTEMPTS {
                return Err(failure);
            }
            sleep(BACKOFF * 2_u32.pow(attempt - 1)).await;
            attempt += 1;
        }
    }

    /// A failure includes whether to retry.
    async fn send_once(&self, method: &Method, url: &Url) -> Result<Bytes, (Failure, bool)> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method.clone();
        *request.uri_mut() =
            url.as_str().parse().map_err(|_| (Failure::msg(format!("{url} is not a URL")), false))?;
        self.authorize.authorize(&mut request).await.map_err(|error| (Failure::of(&error), false))?;
        let lost = |error: HttpError| (Failure::of_transport(&error), is_temporary(error.kind()));
        let (parts, body) = self.http.execute(request).await.map_err(lost)?.into_parts();
        let body = body.collect().await.map_err(lost)?.to_bytes();
        let status = parts.status;
        if status.is_success() {
            return Ok(body);
        }
        let failure = Failure::of_response(status.as_u16(), &String::from_utf8_lossy(&body));
        Err((failure, status.is_server_error() || matches!(status.as_u16(), 408 | 429)))
    }
}

fn is_temporary(kind: HttpErrorKind) -> bool {
    use HttpErrorKind::{Connect, Decode, Interrupted, Request, Timeout};
    matches!(kind, Connect | Request | Timeout | Interrupted | Decode)
}

/// Returns the URL of an object from the URL of its bucket.
pub(crate) fn object_url(bucket: &Url, key: &str) -> Url {
    let mut url = bucket.clone();
    url.set_path(&format!("{}/{}", bucket.path().trim_end_matches('/'), utf8_percent_encode(key, PATH)));
    url
}

/// Returns the URL of a bucket from the URL of the store.
pub(crate) fn bucket_url(endpoint: &str, bucket: &str) -> Result<Url> {
    let url = format!("{}/{}", endpoint.trim_end_matches('/'), utf8_percent_encode(bucket, PATH));
    match Url::parse(&url) {
        Ok(url) => Ok(url),
        Err(error) => bail!("{url} is not a URL: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::canned::Canned;

    /// Adds nothing.
    struct Anonymous;

    #[async_trait::async_trait]
    impl Authorize for Anonymous {
        async fn check(&self) -> object_store::Result<()> {
            Ok(())
        }

        async fn authorize(&self, _: &mut HttpRequest) -> object_store::Result<()> {
            Ok(())
        }
    }

    fn listing(responses: &[(u16, &str)], dialect: Dialect) -> (Listing, Canned) {
        let server = Canned::new(responses);
        let listing = Listing {
            http: server.client(),
            url: Url::parse("http://h/bkt").unwrap(),
            dialect,
            descending: dialect == Dialect::S3,
            authorize: Arc::new(Anonymous),
        };
        (listing, server)
    }

    fn asked(server: &Canned) -> Vec<String> {
        server.asked().iter().map(|asked| format!("{} {}", asked.method, asked.uri)).collect()
    }

    const FIRST: &str = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t+1</NextContinuationToken>\
        <Contents><Key>p/</Key></Contents><Contents><Key>p/a//b</Key></Contents></ListBucketResult>";
    const LAST: &str = "<ListBucketResult><Contents><Key>p/c &amp; d</Key></Contents></ListBucketResult>";

    #[tokio::test(start_paused = true)]
    async fn all_pages_the_last_key_first() {
        let (listing, server) = listing(&[(503, ""), (200, FIRST), (200, LAST)], Dialect::S3);
        assert_eq!(listing.keys("p/").await.unwrap(), ["p/c & d", "p/a//b", "p/"]);
        let asked = asked(&server);
        let first = "GET http://h/bkt?list-type=2&prefix=p%2F&max-keys=1000";
        let second = "GET http://h/bkt?list-type=2&prefix=p%2F&continuation-token=t%2B1&max-keys=1000";
        assert_eq!(asked, [first, first, second]);
    }

    #[tokio::test]
    async fn a_page_that_comes_again_is_an_error() {
        let (listing, _) = listing(&[(200, FIRST), (200, FIRST)], Dialect::S3);
        assert!(listing.keys("").await.unwrap_err().message.contains("again and again"));
    }

    #[tokio::test]
    async fn azure_has_words_of_its_own() {
        let page = "<EnumerationResults><Blobs><BlobPrefix><Name>p/x/</Name></BlobPrefix></Blobs><NextMarker/></EnumerationResults>";
        let (listing, server) = listing(&[(200, page)], Dialect::Azure);
        assert_eq!(listing.common_prefixes("p/", "/").await.unwrap(), ["p/x/"]);
        let expected =
            "GET http://h/bkt?restype=container&comp=list&prefix=p%2F&delimiter=%2F&maxresults=1000";
        assert_eq!(asked(&server), [expected]);
    }

    #[tokio::test]
    async fn keys_are_deleted_as_they_are() {
        let (listing, server) =
            listing(&[(204, ""), (204, ""), (404, "<Error><Code>NoSuchKey</Code></Error>")], Dialect::S3);
        for key in ["a b/ä+%20", "dir/", "a//b"] {
            listing.delete(key).await.unwrap();
        }
        let expected = [
            "DELETE http://h/bkt/a%20b/%C3%A4%2B%2520",
            "DELETE http://h/bkt/dir/",
            "DELETE http://h/bkt/a//b",
        ];
        assert_eq!(asked(&server), expected);
    }

    #[tokio::test]
    async fn a_missing_bucket_is_an_error() {
        let missing = "<Error><Code>NoSuchBucket</Code></Error>";
        let (listing, _) = listing(&[(404, missing), (404, ""), (404, missing)], Dialect::S3);
        assert_eq!(listing.delete("key").await.unwrap_err().cause(), Cause::NoBucket);
        assert_eq!(listing.delete("key").await.unwrap_err().cause(), Cause::NoBucket);
    }
}
