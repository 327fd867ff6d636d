//! [`ObjectBody`]: the streamed content of an object.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};
use tokio_stream::Stream;

/// The minimum size of a chunk other than the last.
const PIECE: usize = 64 << 10;

/// An object's content, streamed in chunks: it is never in memory as a whole, in either direction.
///
/// In [`put_object`](crate::ObjectStore::put_object) it is the content that the host sends; a read error
/// means that the host's stream was cut off. [`get_object`](crate::ObjectStore::get_object) returns one,
/// created from a reader, a stream of bytes or a text.
///
/// Read it with [`chunk`](Self::chunk), as a [stream](Self::into_stream) or as an [`AsyncRead`]; the three
/// may be mixed.
///
/// ```
/// # use plugwright::{ObjectBody, Result};
/// fn open(path: &std::path::Path) -> Result<ObjectBody> {
///     Ok(ObjectBody::blocking(std::fs::File::open(path)?))
/// }
/// let small = ObjectBody::from("a few bytes");
/// assert_eq!(small.size_hint(), (11, Some(11)));
/// ```
pub struct ObjectBody {
    source: Source,
    /// Received from the source but not yet read.
    rest: Bytes,
    /// The chunk being filled; precedes `rest` in the content.
    filling: BytesMut,
}

enum Source {
    Reader(Pin<Box<dyn AsyncRead + Send>>),
    Stream(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>),
    Failed(io::Error),
    End,
}

impl ObjectBody {
    /// Creates a body from an async reader, such as a network stream or a decoder.
    pub fn new(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::of(Source::Reader(Box::pin(reader)))
    }

    /// Creates a body from a blocking reader, such as a file or a reader of a synchronous library. Each
    /// plugin call may block; for files this is faster than `tokio::fs`.
    pub fn blocking(reader: impl io::Read + Send + 'static) -> Self {
        Self::new(Blocking(reader))
    }

    /// Creates a body from a stream of bytes, as returned by object store clients.
    ///
    /// ```
    /// # use plugwright::ObjectBody;
    /// # use bytes::Bytes;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let parts = ["a few ", "bytes"].map(|part| Ok::<_, std::io::Error>(Bytes::from(part)));
    /// let mut body = ObjectBody::from_stream(tokio_stream::iter(parts));
    /// assert_eq!(body.chunk().await?.unwrap(), "a few bytes");
    /// # Ok::<(), plugwright::Error>(())
    /// # })?;
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn from_stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self::of(Source::Stream(Box::pin(tokio_stream::StreamExt::map(stream, |part| match part {
            Ok(part) => Ok(part.into()),
            Err(error) => Err(into_io_error(error.into())),
        }))))
    }

    fn of(source: Source) -> Self {
        Self { source, rest: Bytes::new(), filling: BytesMut::new() }
    }

    /// Returns the next chunk of the content, or `None` at its end.
    ///
    /// Every chunk except the last has at least 64 KiB, and an object in memory is a single chunk. This
    /// method is cancel safe.
    ///
    /// ```
    /// # use plugwright::{ObjectBody, Result};
    /// async fn length(body: &mut ObjectBody) -> Result<usize> {
    ///     let mut length = 0;
    ///     while let Some(piece) = body.chunk().await? {
    ///         length += piece.len();
    ///     }
    ///     Ok(length)
    /// }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # assert_eq!(runtime.block_on(length(&mut ObjectBody::from("a few bytes")))?, 11);
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// Errors are those of the reader or stream; in `put_object`, an error means that the host's stream was
    /// cut off.
    pub fn chunk(&mut self) -> impl Future<Output = io::Result<Option<Bytes>>> + Send + '_ {
        poll_fn(|cx| self.poll_piece(cx, PIECE).map(Option::transpose))
    }

    /// Converts the content to a stream of [`chunk`](Self::chunk)s.
    ///
    /// ```
    /// # use plugwright::ObjectBody;
    /// # use tokio_stream::StreamExt as _;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let mut pieces = ObjectBody::from("a few bytes").into_stream();
    /// assert_eq!(pieces.next().await.unwrap()?, "a few bytes");
    /// assert!(pieces.next().await.is_none());
    /// # Ok::<(), plugwright::Error>(())
    /// # })?;
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static {
        Pieces(self)
    }

    /// Returns lower and, if known, upper bound of the remaining bytes.
    ///
    /// Exact for an object in memory. Hosts do not announce the size of objects they put.
    pub fn size_hint(&self) -> (u64, Option<u64>) {
        let known = (self.filling.len() + self.rest.len()) as u64;
        (known, matches!(self.source, Source::End).then_some(known))
    }

    /// Polls the next chunk, of at least `least` bytes unless it is the last.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        least: usize,
    ) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            let is_whole = self.rest.len() >= least || matches!(self.source, Source::End);
            if self.filling.is_empty() && is_whole && !self.rest.is_empty() {
                return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
            }
            if !self.rest.is_empty() {
                // At once, so that it does not grow and move with each part.
                self.filling.reserve(least.saturating_sub(self.filling.len()));
                self.filling.extend_from_slice(&std::mem::take(&mut self.rest));
            }
            if self.filling.len() >= least {
                return Poll::Ready(Some(Ok(self.filling.split().freeze())));
            }
            let read = match &mut self.source {
                Source::Failed(_) | Source::End if !self.filling.is_empty() => {
                    return Poll::Ready(Some(Ok(self.filling.split().freeze())));
                }
                Source::End => return Poll::Ready(None),
                Source::Failed(_) => Ok(false),
                Source::Reader(reader) => {
                    self.filling.reserve(least - self.filling.len());
                    ready!(pin!(reader.read_buf(&mut self.filling)).poll(cx)).map(|read| read > 0)
                }
                Source::Stream(stream) => match ready!(stream.as_mut().poll_next(cx)) {
                    None => Ok(false),
                    Some(part) => part.map(|part| self.rest = part).map(|()| true),
                },
            };
            match read {
                Ok(true) => {}
                Err(error) => self.source = Source::Failed(error),
                Ok(false) => {
                    if let Source::Failed(error) = std::mem::replace(&mut self.source, Source::End) {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
        }
    }
}

