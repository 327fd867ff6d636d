//! `velero.io/aws`: S3 and compatible stores.

mod assume_role;
mod checksum;
mod credentials;
mod encryption;
mod endpoint;
mod profile;
mod region;
mod settings;
mod tags;

use std::sync::Arc;

use object_store::TagSet;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer, AwsCredentialProvider, Checksum};
use object_store::client::HttpRequest;
use plugwright::{Config, Context, ErrorContext as _, Result};

use self::checksum::checksum;
use self::credentials::Credentials;
use self::encryption::Encryption;
use self::endpoint::Endpoint;
pub(crate) use self::settings::Settings;
use crate::bucket::{Bucket, Links};
use crate::failure::Site;
use crate::http::{Http, HttpOptions};
use crate::listing::{Authorize, Dialect, Listing};
use crate::provider::{Action, Provider, environment};
use crate::upload::{Limits, Plan, Uploads};

const STORE: &str = "S3";

/// S3 with the configuration of one BackupStorageLocation.
pub(crate) struct Aws {
    http: Http,
    endpoint: Endpoint,
    /// The endpoint of signed URLs.
    public: Endpoint,
    region: String,
    credentials: Credentials,
    encryption: Encryption,
    checksum: Option<Checksum>,
    tags: TagSet,
    plan: Plan,
    unsigned_payload: bool,
}

impl Provider for Aws {
    async fn new(cx: &Context, config: &Config) -> Result<Self> {
        let settings: Settings = config.read()?;
        settings.warn_of_unused();
        let plan = Plan::new(settings.upload_part_size, settings.upload_memory, Limits::S3)?;
        let authorities = settings.authorities(&environment)?;
        let http = Http::new(HttpOptions {
            ca_cert: authorities.as_deref(),
            insecure: settings.insecure_skip_tls_verify,
            on_create: None,
        })?;
        let file = config.credentials_file("AWS_SHARED_CREDENTIALS_FILE");
        let found = credentials::find(&settings, file.as_deref(), &http, &environment)?;
        tracing::info!("the credentials are from {}", found.source);
        let bucket = config.get("bucket").unwrap_or_default();
        let region = region::find(&settings, &found, bucket, &http, &environment).await?;
        let endpoint = Endpoint::new(settings.s3_url(), &region, settings.s3_force_path_style)?;
        let encryption = Encryption::new(&settings, cx, &environment).await?;
        let public = match settings.public_url()? {
            Some(url) => Endpoint::new(Ok(Some(url)), &region, settings.s3_force_path_style)?,
            None => endpoint.clone(),
        };
        Ok(Self {
            tags: tags::tags(settings.tagging.as_deref().unwrap_or_default())?,
            checksum: checksum(config.get("checksumAlgorithm"), settings.s3_url.is_none())?,
            http,
            endpoint,
            public,
            region,
            credentials: found,
            encryption,
            plan,
            unsigned_payload: settings.unsigned_payload,
        })
    }

    fn bucket(&self, name: &str) -> Result<Bucket> {
        let url = self.endpoint.bucket(name)?;
        let store = self.credentials.configure(self.builder(name, url.as_str())?);
        let store = build(store)?;
        let credentials = Arc::clone(store.credentials());
        let public = self.builder(name, self.public.bucket(name)?.as_str())?;
        let signer = build(public.with_credentials(Arc::clone(&credentials)))?;
        Ok(Bucket {
            listing: Listing {
                http: self.http.client(),
                url,
                dialect: Dialect::S3,
                descending: true,
                authorize: Arc::new(Signature { credentials, region: self.region.clone() }),
            },
            objects: Arc::new(store),
            links: Links { signer: Arc::new(signer), options: self.encryption.signed_headers()? },
            uploads: Uploads::new(self.plan, self.tags.clone()),
            site: Site {
                noun: "bucket",
                bucket: name.to_owned(),
                endpoint: self.endpoint.to_string(),
                endpoint_key: "s3Url",
                region: Some(self.region.clone()),
                credentials: self.credentials.source.clone(),
                permission,
            },
        })
    }
}

impl Aws {
    fn builder(&self, bucket: &str, url: &str) -> Result<AmazonS3Builder> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&self.region)
            .with_http_connector(self.http.clone())
            // The URL already contains the bucket, in either style.
            .with_virtual_hosted_style_request(true)
            .with_endpoint(url.trim_end_matches('/'))
            .with_unsigned_payload(self.unsigned_payload)
            .with_disable_bulk_delete(true)
            .with_retry(crate::http::retry());
        if let Some(checksum) = self.checksum {
            builder = builder.with_checksum_algorithm(checksum);
        }
        self.encryption.configure(builder)
    }
}

#[track_caller]
fn build(builder: AmazonS3Builder) -> Result<AmazonS3> {
    builder.build().context("the configuration is not valid")
}

/// Signature V4, for requests without `object_store`.
struct Signature {
    credentials: AwsCredentialProvider,
    region: String,
}

#[async_trait::async_trait]
impl Authorize for Signature {
    async fn check(&self) -> object_store::Result<()> {
        self.credentials.get_credential().await.map(drop)
    }

    async fn authorize(&self, request: &mut HttpRequest) -> object_store::Result<()> {
        let credential = self.credentials.get_credential().await?;
        AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(request, None)
    }
}

fn permission(action: Action) -> &'static str {
    match action {
        Action::Put => "s3:PutObject",
        Action::Get | Action::Sign => "s3:GetObject",
        Action::Exists => "s3:GetObject or s3:ListBucket",
        Action::List => "s3:ListBucket",
        Action::Delete => "s3:DeleteObject",
    }
}
