//! A store of each provider, with its own plugin process and bucket.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use plugwright::client::{Client, ClientBuilder, ObjectStoreClient};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;

use crate::google::Google;
use crate::{s3, web};

/// Azurite's own account.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

static BUCKETS: AtomicU32 = AtomicU32::new(0);

pub(crate) type Config = BTreeMap<String, String>;

pub(crate) struct Site {
    pub(crate) plugin: Client,
    pub(crate) store: ObjectStoreClient,
    pub(crate) bucket: String,
    pub(crate) config: Config,
    /// Contains the credentials.
    _files: TempDir,
}

/// A variable that `tests/run` sets.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; use tests/run"))
}

pub(crate) fn new_bucket() -> String {
    format!("bucket-{}-{}", std::process::id(), BUCKETS.fetch_add(1, Ordering::Relaxed))
}

/// The plugin as Velero starts it, without the credentials of this machine.
pub(crate) fn plugin() -> ClientBuilder {
    // TEST_PLUGIN is another build, such as the static one of the image.
    let built = env!("CARGO_BIN_EXE_object-store-plugin").to_owned();
    let plugin = Client::builder(std::env::var("TEST_PLUGIN").unwrap_or(built));
    let variables = [
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "https_proxy",
        "http_proxy",
        "no_proxy",
    ];
    let plugin = variables.into_iter().fold(plugin, ClientBuilder::env_remove);
    plugin.env("HOME", "/nonexistent").env("NO_PROXY", "127.0.0.1").env("AWS_EC2_METADATA_DISABLED", "true")
}

fn config(settings: &[(&str, &str)]) -> Config {
    settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

impl Site {
    async fn start(provider: &str, config: Config, files: TempDir) -> Self {
        let plugin = plugin().start().await.unwrap();
        let store = plugin.object_store(provider);
        let site = Self { plugin, store, bucket: config["bucket"].clone(), config, _files: files };
        site.store.init(site.config.clone()).await.unwrap();
        site
    }

    /// S3 at this URL of versitygw, or of a proxy.
    pub(crate) async fn s3(url: &str, settings: &[(&str, &str)]) -> Self {
        let bucket = new_bucket();
        s3::make_bucket(&bucket);
        let (config, files) = Self::s3_config(url, &bucket, settings);
        Self::start("velero.io/aws", config, files).await
    }

    pub(crate) fn s3_config(url: &str, bucket: &str, settings: &[(&str, &str)]) -> (Config, TempDir) {
        let files = TempDir::new().unwrap();
        let path = files.path().join("cloud");
        let keys = "[default]\naws_access_key_id=plugwright\naws_secret_access_key=plugwright-secret\n";
        std::fs::write(&path, keys).unwrap();
        let mut all = config(&[
            ("bucket", bucket),
            ("prefix", ""),
            ("region", "us-east-1"),
            ("s3Url", url),
            ("s3ForcePathStyle", "true"),
            ("credentialsFile", path.to_str().unwrap()),
        ]);
        all.extend(config(settings));
        (all, files)
    }

    pub(crate) async fn google(google: &Google) -> Self {
        let bucket = new_bucket();
        google.make_bucket(&bucket).await;
        let files = TempDir::new().unwrap();
        let path = files.path().join("cloud");
        let key = std::fs::read_to_string(variable("TEST_GOOGLE_KEY")).unwrap();
        let account = serde_json::json!({
            "type": "service_account", "client_email": "velero@example.iam.gserviceaccount.com",
            "private_key_id": "1", "private_key": key, "token_uri": format!("{}/token", google.url),
        });
        std::fs::write(&path, account.to_string()).unwrap();
        let config = config(&[
            ("bucket", &bucket),
            // The Go plugin requires the path.
            ("storeEndpoint", &format!("{}/storage/v1/", google.url)),
            ("credentialsFile", path.to_str().unwrap()),
        ]);
        Self::start("velero.io/gcp", config, files).await
    }

    pub(crate) async fn azure(settings: &[(&str, &str)]) -> Self {
        let bucket = new_bucket();
        make_container(&bucket).await;
        let files = TempDir::new().unwrap();
        let path = files.path().join("cloud");
        std::fs::write(
            &path,
            format!("AZURE_STORAGE_ACCOUNT_ACCESS_KEY={KEY}\nAZURE_CLOUD_NAME=AzurePublicCloud\n"),
        )
        .unwrap();
        let mut all = config(&[
            ("bucket", &bucket),
            ("storageAccount", ACCOUNT),
            ("storageAccountURI", &format!("{}/{ACCOUNT}", variable("TEST_AZURE"))),
            ("storageAccountKeyEnvVar", "AZURE_STORAGE_ACCOUNT_ACCESS_KEY"),
            ("credentialsFile", path.to_str().unwrap()),
        ]);
        all.extend(config(settings));
        Self::start("velero.io/azure", all, files).await
    }

    pub(crate) async fn put(&self, key: &str, content: &[u8]) {
        self.store.put_object(&self.bucket, key, content).await.unwrap();
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Vec<u8>, String> {
        let reader = self.store.get_object(&self.bucket, key).await;
        let mut content = Vec::new();
        let read = reader.map_err(|error| error.to_string())?.read_to_end(&mut content).await;
        read.map(|_| content).map_err(|error| error.to_string())
    }

    pub(crate) async fn keys(&self, prefix: &str) -> Vec<String> {
        self.store.list_objects(&self.bucket, prefix).await.unwrap()
    }
}

async fn make_container(name: &str) {
    let url = format!("{}/{ACCOUNT}/{name}?restype=container", variable("TEST_AZURE"));
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.method_mut() = http::Method::PUT;
    *request.uri_mut() = url.parse().unwrap();
    let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(KEY).unwrap());
    AzureAuthorizer::new(&credential, ACCOUNT).try_authorize(&mut request).unwrap();
    let sent = web::client().put(url).headers(request.headers().clone());
    let response = sent.header("content-length", "0").send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.text().await.unwrap());
}

/// Content without repetitions.
pub(crate) fn content(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut content = Vec::with_capacity(length + 8);
    while content.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(length);
    content
}