fn into_io_error(error: Box<dyn std::error::Error + Send + Sync>) -> io::Error {
    match error.downcast::<io::Error>() {
        Ok(error) => *error,
        Err(error) => io::Error::other(error),
    }
}

struct Pieces(ObjectBody);

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_piece(cx, PIECE)
    }
}

struct Blocking<R>(R);

// The reader is movable, so it can be pinned: nothing points into it.
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
        let this = &mut *self;
        if this.filling.is_empty()
            && this.rest.is_empty()
            && let Source::Reader(reader) = &mut this.source
        {
            return reader.as_mut().poll_read(cx, buffer);
        }
        if !this.filling.is_empty() {
            take(&mut this.filling, buffer);
            return Poll::Ready(Ok(()));
        }
        if this.rest.is_empty()
            && let Some(piece) = ready!(this.poll_piece(cx, 1))
        {
            this.rest = piece?;
        }
        take(&mut this.rest, buffer);
        Poll::Ready(Ok(()))
    }
}

/// Copies as much as fits.
fn take(from: &mut impl Buf, to: &mut ReadBuf<'_>) {
    let length = from.remaining().min(to.remaining());
    to.put_slice(&from.chunk()[..length]);
    from.advance(length);
}

impl From<Bytes> for ObjectBody {
    fn from(content: Bytes) -> Self {
        Self { rest: content, ..Self::of(Source::End) }
    }
}

impl From<Vec<u8>> for ObjectBody {
    fn from(content: Vec<u8>) -> Self {
        Bytes::from(content).into()
    }
}

impl From<String> for ObjectBody {
    fn from(content: String) -> Self {
        content.into_bytes().into()
    }
}

impl From<&'static str> for ObjectBody {
    fn from(content: &'static str) -> Self {
        Bytes::from(content).into()
    }
}

