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
    get(&format!("{}/{bucket}?uploads=", variable("TEST_S3"))).await.matches("<UploadId>").count()
}

async fn get(url: &str) -> String {
    let credential =
        AwsCredential { key_id: "plugwright".into(), secret_key: "plugwright-secret".into(), token: None };
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.uri_mut() = url.parse().unwrap();
    AwsAuthorizer::new(&credential, "s3", "us-east-1").try_authorize(&mut request, None).unwrap();
    let response = web::client().get(url).headers(request.headers().clone()).send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    response.text().await.unwrap()
}
