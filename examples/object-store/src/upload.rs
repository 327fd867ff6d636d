//! Uploads: a small object in one request, a larger one in parts, several at a time, within a memory limit.

mod multipart;
mod part;
mod pieces;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use object_store::path::Path;
use object_store::{Attribute, Attributes, PutMultipartOptions, PutOptions, PutPayload, TagSet};
use plugwright::{Context, ObjectBody, Result, bail};
use tokio::sync::Semaphore;

use self::multipart::Multipart;
use self::part::Parts;
use self::pieces::SharedPieces;
pub(crate) use self::plan::{Limits, Plan};
use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::provider::Action;

const CONTENT_TYPE: &str = "application/octet-stream";

/// The settings of uploads.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    pub(crate) plan: Plan,
    /// Shared by all uploads of the bucket.
    pub(crate) memory: Arc<Semaphore>,
    pieces: SharedPieces,
    pub(crate) tags: TagSet,
}

impl Uploads {
    pub(crate) fn new(plan: Plan, tags: TagSet) -> Self {
        let memory = Arc::new(Semaphore::new(plan.permits()));
        Self { plan, memory, pieces: SharedPieces::default(), tags }
    }

    fn attributes() -> Attributes {
        Attributes::from_iter([(Attribute::ContentType, CONTENT_TYPE)])
    }
}

/// An upload. A failed one leaves neither an object nor parts.
pub(crate) struct Upload<'a> {
    bucket: &'a Bucket,
    path: Path,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(bucket: &'a Bucket, path: Path) -> Self {
        Self { bucket, path }
    }

    pub(crate) async fn put(self, cx: &Context, body: &mut ObjectBody) -> Result<()> {
        let uploads = &self.bucket.uploads;
        let mut parts = Parts::new(body, uploads);
        let mut multipart = Multipart::new(Arc::clone(&self.bucket.objects), self.path.clone());
        let put = tokio::select! {
            put = self.run(&mut parts, &mut multipart) => put,
            () = cx.stopping() => bail_stopping(),
        };
        if put.is_err() {
            multipart.abort().await;
        }
        put
    }

    async fn run(&self, parts: &mut Parts<'_>, multipart: &mut Multipart) -> Result<()> {
        let Some(first) = parts.next().await? else { return self.put_whole(PutPayload::new()).await };
        if first.is_last {
            return self.put_whole(first.payload).await;
        }
        let tags = self.bucket.uploads.tags.clone();
        let options =
            PutMultipartOptions { tags, attributes: Uploads::attributes(), ..PutMultipartOptions::default() };
        self.explained(multipart.begin(options).await)?;
        self.explained(multipart.put(first))?;
        loop {
            let next = tokio::select! {
                next = parts.next() => next?,
                failed = multipart.failed() => return self.explained(Err(failed)),
            };
            let Some(part) = next else { break };
            self.explained(multipart.put(part))?;
        }
        self.explained(multipart.complete().await)
    }

    async fn put_whole(&self, payload: PutPayload) -> Result<()> {
        let tags = self.bucket.uploads.tags.clone();
        let options = PutOptions { tags, attributes: Uploads::attributes(), ..PutOptions::default() };
        self.explained(self.bucket.objects.put_opts(&self.path, payload, options).await.map(drop))
    }

    #[track_caller]
    fn explained(&self, done: object_store::Result<()>) -> Result<()> {
        done.map_err(|error| self.bucket.fail(&Failure::of(&error), Action::Put))
    }
}

fn bail_stopping() -> Result<()> {
    bail!("the upload was aborted, because Velero ends this process")
}
