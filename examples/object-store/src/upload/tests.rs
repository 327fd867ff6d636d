use std::fmt;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::client::{HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService};
use object_store::memory::InMemory;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutResult, UploadPart,
};
use plugwright::Kind;
use tokio::time::sleep;

use super::*;
use crate::bucket::Links;
use crate::failure::Site;
use crate::listing::{Authorize, Dialect, Listing};
use crate::settings::Size;

const KIBIBYTE: usize = 1 << 10;

#[derive(Debug, Default)]
struct Counts {
    whole: AtomicUsize,
    begun: AtomicUsize,
    aborted: AtomicUsize,
    completed: AtomicUsize,
    parts: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

/// The faults.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// The part with this number, from 1.
    Part(usize),
    /// Completes the upload and loses the response.
    LostResponse,
    Complete,
    /// No part is ever sent.
    Slow,
}

/// Objects in memory, in a store with counters and faults.
#[derive(Debug)]
struct Counting {
    inner: InMemory,
    counts: Arc<Counts>,
    fault: Fault,
    /// The number of parts, as in S3's `ETag`.
    etag: Mutex<Option<String>>,
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counting")
    }
}

#[derive(Debug)]
struct CountingUpload {
    inner: Box<dyn MultipartUpload>,
    counts: Arc<Counts>,
    fault: Fault,
}

fn error(text: &'static str) -> Error {
    Error::Generic { store: "test", source: text.into() }
}

#[async_trait::async_trait]
impl MultipartUpload for CountingUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (counts, fault, put) = (Arc::clone(&self.counts), self.fault, self.inner.put_part(data));
        let number = counts.parts.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            let running = counts.running.fetch_add(1, Ordering::SeqCst) + 1;
            counts.most.fetch_max(running, Ordering::SeqCst);
            let wait =
                if fault == Fault::Slow { Duration::from_secs(1 << 20) } else { Duration::from_millis(7) };
            sleep(wait).await;
            counts.running.fetch_sub(1, Ordering::SeqCst);
            if fault == Fault::Part(number) { Err(error("part refused")) } else { put.await }
        })
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        if self.fault == Fault::Complete {
            return Err(error("complete refused"));
        }
        self.counts.completed.fetch_add(1, Ordering::SeqCst);
        let completed = self.inner.complete().await;
        if self.fault == Fault::LostResponse {
            return Err(Error::NotFound { path: "key".into(), source: "NoSuchUpload".into() });
        }
        completed
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.counts.aborted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[async_trait::async_trait]
impl ObjectStore for Counting {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.counts.whole.fetch_add(1, Ordering::SeqCst);
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(path, options).await?;
        self.counts.begun.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(CountingUpload { inner, counts: Arc::clone(&self.counts), fault: self.fault }))
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let mut found = self.inner.get_opts(path, options).await?;
        found.meta.e_tag = self.etag.lock().unwrap().clone().or(found.meta.e_tag);
        Ok(found)
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// Never called.
#[derive(Debug)]
struct Nobody;

#[async_trait::async_trait]
impl HttpService for Nobody {
    async fn call(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::new(HttpErrorKind::Unknown, io::Error::other("nobody")))
    }
}

#[async_trait::async_trait]
impl Authorize for Nobody {
    async fn check(&self) -> object_store::Result<()> {
        Ok(())
    }

    async fn authorize(&self, _: &mut HttpRequest) -> object_store::Result<()> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl Signer for Nobody {
    async fn signed_url(&self, _: http::Method, _: &Path, _: Duration) -> object_store::Result<url::Url> {
        Err(error("nobody"))
    }
}

/// Parts of 64 KiB, four of which fit into the memory.
fn bucket(fault: Fault) -> (Bucket, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let store =
        Counting { inner: InMemory::new(), counts: Arc::clone(&counts), fault, etag: Mutex::default() };
    let plan = Plan::new(Size(64 << 10), Size(256 << 10), Limits::AZURE).unwrap();
    let bucket = Bucket {
        objects: Arc::new(store),
        listing: Listing {
            http: HttpClient::new(Nobody),
            url: "http://h/bkt".parse().unwrap(),
            dialect: Dialect::S3,
            descending: true,
            authorize: Arc::new(Nobody),
        },
        links: Links { signer: Arc::new(Nobody), options: SignedUrlOptions::default() },
        uploads: Uploads::new(plan, TagSet::default()),
        site: Site {
            noun: "bucket",
            bucket: "bkt".into(),
            endpoint: "http://h".into(),
            endpoint_key: "s3Url",
            region: None,
            credentials: "tests".into(),
            permission: |_| "put",
        },
    };
    (bucket, counts)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n / 7).to_le_bytes()[0]).collect()
}