impl fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBody").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time, and is interrupted before each.
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
    async fn blocking_reader_is_read_to_end_or_error() {
        let mut read = Vec::new();
        ObjectBody::blocking(&b"some bytes"[..]).read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"some bytes");
        let mut read = Vec::new();
        let error = ObjectBody::blocking(Slow(2, false)).read_to_end(&mut read).await.unwrap_err();
        assert_eq!((&read[..], error.to_string().as_str()), (&[2, 1][..], "broken"));
    }

    fn parts(sizes: &[usize]) -> (ObjectBody, Vec<u8>) {
        let mut content = Vec::new();
        let parts: Vec<io::Result<Bytes>> = sizes
            .iter()
            .map(|&size| {
                let part: Vec<u8> =
                    (content.len()..content.len() + size).map(|n| (n / 3).to_le_bytes()[0]).collect();
                content.extend_from_slice(&part);
                Ok(part.into())
            })
            .collect();
        (ObjectBody::from_stream(tokio_stream::iter(parts)), content)
    }

    #[tokio::test]
    async fn small_parts_are_merged_and_large_ones_kept() {
        for (sizes, expected) in [
            (&[][..], &[][..]),
            (&[0, 0], &[]),
            (&[5], &[5]),
            (&[16 << 10; 9], &[64 << 10, 64 << 10, 16 << 10]),
            (&[1, 0, 70_000, 3], &[70_001, 3]),
            (&[1 << 20, 1, 65_535, 65_536], &[1 << 20, 65_536, 65_536]),
        ] {
            let (mut body, content) = parts(sizes);
            let (mut read, mut lengths) = (Vec::new(), Vec::new());
            while let Some(piece) = body.chunk().await.unwrap() {
                lengths.push(piece.len());
                read.extend_from_slice(&piece);
            }
            assert_eq!((&lengths[..], read == content), (expected, true), "{sizes:?}");
            assert!(body.chunk().await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn reader_is_read_in_chunks() {
        let mut body = ObjectBody::new(tokio::io::repeat(7).take(150_000));
        assert_eq!(body.size_hint(), (0, None));
        let mut read = 0;
        while let Some(piece) = body.chunk().await.unwrap() {
            assert!(piece.len() >= PIECE || read + piece.len() == 150_000, "{}", piece.len());
            read += piece.len();
        }
        assert_eq!((read, body.size_hint()), (150_000, (0, Some(0))));
    }

    #[tokio::test]
    async fn chunk_and_read_may_be_mixed() {
        let (mut body, content) = parts(&[10, 20, 70_000, 5]);
        let mut read = vec![0; 4];
        body.read_exact(&mut read).await.unwrap();
        read.extend_from_slice(&body.chunk().await.unwrap().unwrap());
        assert_eq!(read.len(), 70_030);
        body.read_to_end(&mut read).await.unwrap();
        assert!(read == content);
    }

    #[tokio::test]
    async fn bytes_before_an_error_are_returned_first() {
        let parts = [Ok(Bytes::from("half")), Err("unplugged"), Ok(Bytes::from("never"))];
        let mut body = ObjectBody::from_stream(tokio_stream::iter(parts));
        assert_eq!(body.chunk().await.unwrap().unwrap(), "half");
        assert_eq!(body.chunk().await.unwrap_err().to_string(), "unplugged");
        assert!(body.chunk().await.unwrap().is_none());
        let mut body = ObjectBody::blocking(Slow(2, false));
        assert_eq!(&body.chunk().await.unwrap().unwrap()[..], [2, 1]);
        assert_eq!(body.chunk().await.unwrap_err().to_string(), "broken");
    }

    #[test]
    fn memory_is_a_single_chunk_without_copy() {
        let content = Bytes::from(vec![1; 1000]);
        let mut body = ObjectBody::from(content.clone());
        assert_eq!(body.size_hint(), (1000, Some(1000)));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Some(Ok(piece))) = body.poll_piece(&mut cx, PIECE) else { panic!("a piece") };
        assert_eq!((piece.as_ptr(), piece.len()), (content.as_ptr(), 1000));
        assert_eq!(body.size_hint(), (0, Some(0)));
    }
}
