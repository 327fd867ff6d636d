//! The interface between a connection and its services.

use http::Request;
use hyper::body::Incoming;

use super::answer::Answer;

/// Handles the requests of one service.
pub(super) trait Respond: Send + Sync {
    fn respond(&self, request: Request<Incoming>, max_message: usize) -> Answer;
}