async fn put(bucket: &Bucket, mut body: ObjectBody) -> Result<(), String> {
    let cx = Context::for_tests(Kind::ObjectStore, "velero.io/aws");
    bucket.put(&cx, "key", &mut body).await.map_err(|error| error.to_string())
}

async fn stored(bucket: &Bucket) -> Option<Bytes> {
    bucket.objects.get(&"key".into()).await.ok()?.bytes().await.ok()
}

fn count(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn an_object_is_stored_as_it_is() {
    let part = 64 * KIBIBYTE;
    for (length, parts) in
        [(0, 0), (1, 0), (part, 0), (part + 1, 2), (3 * part, 3), (3 * part + 5, 4), (40 * part - 1, 40)]
    {
        let (bucket, counts) = bucket(Fault::None);
        // Chunks of an irregular size, as from a connection.
        let content = content(length);
        let pieces: Vec<_> = content.chunks(7001).map(|piece| Ok::<_, io::Error>(piece.to_vec())).collect();
        put(&bucket, ObjectBody::from_stream(stream::iter(pieces))).await.unwrap();
        assert!(stored(&bucket).await.unwrap() == content, "{length}");
        let whole = usize::from(parts == 0);
        assert_eq!((count(&counts.whole), count(&counts.parts)), (whole, parts), "{length}");
        assert_eq!(count(&counts.aborted), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn parts_are_sent_in_parallel_within_the_memory() {
    let (bucket, counts) = bucket(Fault::None);
    put(&bucket, content(64 * KIBIBYTE * 20).into()).await.unwrap();
    assert!((2..=4).contains(&count(&counts.most)), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_cut_off_leaves_nothing() {
    for length in [10, 64 * KIBIBYTE * 5 + 10] {
        let (bucket, counts) = bucket(Fault::None);
        let pieces = [Ok(content(length)), Err(io::Error::other("cut off"))];
        let error = put(&bucket, ObjectBody::from_stream(stream::iter(pieces))).await.unwrap_err();
        assert!(error.contains("cut off"), "{error}");
        assert_eq!(stored(&bucket).await, None);
        assert_eq!(count(&counts.begun).min(1), count(&counts.aborted).min(1), "{counts:?}");
        assert_eq!((count(&counts.completed), count(&counts.running)), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_ends_the_upload() {
    for fault in [Fault::Part(1), Fault::Part(3), Fault::Part(8), Fault::Complete] {
        let (bucket, counts) = bucket(fault);
        let error = put(&bucket, content(64 * KIBIBYTE * 8).into()).await.unwrap_err();
        assert!(error.contains("refused"), "{error}");
        assert_eq!(stored(&bucket).await, None);
        assert!(count(&counts.aborted) >= 1 && count(&counts.completed) == 0, "{counts:?}");
    }
    // Even while the host sends nothing.
    let (bucket, counts) = bucket(Fault::Part(2));
    let pieces = stream::iter([Ok::<_, io::Error>(content(64 * KIBIBYTE * 3 + 1))]).chain(stream::pending());
    assert!(put(&bucket, ObjectBody::from_stream(pieces)).await.unwrap_err().contains("refused"));
    assert!(count(&counts.aborted) >= 1);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_given_up_is_aborted() {
    let (bucket, counts) = bucket(Fault::Slow);
    let put = put(&bucket, content(64 * KIBIBYTE * 8).into());
    assert!(tokio::time::timeout(Duration::from_secs(1), put).await.is_err());
    sleep(Duration::from_secs(1)).await;
    assert!(count(&counts.begun) == 1 && count(&counts.aborted) >= 1, "{counts:?}");
    assert_eq!(stored(&bucket).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_response_is_not_a_failure() {
    let (mut bucket, _) = bucket(Fault::LostResponse);
    for (etag, expected) in [("\"abc-3\"", true), ("\"abc-4\"", false), ("\"abc\"", false)] {
        let counts = Arc::new(Counts::default());
        let etag = Mutex::new(Some(etag.to_owned()));
        bucket.objects =
            Arc::new(Counting { inner: InMemory::new(), counts, fault: Fault::LostResponse, etag });
        assert_eq!(put(&bucket, content(64 * KIBIBYTE * 3).into()).await.is_ok(), expected);
    }
}
