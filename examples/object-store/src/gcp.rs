//! `velero.io/gcp`: Google Cloud Storage.

mod credentials;
mod federation;
mod settings;

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use object_store::TagSet;
use object_store::client::HttpRequest;
use object_store::gcp::{GcpCredentialProvider, GoogleCloudStorageBuilder};
use object_store::signer::SignedUrlOptions;
use plugwright::{Config, Context, ErrorContext as _, Result};

use self::credentials::Credentials;
pub(crate) use self::settings::Settings;
use crate::bucket::{Bucket, Links};
use crate::failure::Site;
use crate::http::{Http, HttpOptions};
use crate::listing::{Authorize, Dialect, Listing, bucket_url};
use crate::provider::{Action, Provider, environment};
use crate::upload::{Limits, Plan, Uploads};

const STORE: &str = "GCS";

/// The header with the key that encrypts an object, in each request that creates one.
const KMS_KEY: HeaderName = HeaderName::from_static("x-goog-encryption-kms-key-name");

/// Google Cloud Storage with the configuration of one BackupStorageLocation.
pub(crate) struct Gcp {
    http: Http,
    endpoint: String,
    credentials: Credentials,
    plan: Plan,
}

impl Provider for Gcp {
    async fn new(_: &Context, config: &Config) -> Result<Self> {
        let settings: Settings = config.read()?;
        let plan = Plan::new(settings.upload_part_size, settings.upload_memory, Limits::S3)?;
        let kms_key = settings.kms_key_name.as_deref().map(HeaderValue::from_str).transpose();
        let kms_key = kms_key
            .ok()
            .with_context(|| "invalid configuration: `kmsKeyName`: expected printable characters")?;
        let http = Http::new(HttpOptions {
            ca_cert: settings.ca_cert.as_deref(),
            insecure: false,
            on_create: kms_key.map(|key| (KMS_KEY, key)),
        })?;
        let file = config.credentials_file("GOOGLE_APPLICATION_CREDENTIALS");
        let account = settings.service_account.clone();
        let credentials = Credentials::find(file.as_deref(), account, &http, &environment)?;
        tracing::info!("the credentials are from {}", credentials.source);
        Ok(Self { http, endpoint: settings.endpoint()?, credentials, plan })
    }

    fn bucket(&self, name: &str) -> Result<Bucket> {
        let builder = GoogleCloudStorageBuilder::new()
            .with_bucket_name(name)
            .with_base_url(&self.endpoint)
            .with_http_connector(self.http.clone())
            .with_retry(crate::http::retry());
        let store = self.credentials.configure(builder).build().context("the configuration is not valid")?;
        let store = Arc::new(store);
        Ok(Bucket {
            listing: Listing {
                http: self.http.client(),
                url: bucket_url(&self.endpoint, name)?,
                dialect: Dialect::S3,
                descending: false,
                authorize: Arc::new(Bearer(Arc::clone(store.credentials()))),
            },
            objects: Arc::clone(&store) as _,
            links: Links { signer: store, options: SignedUrlOptions::default() },
            uploads: Uploads::new(self.plan, TagSet::default()),
            site: Site {
                noun: "bucket",
                bucket: name.to_owned(),
                endpoint: self.endpoint.clone(),
                endpoint_key: "storeEndpoint",
                region: None,
                credentials: self.credentials.source.clone(),
                permission,
            },
        })
    }
}

struct Bearer(GcpCredentialProvider);

#[async_trait::async_trait]
impl Authorize for Bearer {
    async fn check(&self) -> object_store::Result<()> {
        self.0.get_credential().await.map(drop)
    }

    async fn authorize(&self, request: &mut HttpRequest) -> object_store::Result<()> {
        let credential = self.0.get_credential().await?;
        let value = HeaderValue::from_str(&format!("Bearer {}", credential.bearer));
        let mut value = value.map_err(|_| object_store::Error::Generic {
            store: STORE,
            source: "the access token has a character that is not allowed".into(),
        })?;
        value.set_sensitive(true);
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        Ok(())
    }
}

fn permission(action: Action) -> &'static str {
    match action {
        Action::Put => "storage.objects.create and, to replace objects, storage.objects.delete",
        Action::Get | Action::Exists => "storage.objects.get",
        Action::List => "storage.objects.list",
        Action::Delete => "storage.objects.delete",
        Action::Sign => {
            "iam.serviceAccounts.signBlob (the role Service Account Token Creator on the account itself)"
        }
    }
}
