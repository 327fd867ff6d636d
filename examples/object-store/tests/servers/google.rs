//! fake-gcs-server behind a translating proxy: it lacks the writes of the XML API, which become writes of the JSON API. It
//! also lacks tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::site::variable;
use crate::web::{self, Request, Response};

type Uploads = Arc<Mutex<BTreeMap<String, BTreeMap<usize, Vec<u8>>>>>;

#[derive(Clone)]
pub(crate) struct Google {
    pub(crate) url: String,
    uploads: Uploads,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Google {
    pub(crate) async fn start() -> Self {
        Self::listen("127.0.0.1:0").await
    }

    async fn listen(address: &str) -> Self {
        let (uploads, requests) = (Uploads::default(), Arc::new(Mutex::new(Vec::new())));
        let (of_handler, log) = (Arc::clone(&uploads), Arc::clone(&requests));
        let client = web::client();
        let address = web::listen(address, None, move |request| {
            let (uploads, log, client) = (Arc::clone(&of_handler), Arc::clone(&log), client.clone());
            async move {
                log.lock().unwrap().push(request.clone());
                Some(translate(&uploads, &client, request).await)
            }
        })
        .await;
        Self { url: format!("http://{address}"), uploads, requests }
    }

    pub(crate) async fn make_bucket(&self, name: &str) {
        let url = format!("{}/storage/v1/b?project=tests", variable("TEST_GOOGLE"));
        let made = web::client().post(url).body(format!("{{\"name\": \"{name}\"}}")).send().await.unwrap();
        assert!(made.status().is_success(), "{}", made.text().await.unwrap());
    }

    /// Multipart uploads that are neither completed nor aborted.
    pub(crate) fn open_uploads(&self) -> usize {
        self.uploads.lock().unwrap().len()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Not a test: `tests/run` starts it, for a real Velero.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn serve() {
    let Ok(address) = std::env::var("TEST_GOOGLE_SERVE") else { return };
    Google::listen(&address).await;
    std::future::pending::<()>().await;
}

async fn translate(uploads: &Uploads, client: &reqwest::Client, request: Request) -> Response {
    let path = request.target.split('?').next().unwrap_or_default();
    if path == "/token" {
        let token = r#"{"access_token": "token", "token_type": "Bearer", "expires_in": 3600}"#;
        return Response::new(200, token).with("content-type", "application/json");
    }
    if path.starts_with("/storage/v1/") || path.starts_with("/upload/") {
        return forward(client, &request).await;
    }
    let (bucket, key) =
        path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let (bucket, key) = (decoded(bucket), decoded(key));
    let upload = request.parameter("uploadId");
    match (request.method.as_str(), upload) {
        ("PUT", Some(upload)) => {
            let number = request.parameter("partNumber").and_then(|number| number.parse().ok()).unwrap();
            let mut uploads = uploads.lock().unwrap();
            let Some(parts) = uploads.get_mut(&upload) else { return missing("NoSuchUpload") };
            parts.insert(number, request.body);
            Response::new(200, "").with("etag", format!("\"part-{number}\""))
        }
        ("DELETE", Some(upload)) => match uploads.lock().unwrap().remove(&upload) {
            Some(_) => Response::new(204, ""),
            None => missing("NoSuchUpload"),
        },
        ("POST", Some(upload)) => {
            let Some(parts) = uploads.lock().unwrap().remove(&upload) else { return missing("NoSuchUpload") };
            let stored = store(client, &bucket, &key, parts.into_values().flatten().collect()).await;
            if stored.status != 200 {
                return stored;
            }
            let result =
                "<CompleteMultipartUploadResult><ETag>\"done\"</ETag></CompleteMultipartUploadResult>";
            Response::new(200, result)
        }
        ("POST", None) => {
            if !bucket_exists(client, &bucket).await {
                return missing("NoSuchBucket");
            }
            let mut uploads = uploads.lock().unwrap();
            let id = format!("upload-{}-{}", uploads.len(), request.headers.len() + key.len());
            uploads.insert(id.clone(), BTreeMap::new());
            let result = "InitiateMultipartUploadResult";
            Response::new(200, format!("<{result}><UploadId>{id}</UploadId></{result}>"))
        }
        ("PUT", None) => store(client, &bucket, &key, request.body).await,
        // Its XML API also lacks deletions.
        ("DELETE", None) => {
            let url = format!("{}/storage/v1/b/{bucket}/o/{}", variable("TEST_GOOGLE"), encoded(&key));
            let status = client.delete(url).send().await.unwrap().status().as_u16();
            match status {
                404 if !bucket_exists(client, &bucket).await => missing("NoSuchBucket"),
                404 => missing("NoSuchKey"),
                _ => Response::new(204, ""),
            }
        }
        ("GET", None) if key.is_empty() => list(client, &bucket, &request).await,
        _ => {
            let response = forward(client, &request).await;
            match response.status {
                404 if request.method == "GET" && !bucket_exists(client, &bucket).await => {
                    missing("NoSuchBucket")
                }
                404 if request.method == "GET" => missing("NoSuchKey"),
                _ => response,
            }
        }
    }
}

async fn forward(client: &reqwest::Client, request: &Request) -> Response {
    // It serves only its own host.
    let mut request = request.clone();
    request.headers.retain(|(name, _)| name != "host");
    web::forward(client, &variable("TEST_GOOGLE"), &request).await
}

async fn store(client: &reqwest::Client, bucket: &str, key: &str, content: Vec<u8>) -> Response {
    let google = variable("TEST_GOOGLE");
    let url = format!("{google}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={}", encoded(key));
    let stored = client
        .post(url)
        .header("content-type", "application/octet-stream")
        .body(content)
        .send()
        .await
        .unwrap();
    match stored.status().as_u16() {
        200 => Response::new(200, "").with("etag", "\"stored\""),
        404 => missing("NoSuchBucket"),
        status => Response::new(status, stored.text().await.unwrap()),
    }
}

async fn bucket_exists(client: &reqwest::Client, bucket: &str) -> bool {
    client
        .get(format!("{}/storage/v1/b/{bucket}", variable("TEST_GOOGLE")))
        .send()
        .await
        .unwrap()
        .status()
        .is_success()
}

/// Pages of three, so that the plugin must request more.
async fn list(client: &reqwest::Client, bucket: &str, request: &Request) -> Response {
    let mut url = format!("{}/storage/v1/b/{bucket}/o?maxResults=3", variable("TEST_GOOGLE"));
    for (from, to) in [("prefix", "prefix"), ("delimiter", "delimiter"), ("continuation-token", "pageToken")]
    {
        if let Some(value) = request.parameter(from) {
            url = format!("{url}&{to}={}", encoded(&value));
        }
    }
    let listed = client.get(url).send().await.unwrap();
    if listed.status() == 404 {
        return missing("NoSuchBucket");
    }
    let listed: serde_json::Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    let texts = |value: &serde_json::Value| quick_xml::escape::escape(value.as_str().unwrap()).into_owned();
    let all = |key: &str| listed[key].as_array().cloned().unwrap_or_default();
    let joined = |texts: Vec<String>| texts.concat();
    let keys = all("items")
        .iter()
        .map(|item| format!("<Contents><Key>{}</Key></Contents>", texts(&item["name"])))
        .collect();
    let prefixes = all("prefixes")
        .iter()
        .map(|prefix| format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", texts(prefix)))
        .collect();
    let (keys, prefixes) = (joined(keys), joined(prefixes));
    let next = listed["nextPageToken"].as_str().filter(|token| !token.is_empty());
    let next = next
        .map(|token| {
            format!("<NextContinuationToken>{}</NextContinuationToken>", quick_xml::escape::escape(token))
        })
        .unwrap_or_default();
    Response::new(200, format!("<ListBucketResult>{keys}{prefixes}{next}</ListBucketResult>"))
}

fn missing(code: &str) -> Response {
    Response::new(404, format!("<Error><Code>{code}</Code><Message>does not exist</Message></Error>"))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
