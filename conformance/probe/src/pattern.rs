//! Generates bodies of any length, and computes digests.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// A generated body: byte `i` is `i` modulo 251.
pub(crate) struct Pattern {
    at: u64,
    left: u64,
    broken: bool,
}

impl Pattern {
    /// A body that ends or fails after `length` bytes.
    pub(crate) fn new(length: u64, broken: bool) -> Self {
        Self { at: 0, left: length, broken }
    }
}

impl AsyncRead for Pattern {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 && self.broken {
            return Poll::Ready(Err(io::Error::other(format!("broken after {} bytes", self.at))));
        }
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.remaining());
        let bytes = (0..=250).cycle().skip(usize::try_from(self.at % 251).unwrap_or_default());
        buffer.put_slice(&bytes.take(count).collect::<Vec<u8>>());
        self.at += count as u64;
        self.left -= count as u64;
        Poll::Ready(Ok(()))
    }
}

/// The length and FNV-1a hash of a stream.
pub(crate) struct Digest {
    length: u64,
    hash: u64,
}

impl Digest {
    pub(crate) fn new() -> Self {
        Self { length: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.hash = bytes
            .iter()
            .fold(self.hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:016x}", self.length, self.hash)
    }
}
