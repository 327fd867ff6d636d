//! The address of a bucket: in the host name, or in the path.

use std::fmt;

use plugwright::{Result, bail};
use url::{Host, Url};

use crate::listing::bucket_url;

/// The address of a store, without a bucket.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    url: Url,
    path_style: bool,
}

impl Endpoint {
    /// AWS's endpoint in this region, unless another URL is given.
    pub(super) fn new(url: Result<Option<Url>>, region: &str, path_style: bool) -> Result<Self> {
        let url = match url? {
            Some(url) => url,
            None => of_aws(region)?,
        };
        Ok(Self { url, path_style })
    }

    /// The bucket's URL. As with AWS's SDK, the bucket is in the path if it cannot be in the host's name: of an IP
    /// address, or with a `.`, which certificates for `*.host` do not cover.
    pub(super) fn bucket(&self, name: &str) -> Result<Url> {
        let is_name = matches!(self.url.host(), Some(Host::Domain(_)));
        let fits = is_label(name) && !(name.contains('.') && self.url.scheme() == "https");
        if self.path_style || !is_name || !fits {
            return bucket_url(self.url.as_str(), name);
        }
        let mut url = self.url.clone();
        let host = format!("{name}.{}", url.host_str().unwrap_or_default());
        if let Err(error) = url.set_host(Some(&host)) {
            bail!("{host} is not a host: {error}")
        }
        Ok(url)
    }
}

/// Scheme, host and port.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url[..url::Position::BeforePath])
    }
}

fn of_aws(region: &str) -> Result<Url> {
    let domain = match region {
        region if region.starts_with("cn-") => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    match Url::parse(&format!("https://s3.{region}.{domain}")) {
        Ok(url) => Ok(url),
        Err(_) => {
            bail!("invalid configuration: `region`: expected a region, such as us-east-1, found {region:?}")
        }
    }
}

/// Whether the name of a bucket can be part of a host name.
fn is_label(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    (3..=63).contains(&name.len()) && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: Option<&str>, region: &str, path_style: bool, bucket: &str) -> String {
        let url = url.map(|url| Url::parse(url).unwrap());
        let bucket = Endpoint::new(Ok(url), region, path_style).unwrap().bucket(bucket).unwrap();
        bucket.as_str().trim_end_matches('/').to_owned()
    }

    #[test]
    fn buckets() {
        for (url, region, path_style, bucket, expected) in [
            (None, "eu-1", false, "velero", "https://velero.s3.eu-1.amazonaws.com"),
            (None, "eu-1", true, "velero", "https://s3.eu-1.amazonaws.com/velero"),
            (None, "eu-1", false, "my.bucket", "https://s3.eu-1.amazonaws.com/my.bucket"),
            (None, "cn-north-1", false, "velero", "https://velero.s3.cn-north-1.amazonaws.com.cn"),
            (Some("http://10.0.0.1:9000"), "r", false, "velero", "http://10.0.0.1:9000/velero"),
            (Some("https://[::1]:9000/"), "r", false, "velero", "https://[::1]:9000/velero"),
            (
                Some("http://minio.velero.svc:9000"),
                "r",
                true,
                "velero",
                "http://minio.velero.svc:9000/velero",
            ),
            (Some("http://s3.example.com"), "r", false, "my.bucket", "http://my.bucket.s3.example.com"),
            (Some("https://s3.example.com"), "r", false, "Upper_Case", "https://s3.example.com/Upper_Case"),
            (Some("https://pub.example.com/s3/"), "r", true, "velero", "https://pub.example.com/s3/velero"),
        ] {
            assert_eq!(at(url, region, path_style, bucket), expected);
        }
    }

    #[test]
    fn a_region_that_is_none() {
        let error = Endpoint::new(Ok(None), "not a region", false).unwrap_err().to_string();
        assert!(error.contains("`region`"), "{error}");
    }
}
