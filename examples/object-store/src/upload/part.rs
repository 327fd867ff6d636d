//! The parts of an object, filled from its body.

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use object_store::PutPayload;
use plugwright::{ErrorContext as _, ObjectBody, Result, bail};
use tokio::io::AsyncReadExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::Uploads;
use super::pieces::{Memory, PIECE, Pieces};

/// A part. Its memory is used again once it is sent.
pub(super) struct Part {
    pub(super) payload: PutPayload,
    pub(super) is_last: bool,
    pub(super) memory: Memory,
}

/// The fields about the part being filled are here, so that a cancelled call loses nothing.
pub(super) struct Parts<'a> {
    body: &'a mut ObjectBody,
    uploads: &'a Uploads,
    pieces: Arc<Pieces>,
    number: u64,
    /// Already read, for the next part.
    rest: Option<Bytes>,
    at_end: bool,
    full: Vec<Bytes>,
    /// The number of bytes in `full`.
    filled: u64,
    filling: BytesMut,
    share: Option<OwnedSemaphorePermit>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(body: &'a mut ObjectBody, uploads: &'a Uploads) -> Self {
        let (full, filled, filling) = (Vec::new(), 0, BytesMut::new());
        let pieces = uploads.pieces.get();
        Self {
            body,
            uploads,
            pieces,
            number: 0,
            rest: None,
            at_end: false,
            full,
            filled,
            filling,
            share: None,
        }
    }

    /// Returns the next part once it has memory. All parts except the last have the planned size.
    pub(super) async fn next(&mut self) -> Result<Option<Part>> {
        if self.at_end {
            return Ok(None);
        }
        let Some(size) = self.uploads.plan.size(self.number) else {
            bail!(
                "the object is too large: the store accepts {} parts; increase the size of a part",
                self.number
            )
        };
        if self.share.is_none() {
            let permits = self.uploads.plan.permits_of(size);
            let share = Arc::clone(&self.uploads.memory).acquire_many_owned(permits).await;
            self.share = Some(share.context("the memory of uploads")?);
        }
        self.fill(size).await.context("reading the object from Velero")?;
        let Some(share) = self.share.take() else { return Ok(None) };
        self.number += 1;
        self.filled = 0;
        let used = std::mem::take(&mut self.full);
        let payload = used.iter().cloned().collect();
        let memory = Memory { used, pieces: Arc::clone(&self.pieces), _share: share };
        Ok(Some(Part { payload, is_last: self.at_end, memory }))
    }

    /// Fills a part of this size, and reads more, to know whether it is the last.
    async fn fill(&mut self, size: u64) -> std::io::Result<()> {
        if self.rest.is_none() && self.full.is_empty() {
            self.peek().await?;
        }
        while self.filled < size && !self.at_end {
            let missing = usize::try_from(size - self.filled).unwrap_or(usize::MAX);
            if let Some(mut rest) = self.rest.take() {
                let taken = rest.split_to(missing.min(rest.len()));
                self.rest = Some(rest).filter(|rest| !rest.is_empty());
                self.push(taken);
                // An object of a single chunk needs no piece.
                self.at_end = self.rest.is_none() && self.body.size_hint() == (0, Some(0));
                continue;
            }
            if self.filling.capacity() == 0 {
                self.filling = self.pieces.take();
            }
            let most = missing.min(PIECE);
            let room = most - self.filling.len();
            let read = self.body.read_buf(&mut (&mut self.filling).limit(room)).await?;
            self.at_end = read == 0;
            if (self.at_end && !self.filling.is_empty()) || self.filling.len() == most {
                let piece = std::mem::take(&mut self.filling).freeze();
                self.push(piece);
            }
        }
        if !self.at_end && self.rest.is_none() {
            self.peek().await?;
        }
        Ok(())
    }

    fn push(&mut self, piece: Bytes) {
        self.filled += piece.len() as u64;
        self.full.push(piece);
    }

    async fn peek(&mut self) -> std::io::Result<()> {
        self.rest = self.body.chunk().await?;
        self.at_end = self.rest.is_none();
        Ok(())
    }
}
