//! The interface between a connection and its services.

use http::{Request, Response};
use hyper::body::Incoming;

use super::body::Body;
use crate::BoxFuture;

/// Handles the requests of one service.
pub(super) trait Respond: Send + Sync {
    fn respond(&self, request: Request<Incoming>, max_message: usize) -> BoxFuture<'static, Response<Body>>;
}
