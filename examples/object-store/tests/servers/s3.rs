//! Requests to versitygw without the plugin.

use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};

use crate::site::variable;
use crate::web;

/// A folder is a bucket.
pub(crate) fn make_bucket(name: &str) {
    std::fs::create_dir(format!("{}/{name}", variable("TEST_S3_DATA"))).unwrap();
}

/// The multipart uploads of the bucket that are neither completed nor aborted.
pub(crate) async fn open_uploads(bucket: &str) -> usize {
    uploads(&variable("TEST_S3"), bucket).await.len()
}

/// The stored parts of all such uploads, at this URL.
pub(crate) async fn open_parts(url: &str, bucket: &str) -> usize {
    let mut parts = 0;
    for (key, id) in uploads(url, bucket).await {
        parts += get(&format!("{url}/{bucket}/{key}?uploadId={id}")).await.matches("<PartNumber>").count();
    }
    parts
}

/// Keys and IDs.
async fn uploads(url: &str, bucket: &str) -> Vec<(String, String)> {
    let listed = get(&format!("{url}/{bucket}?uploads=")).await;
    let text = |upload: &str, name: &str| {
        let (_, rest) = upload.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    listed.split("<Upload>").skip(1).map(|upload| (text(upload, "Key"), text(upload, "UploadId"))).collect()
}

async fn get(url: &str) -> String {
    let response = send(http::Method::GET, url, Vec::new()).await;
    assert!(response.status().is_success(), "{}", response.status());
    response.text().await.unwrap()
}

/// Sends a request with its own signature.
pub(crate) async fn send(method: http::Method, url: &str, body: Vec<u8>) -> reqwest::Response {
    let credential =
        AwsCredential { key_id: "plugwright".into(), secret_key: "plugwright-secret".into(), token: None };
    let mut request = HttpRequest::new(HttpRequestBody::from(body.clone()));
    *request.method_mut() = method.clone();
    *request.uri_mut() = url.parse().unwrap();
    AwsAuthorizer::new(&credential, "s3", "us-east-1").try_authorize(&mut request, None).unwrap();
    let sent = web::client().request(method, url).headers(request.headers().clone()).body(body);
    sent.send().await.unwrap()
}
