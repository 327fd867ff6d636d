//! The seam between a connection and the services on it.

use http::Request;
use hyper::body::Incoming;

use super::answer::Answer;

/// What answers the requests for one service.
pub(super) trait Respond: Send + Sync {
    fn respond(&self, request: Request<Incoming>, max_message: usize) -> Answer;
}
