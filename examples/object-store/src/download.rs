//! Downloads: resumed after a broken connection, and never truncated.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectStore};
use plugwright::ObjectBody;
use tokio::time::{sleep, timeout};

use crate::failure::Failure;

/// The number of attempts without progress.
const ATTEMPTS: u32 = 5;

/// The maximum time without data.
const SILENCE: Duration = Duration::from_secs(60);

/// The wait before the second attempt. It doubles with each attempt.
const BACKOFF: Duration = Duration::from_millis(200);

/// The rest of an object.
pub(crate) struct Download {
    objects: Arc<dyn ObjectStore>,
    path: Path,
    /// A resumed download must be of the same object. Without an `ETag`, this cannot be checked.
    etag: Option<String>,
    size: u64,
    read: u64,
    content: BoxStream<'static, object_store::Result<Bytes>>,
    /// Attempts without progress.
    attempts: u32,
}

impl Download {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, path: Path, found: GetResult) -> Self {
        Self {
            objects,
            path,
            etag: found.meta.e_tag.clone(),
            size: found.meta.size,
            read: 0,
            content: found.into_stream(),
            attempts: 0,
        }
    }

    pub(crate) fn into_body(self) -> ObjectBody {
        ObjectBody::from_stream(stream::try_unfold(self, Self::next))
    }

    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            let broken = match timeout(SILENCE, self.content.next()).await {
                Ok(Some(Ok(bytes))) if bytes.is_empty() => continue,
                Ok(Some(Ok(bytes))) => {
                    self.read += bytes.len() as u64;
                    self.attempts = 0;
                    if self.read > self.size {
                        return Err(self.error("the store sent more than the object's size"));
                    }
                    return Ok(Some((bytes, self)));
                }
                Ok(None) if self.read == self.size => return Ok(None),
                Ok(None) => "the connection ended early".to_owned(),
                Ok(Some(Err(error))) => Failure::of(&error).to_string(),
                Err(_) => format!("the store sent nothing for {SILENCE:?}"),
            };
            self.resume(broken).await?;
        }
    }

    async fn resume(&mut self, mut broken: String) -> io::Result<()> {
        if self.etag.is_none() {
            return Err(
                self.error(&format!("{broken}; the store sends no ETag, so that it cannot be resumed"))
            );
        }
        while self.attempts < ATTEMPTS {
            sleep(BACKOFF * 2_u32.pow(self.attempts)).await;
            self.attempts += 1;
            tracing::info!(key = %self.path, read = self.read, size = self.size, "resuming a download: {broken}");
            let range = Some(GetRange::Bounded(self.read..self.size));
            match self.objects.get_opts(&self.path, GetOptions { range, ..GetOptions::default() }).await {
                Ok(found) if found.meta.e_tag == self.etag && found.meta.size == self.size => {
                    self.content = found.into_stream();
                    return Ok(());
                }
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {
                    return Err(self.error("the object was replaced or deleted while it was read"));
                }
                Err(error) => broken = Failure::of(&error).to_string(),
            }
        }
        Err(self.error(&broken))
    }

    fn error(&self, text: &str) -> io::Error {
        let Self { path, read, size, .. } = self;
        io::Error::other(format!("error reading object {path} after {read} of {size} bytes: {text}"))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Mutex;

    use object_store::memory::InMemory;
    use object_store::{
        CopyOptions, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStoreExt as _,
        PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    };

    use super::*;

    /// Objects in memory, over connections that break after this number of bytes. `None` is a regular but early end.
    #[derive(Debug)]
    struct Breaking {
        inner: InMemory,
        connections: Mutex<Vec<(usize, bool)>>,
    }

    impl std::fmt::Display for Breaking {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Breaking")
        }
    }

    #[async_trait::async_trait]
    impl ObjectStore for Breaking {
        async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
            self.inner.put_opts(path, payload, options).await
        }

        async fn put_multipart_opts(
            &self,
            path: &Path,
            options: PutMultipartOptions,
        ) -> Result<Box<dyn MultipartUpload>> {
            self.inner.put_multipart_opts(path, options).await
        }

        async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
            let mut found = self.inner.get_opts(path, options).await?;
            let content =
                std::mem::replace(&mut found.payload, GetResultPayload::Stream(stream::empty().boxed()));
            let content = GetResult { payload: content, ..copy(&found) }.bytes().await?;
            let connection = self.connections.lock().unwrap().pop();
            let (length, clean) = connection.unwrap_or((usize::MAX, true));
            let mut parts = vec![Ok(content.slice(..length.min(content.len())))];
            if length < content.len() && !clean {
                let source = "connection reset".into();
                parts.push(Err(object_store::Error::Generic { store: "test", source }));
            }
            found.payload = GetResultPayload::Stream(stream::iter(parts).boxed());
            Ok(found)
        }

        fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
            self.inner.delete_stream(paths)
        }

        fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
            self.inner.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
            self.inner.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
            self.inner.copy_opts(from, to, options).await
        }
    }

    fn copy(found: &GetResult) -> GetResult {
        GetResult {
            payload: GetResultPayload::Stream(stream::empty().boxed()),
            meta: found.meta.clone(),
            range: Range::clone(&found.range),
            attributes: found.attributes.clone(),
            extensions: found.extensions.clone(),
        }
    }

    async fn read(connections: &[(usize, bool)], replace: bool) -> io::Result<Vec<u8>> {
        let inner = InMemory::new();
        inner.put(&"key".into(), Bytes::from(content()).into()).await.unwrap();
        let connections = Mutex::new(connections.iter().rev().copied().collect());
        let objects = Arc::new(Breaking { inner, connections });
        let found = objects.get_opts(&"key".into(), GetOptions::default()).await.unwrap();
        if replace {
            objects.inner.put(&"key".into(), Bytes::from(vec![9; 1000]).into()).await.unwrap();
        }
        let mut body = Download::new(objects, "key".into(), found).into_body();
        let mut read = Vec::new();
        while let Some(bytes) = body.chunk().await? {
            read.extend_from_slice(&bytes);
        }
        Ok(read)
    }

    fn content() -> Vec<u8> {
        (0..1000_u32).map(|n| n.to_le_bytes()[0]).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_download_is_resumed_where_it_broke() {
        for connections in
            [&[][..], &[(0, false)], &[(999, false), (0, true), (1, false)], &[(500, true), (500, false)]]
        {
            assert!(read(connections, false).await.unwrap() == content(), "{connections:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_object_is_an_error() {
        let error = read(&[(7, false); 1], true).await.unwrap_err().to_string();
        assert!(error.contains("after 7 of 1000 bytes: the object was replaced"), "{error}");
        let mut connections = vec![(7, true)];
        connections.extend([(0, true); 5]);
        let error = read(&connections, false).await.unwrap_err().to_string();
        assert!(error.contains("after 7 of 1000 bytes: the connection ended early"), "{error}");
    }
}
