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
/// fn open(path: &std::path::Path) -> Result<ObjectBody> {
///     Ok(ObjectBody::blocking(std::fs::File::open(path)?))
/// }
/// let small = ObjectBody::from("a few bytes");
/// ```
pub struct ObjectBody {
    reader: Pin<Box<dyn AsyncRead + Send>>,
}

impl ObjectBody {
    /// Of a reader: a network stream, a decoder around one.
    pub fn new(reader: impl AsyncRead + Send + 'static) -> Self {
        Self { reader: Box::pin(reader) }
    }

    /// Of a reader that blocks: a file, or what a synchronous library gives. Each call of a plugin has a
    /// thread of its own, so that it may block; for a file this is faster than `tokio::fs`.
    pub fn blocking(reader: impl io::Read + Send + 'static) -> Self {
        Self::new(Blocking(reader))
    }
}

struct Blocking<R>(R);

// A reader that can move can be pinned: nothing points into it.
impl<R> Unpin for Blocking<R> {}

impl<R: io::Read> AsyncRead for Blocking<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.0.read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// Gives a byte at a time, and is interrupted before each.
    struct Slow(u8, bool);

    impl io::Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match (self.1, self.0) {
                (true, _) => Err(io::ErrorKind::Interrupted.into()),
                (false, 0) => Err(io::Error::other("broken")),
                (false, left) => {
                    self.0 -= 1;
                    buffer[0] = left;
                    Ok(1)
                }
            }
        }
    }

    #[tokio::test]
    async fn a_blocking_reader_is_read_to_its_end_or_error() {
        let mut read = Vec::new();
        ObjectBody::blocking(&b"some bytes"[..]).read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"some bytes");
        let mut read = Vec::new();
        let error = ObjectBody::blocking(Slow(2, false)).read_to_end(&mut read).await.unwrap_err();
        assert_eq!((&read[..], error.to_string().as_str()), (&[2, 1][..], "broken"));
    }
}
