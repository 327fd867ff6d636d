//! `velero.io/azure`: Azure Blob Storage.

mod arm;
mod cloud;
mod credentials;
mod dotenv;
mod sas;
mod settings;

use std::sync::Arc;

use object_store::TagSet;
use object_store::azure::{AzureCredentialProvider, MicrosoftAzureBuilder};
use object_store::client::HttpRequest;
use object_store::signer::{SignedUrlOptions, Signer};
use plugwright::{Config, Context, ErrorContext as _, Result};

use self::cloud::Cloud;
use self::credentials::Credentials;
use self::dotenv::Dotenv;
use self::sas::Sas;
pub(crate) use self::settings::Settings;
use crate::bucket::{Bucket, Links};
use crate::failure::Site;
use crate::http::{Http, HttpOptions};
use crate::listing::{Authorize, Dialect, Listing, bucket_url};
use crate::provider::{Action, Provider, environment};
use crate::upload::{Limits, Plan, Uploads};

const STORE: &str = "Azure";

/// Blob Storage with the configuration of one BackupStorageLocation.
pub(crate) struct Azure {
    http: Http,
    account: String,
    endpoint: String,
    credentials: Credentials,
    plan: Plan,
}

impl Provider for Azure {
    async fn new(_: &Context, config: &Config) -> Result<Self> {
        let settings: Settings = config.read()?;
        let account = settings.storage_account()?.to_owned();
        let plan = Plan::new(settings.block_size(), settings.memory(), Limits::AZURE)?;
        let http = Http::new(HttpOptions { ca_cert: settings.ca_cert.as_deref(), ..HttpOptions::default() })?;
        let file = Dotenv::read(config.credentials_file("AZURE_CREDENTIALS_FILE").as_deref())?;
        let cloud = Cloud::named(file.get("AZURE_CLOUD_NAME").unwrap_or_default())?;
        let endpoint = settings.endpoint(&cloud)?;
        let credentials = Credentials::find(&settings, &file, &cloud, &http, &environment)?;
        tracing::info!("the credentials are from {}", credentials.source);
        Ok(Self { http, account, endpoint, credentials, plan })
    }

    fn bucket(&self, name: &str) -> Result<Bucket> {
        let builder = MicrosoftAzureBuilder::new()
            .with_account(&self.account)
            .with_container_name(name)
            .with_endpoint(self.endpoint.clone())
            .with_http_connector(self.http.clone())
            .with_retry(crate::http::retry());
        let store = self.credentials.configure(builder).build().context("the configuration is not valid")?;
        let store = Arc::new(store);
        let credentials = Arc::clone(store.credentials());
        let url = bucket_url(&self.endpoint, name)?;
        let signer: Arc<dyn Signer> = match self.credentials.key() {
            Some(key) => Arc::new(Sas {
                account: self.account.clone(),
                key,
                container: name.to_owned(),
                url: url.clone(),
            }),
            None => Arc::clone(&store) as _,
        };
        Ok(Bucket {
            listing: Listing {
                http: self.http.client(),
                url,
                dialect: Dialect::Azure,
                descending: false,
                authorize: Arc::new(Authorizer { credentials, account: self.account.clone() }),
            },
            objects: store,
            links: Links { signer, options: SignedUrlOptions::default() },
            uploads: Uploads::new(self.plan, TagSet::default()),
            site: Site {
                noun: "container",
                bucket: name.to_owned(),
                endpoint: self.endpoint.clone(),
                endpoint_key: "storageAccountURI",
                region: None,
                credentials: self.credentials.source.clone(),
                permission,
            },
        })
    }
}

struct Authorizer {
    credentials: AzureCredentialProvider,
    account: String,
}

#[async_trait::async_trait]
impl Authorize for Authorizer {
    async fn check(&self) -> object_store::Result<()> {
        self.credentials.get_credential().await.map(drop)
    }

    async fn authorize(&self, request: &mut HttpRequest) -> object_store::Result<()> {
        let credential = self.credentials.get_credential().await?;
        object_store::azure::AzureAuthorizer::new(&credential, &self.account).try_authorize(request)
    }
}

fn permission(action: Action) -> &'static str {
    match action {
        Action::Put => "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
        Action::Get | Action::Exists | Action::List => {
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
        }
        Action::Delete => "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
        Action::Sign => "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    }
}
