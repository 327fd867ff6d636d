//! The memory of parts: pieces of one size, which later parts use again. New memory for each part would cost page faults,
//! and would be spread over the allocator's arenas, one for each thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::{Bytes, BytesMut};
use tokio::sync::OwnedSemaphorePermit;

pub(super) const PIECE: usize = 256 << 10;

/// The unused pieces of the uploads that run.
#[derive(Debug, Default)]
pub(super) struct Pieces(Mutex<Vec<BytesMut>>);

impl Pieces {
    /// Returns an empty piece.
    pub(super) fn take(&self) -> BytesMut {
        self.lock().pop().unwrap_or_else(|| BytesMut::with_capacity(PIECE))
    }

    fn give_back(&self, piece: Bytes) {
        // A request that failed may still use it.
        if let Ok(mut piece) = piece.try_into_mut()
            && piece.capacity() == PIECE
        {
            piece.clear();
            self.lock().push(piece);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<BytesMut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pieces of a bucket, while an upload runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedPieces(Arc<Mutex<Weak<Pieces>>>);

impl SharedPieces {
    pub(super) fn get(&self) -> Arc<Pieces> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let pieces = Arc::default();
            *shared = Arc::downgrade(&pieces);
            pieces
        })
    }
}

/// The memory of a part, and its share of the limit.
pub(super) struct Memory {
    pub(super) used: Vec<Bytes>,
    pub(super) pieces: Arc<Pieces>,
    pub(super) _share: OwnedSemaphorePermit,
}

impl Drop for Memory {
    fn drop(&mut self) {
        for piece in self.used.drain(..) {
            self.pieces.give_back(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        let shared = SharedPieces::default();
        let pieces = shared.get();
        let mut piece = pieces.take();
        piece.extend_from_slice(b"content");
        let address = piece.as_ptr();
        let content = piece.freeze();
        let in_use = content.clone();
        pieces.give_back(content);
        assert_ne!(pieces.take().as_ptr(), address);
        pieces.give_back(in_use);
        let again = shared.get().take();
        assert_eq!((again.as_ptr(), again.len(), again.capacity()), (address, 0, PIECE));
        pieces.give_back(Bytes::from_static(b"other memory"));
        assert!(pieces.lock().is_empty());
    }

    #[test]
    fn memory_is_freed_after_the_last_upload() {
        let shared = SharedPieces::default();
        let first = shared.get();
        assert!(Arc::ptr_eq(&first, &shared.get()));
        drop(first);
        assert!(shared.0.lock().unwrap().upgrade().is_none());
    }
}
