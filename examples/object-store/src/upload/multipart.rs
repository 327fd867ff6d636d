//! A multipart upload, which is completed or aborted.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMultipartOptions, Result,
};
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::sleep;

use super::part::Part;
use crate::failure::Failure;

/// A store may still store a part after its connection was closed.
const SECOND_ABORT: Duration = Duration::from_millis(150);

type Begun = Result<Box<dyn MultipartUpload>>;

pub(super) struct Multipart {
    objects: Arc<dyn ObjectStore>,
    path: Path,
    /// A separate task: cancelling the request could leave an upload that cannot be aborted.
    beginning: Option<JoinHandle<Begun>>,
    upload: Option<Box<dyn MultipartUpload>>,
    parts: JoinSet<Result<()>>,
    count: usize,
    size: u64,
}

impl Multipart {
    pub(super) fn new(objects: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { objects, path, beginning: None, upload: None, parts: JoinSet::new(), count: 0, size: 0 }
    }

    pub(super) async fn begin(&mut self, options: PutMultipartOptions) -> Result<()> {
        let (objects, path) = (Arc::clone(&self.objects), self.path.clone());
        let task = tokio::spawn(async move { objects.put_multipart_opts(&path, options).await });
        let begun = self.beginning.insert(task).await;
        self.beginning = None;
        self.upload = Some(begun.map_err(lost)??);
        Ok(())
    }

    /// Sends a part in the background.
    pub(super) fn put(&mut self, part: Part) -> Result<()> {
        let Some(upload) = &mut self.upload else { return Ok(()) };
        self.count += 1;
        self.size += part.payload.content_length() as u64;
        let sent = upload.put_part(part.payload);
        let memory = part.memory;
        self.parts.spawn(async move {
            let sent = sent.await;
            drop(memory);
            sent
        });
        while let Some(done) = self.parts.try_join_next() {
            done.map_err(lost)??;
        }
        Ok(())
    }

    /// Resolves when a part fails, otherwise never.
    pub(super) async fn failed(&mut self) -> Error {
        while let Some(done) = self.parts.join_next().await {
            if let Err(error) = done.map_err(lost).and_then(|done| done) {
                return error;
            }
        }
        pending().await
    }

    pub(super) async fn complete(&mut self) -> Result<()> {
        while let Some(done) = self.parts.join_next().await {
            done.map_err(lost)??;
        }
        let Some(upload) = &mut self.upload else { return Ok(()) };
        match upload.complete().await {
            Ok(_) => {}
            // A first request completed the upload, but its response was lost: the second one does not find the upload.
            Err(error @ Error::NotFound { .. }) => {
                let found = self.objects.head(&self.path).await;
                if !found.is_ok_and(|found| self.is(&found)) {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        self.upload = None;
        Ok(())
    }

    /// Whether the object is this upload: the same size, and the same number of parts at the end of S3's `ETag`.
    fn is(&self, found: &ObjectMeta) -> bool {
        let etag = found.e_tag.as_deref().unwrap_or_default();
        found.size == self.size && etag.trim_matches('"').ends_with(&format!("-{}", self.count))
    }

    /// Aborts the upload at the store.
    pub(super) async fn abort(&mut self) {
        if let Some(beginning) = self.beginning.take()
            && let Ok(Ok(upload)) = beginning.await
        {
            self.upload = Some(upload);
        }
        let in_flight = !self.parts.is_empty();
        self.parts.shutdown().await;
        if let Some(upload) = self.upload.take() {
            abort(upload, &self.path, in_flight).await;
        }
    }
}

/// A call may be cancelled at any await.
impl Drop for Multipart {
    fn drop(&mut self) {
        let (beginning, upload) = (self.beginning.take(), self.upload.take());
        if beginning.is_none() && upload.is_none() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let (path, mut parts) = (self.path.clone(), std::mem::take(&mut self.parts));
        runtime.spawn(async move {
            let in_flight = !parts.is_empty();
            parts.shutdown().await;
            let begun = match beginning {
                Some(beginning) => beginning.await.ok().and_then(Result::ok),
                None => upload,
            };
            if let Some(upload) = begun {
                abort(upload, &path, in_flight).await;
            }
        });
    }
}

async fn abort(mut upload: Box<dyn MultipartUpload>, path: &Path, in_flight: bool) {
    let aborted = upload.abort().await;
    if in_flight {
        sleep(SECOND_ABORT).await;
        // Usually the first request has aborted everything.
        let _ = upload.abort().await;
    }
    match aborted {
        Ok(()) | Err(Error::NotFound { .. }) => {}
        Err(error) => tracing::warn!(
            key = %path,
            "an upload in parts could not be aborted, and its parts stay in the bucket: {}",
            Failure::of(&error)
        ),
    }
}

fn lost(error: JoinError) -> Error {
    Error::JoinError { source: error }
}
