//! The seam between a connection and the services on it.

use http::{Request, Response};
use hyper::body::Incoming;

use super::body::Body;
use crate::BoxFuture;

/// What answers the requests for one service.
pub(super) trait Respond: Send + Sync {
    fn respond(&self, request: Request<Incoming>, max_message: usize) -> BoxFuture<'static, Response<Body>>;
}
