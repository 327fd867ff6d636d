//! Reads gob messages from a stream.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, BufReader};

use super::gob::{Decoder, Gob, GobError, Value, put_bytes};
use super::memory::{MESSAGE, Memory, Share};

/// The error of reading a value.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The stream is unusable.
    Stream(io::Error),
    /// This value is invalid; the next one may be valid.
    Value(GobError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => error.fmt(f),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

impl From<GobError> for ReadError {
    fn from(error: GobError) -> Self {
        Self::Value(error)
    }
}

fn unexpected_end() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

fn too_long(length: usize) -> String {
    format!("expected a message of at most {MESSAGE} bytes, found {length}")
}

/// Skips this many bytes, in pieces.
async fn skip(from: &mut (impl AsyncRead + Unpin), length: usize) -> io::Result<()> {
    let skipped = tokio::io::copy(&mut from.take(length as u64), &mut tokio::io::sink()).await?;
    if skipped < length as u64 { Err(unexpected_end()) } else { Ok(()) }
}

/// The maximum number of further messages of a value.
const CUTS: u32 = 16;

/// One direction of a stream.
#[derive(Debug)]
pub(super) struct Messages<R> {
    from: BufReader<R>,
    decoder: Decoder,
    memory: Memory,
}

impl<R: AsyncRead + Unpin> Messages<R> {
    pub(super) fn new(from: R, memory: Memory) -> Self {
        Self { from: BufReader::new(from), decoder: Decoder::default(), memory }
    }

    /// Returns the next value; `None` at the end of the stream.
    pub(super) async fn value<T: Gob>(&mut self) -> Result<Option<T>, ReadError> {
        let read = |decoder: &mut Decoder, value: Value<'_>, memory| decoder.decode(value, memory);
        Ok(self.value_with(read).await?.map(|(value, _)| value))
    }

    /// Returns the result of `read` for the next value, with its memory limit; `None` at the end of the
    /// stream. If the value continues in another message, `read` is called again.
    pub(super) async fn value_with<T>(
        &mut self,
        mut read: impl FnMut(&mut Decoder, Value<'_>, usize) -> Result<T, GobError>,
    ) -> Result<Option<(T, Share)>, ReadError> {
        let Some((mut message, mut share)) = self.message().await? else { return Ok(None) };
        let mut more = 0;
        loop {
            let Some(value) = self.decoder.read(&message)? else {
                drop(share);
                let next = self.message().await?;
                (message, share) = next.ok_or_else(unexpected_end)?;
                continue;
            };
            match read(&mut self.decoder, value, share.for_value()) {
                Ok(read) => return Ok(Some((read, share))),
                Err(error) if error.is_unfinished() && more < CUTS => {
                    more += 1;
                    drop(share);
                    let (next, _) = self.message().await?.ok_or_else(unexpected_end)?;
                    put_bytes(&mut message, &next);
                    share = self.share(message.len()).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// `None` at the end of the stream.
    async fn message(&mut self) -> Result<Option<(Vec<u8>, Share)>, ReadError> {
        let length = match self.from.read_u8().await {
            Ok(short @ ..0x80) => u64::from(short),
            Ok(count) => self.long_length(count.wrapping_neg()).await?,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MESSAGE {
            // Go's side waits until everything is sent, whatever it receives meanwhile (net/rpc's `client.go`
            // holds its lock, and yamux's `stream.go`, `Write`, waits for the window).
            skip(&mut self.from, length).await?;
            return Err(ReadError::Value(GobError::new(too_long(length))));
        }
        let share = self.share(length).await?;
        // Grows with the received data, not with the announced length.
        let mut message = Vec::new();
        (&mut self.from).take(length as u64).read_to_end(&mut message).await?;
        if message.len() < length {
            return Err(unexpected_end().into());
        }
        Ok(Some((message, share)))
    }

    async fn share(&self, length: usize) -> io::Result<Share> {
        let too_long = || io::Error::new(io::ErrorKind::InvalidData, too_long(length));
        if length > MESSAGE {
            return Err(too_long());
        }
        self.memory.for_message(length).await.ok_or_else(too_long)
    }

    async fn long_length(&mut self, count: u8) -> io::Result<u64> {
        let mut bytes = [0; 8];
        let Some(used) = bytes.get_mut(..usize::from(count)) else {
            let problem = format!("expected a message length of at most 8 bytes, found {count}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        };
        self.from.read_exact(used).await?;
        Ok(used.iter().fold(0, |length, byte| length << 8 | u64::from(*byte)))
    }
}
