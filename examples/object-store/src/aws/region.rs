//! The region for signing requests.

use http::Method;
use object_store::client::{HttpRequest, HttpRequestBody};
use plugwright::{Result, bail, ensure};

use super::credentials::Credentials;
use super::settings::Settings;
use crate::http::Http;
use crate::listing::bucket_url;
use crate::provider::Variables;

/// Most stores other than AWS accept this region.
const DEFAULT: &str = "us-east-1";

const REGION: &str = "x-amz-bucket-region";

pub(super) async fn find(
    settings: &Settings,
    credentials: &Credentials,
    bucket: &str,
    http: &Http,
    env: Variables<'_>,
) -> Result<String> {
    if let Some(region) = &settings.region {
        return Ok(region.clone());
    }
    let other = || credentials.region.clone().or_else(|| of_environment(env));
    if settings.s3_url.is_some() {
        return Ok(other().unwrap_or_else(|| DEFAULT.to_owned()));
    }
    ensure!(!bucket.is_empty(), "unable to determine bucket's region: the configuration has no `bucket`");
    // Velero's own plugin also asks AWS before it reads the environment.
    let asked = of_bucket("https://s3.us-east-1.amazonaws.com", bucket, http).await?;
    match asked.or_else(other) {
        Some(region) => Ok(region),
        None => bail!("unable to determine bucket's region, bucket: {bucket}; set `region`"),
    }
}

pub(super) fn of_environment(env: Variables<'_>) -> Option<String> {
    env("AWS_REGION").or_else(|| env("AWS_DEFAULT_REGION"))
}

/// Every response contains the region, whatever its status.
async fn of_bucket(endpoint: &str, bucket: &str, http: &Http) -> Result<Option<String>> {
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.method_mut() = Method::HEAD;
    *request.uri_mut() = bucket_url(endpoint, bucket)?.as_str().parse()?;
    let response = http.client().execute(request).await.ok();
    let region = response.as_ref().and_then(|response| response.headers().get(REGION)?.to_str().ok());
    Ok(region.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::settings::for_tests;
    use super::*;
    use crate::http::HttpOptions;

    async fn region(settings: &[(&str, &str)], profile: Option<&str>, variable: Option<&str>) -> String {
        let credentials = Credentials::for_tests(profile);
        let http = Http::new(HttpOptions::default()).unwrap();
        let env = |name: &str| variable.filter(|_| name == "AWS_REGION").map(str::to_owned);
        find(&for_tests(settings), &credentials, "bkt", &http, &env).await.unwrap()
    }

    #[tokio::test]
    async fn without_a_request() {
        let url = ("s3Url", "http://minio:9000");
        assert_eq!(region(&[("region", "a"), url], Some("b"), Some("c")).await, "a");
        assert_eq!(region(&[("region", "a")], Some("b"), None).await, "a");
        assert_eq!(region(&[url], Some("b"), Some("c")).await, "b");
        assert_eq!(region(&[url], None, Some("c")).await, "c");
        assert_eq!(region(&[url], None, None).await, "us-east-1");
    }
}
