//! The parts of an object, filled from its body.

use std::sync::Arc;

use bytes::Bytes;
use object_store::PutPayload;
use plugwright::{ErrorContext as _, ObjectBody, Result, bail};
use tokio::sync::OwnedSemaphorePermit;

use super::Uploads;

/// A part and its share of the memory.
pub(super) struct Part {
    pub(super) payload: PutPayload,
    pub(super) is_last: bool,
    pub(super) place: OwnedSemaphorePermit,
}

pub(super) struct Parts<'a> {
    body: &'a mut ObjectBody,
    uploads: &'a Uploads,
    number: u64,
    /// Already read, for the next part.
    rest: Option<Bytes>,
    at_end: bool,
    /// Kept here, so that a cancelled call loses nothing.
    filling: Vec<Bytes>,
    filled: u64,
    place: Option<OwnedSemaphorePermit>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(body: &'a mut ObjectBody, uploads: &'a Uploads) -> Self {
        let (filling, filled) = (Vec::new(), 0);
        Self { body, uploads, number: 0, rest: None, at_end: false, filling, filled, place: None }
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
        if self.place.is_none() {
            let permits = self.uploads.plan.permits_of(size);
            let place = Arc::clone(&self.uploads.memory).acquire_many_owned(permits).await;
            self.place = Some(place.context("the memory of uploads")?);
        }
        // Read one chunk more, to know whether the part is the last.
        while self.filled < size || self.rest.is_none() {
            let piece = match self.rest.take() {
                Some(rest) => Some(rest),
                None => self.body.chunk().await.context("reading the object from Velero")?,
            };
            let Some(mut piece) = piece else {
                self.at_end = true;
                break;
            };
            let missing = usize::try_from(size - self.filled).unwrap_or(usize::MAX);
            if missing == 0 {
                self.rest = Some(piece);
                continue;
            }
            let taken = piece.split_to(missing.min(piece.len()));
            self.filled += taken.len() as u64;
            self.filling.push(taken);
            self.rest = Some(piece).filter(|piece| !piece.is_empty());
        }
        let Some(place) = self.place.take() else { return Ok(None) };
        self.number += 1;
        self.filled = 0;
        let payload = std::mem::take(&mut self.filling).into_iter().collect();
        Ok(Some(Part { payload, is_last: self.at_end, place }))
    }
}
