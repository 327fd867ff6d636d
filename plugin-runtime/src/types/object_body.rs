use std::fmt;
use std::io::{self, Cursor};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};

/// An object's content, read piece by piece: it is never in memory as a whole, in either direction.
///
/// In [`put_object`](crate::ObjectStore::put_object) it is what the host sends; a read error there
/// means that the host's stream was cut off. [`get_object`](crate::ObjectStore::get_object) returns
/// one, made of anything that reads.
///
/// ```
/// # use plugwright::{ObjectBody, Result};
/// async fn open(path: &std::path::Path) -> Result<ObjectBody> {
///     Ok(ObjectBody::new(tokio::fs::File::open(path).await?))
/// }
/// let small = ObjectBody::from("a few bytes");
/// ```
pub struct ObjectBody {
    reader: Pin<Box<dyn AsyncRead + Send>>,
}

impl ObjectBody {
    /// Of a reader: a file, a network stream, a decoder around one.
    pub fn new(reader: impl AsyncRead + Send + 'static) -> Self {
        Self { reader: Box::pin(reader) }
    }
}

impl AsyncRead for ObjectBody {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.reader.as_mut().poll_read(cx, buffer)
    }
}

impl From<Bytes> for ObjectBody {
    fn from(content: Bytes) -> Self {
        Self::new(Cursor::new(content))
    }
}

impl From<Vec<u8>> for ObjectBody {
    fn from(content: Vec<u8>) -> Self {
        Self::new(Cursor::new(content))
    }
}

impl From<String> for ObjectBody {
    fn from(content: String) -> Self {
        content.into_bytes().into()
    }
}

impl From<&'static str> for ObjectBody {
    fn from(content: &'static str) -> Self {
        Self::new(content.as_bytes())
    }
}

impl fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBody").finish_non_exhaustive()
    }
}
