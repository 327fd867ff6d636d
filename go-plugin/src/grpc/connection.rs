//! One HTTP/2 connection from the host.

use std::convert::Infallible;

use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, BufReader};

use super::Services;
use crate::BoxFuture;

/// The receive window of a stream. grpc-go starts at 64 KiB and grows; a larger start lets a stream of large
/// messages run at full speed from the first message.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const SEND_BUFFER: usize = 1 << 20;
const MAX_FRAME: u32 = 64 << 10;

/// The size of a read. h2 alone reads 8 KiB at once: 131,000 system calls for an object of 1 GiB.
const READ: usize = 64 << 10;

/// Serves the connection until the host closes it.
pub(super) async fn serve<IO>(services: Services, io: IO) -> Result<(), hyper::Error>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = hyper::service::service_fn(move |request| {
        let answer = services.answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let serve = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_frame_size(MAX_FRAME)
        .max_concurrent_streams(None)
        .serve_connection(TokioIo::new(BufReader::with_capacity(READ, io)), answer);
    // Boxed: the compiler cannot prove that the tasks hyper spawns in it are `'static`.
    let serve: BoxFuture<'static, _> = Box::pin(serve);
    serve.await
}
