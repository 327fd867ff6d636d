//! A gRPC server on its own socket that forwards requests to the plugin.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::Command;

use super::{Line, recorded};

/// The size of a gRPC message's prefix: a flag and the length.
const PREFIX: usize = 5;

type AnyBody = UnsyncBoxBody<Bytes, hyper::Error>;

/// Starts the plugin as Velero started this process, and forwards calls until the plugin exits.
pub(super) async fn serve(
    plugin: &Path,
    name: &OsStr,
    arguments: impl Iterator<Item = OsString>,
    recording: &Path,
) -> Result<ExitCode> {
    let mut command = Command::new(plugin);
    // Keep arg 0: the plugin lists it as the command that Velero starts.
    command.arg0(name).args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", plugin.display()))?;
    let stdout = child.stdout.take().context("the plugin has no stdout")?;
    let mut stdout = BufReader::new(stdout).lines();
    let Some(line) = stdout.next_line().await? else {
        // The plugin has printed its error to stderr, which it shares with this process.
        return Ok(exit_code(child.wait().await?));
    };
    let mut fields: Vec<_> = line.split('|').collect();
    let (Some(&"unix"), Some(address), Some(&"grpc")) = (fields.get(2), fields.get(3), fields.get(4)) else {
        // Velero reports an invalid line.
        println!("{line}");
        return Ok(exit_code(child.wait().await?));
    };
    let stream = UnixStream::connect(address).await.context("cannot connect to the plugin")?;
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (to_plugin, connection) = handshake.await?;
    tokio::spawn(connection);

    let socket = Socket(PathBuf::from(format!("{address}-recorded")));
    let listener = UnixListener::bind(&socket.0).with_context(|| socket.0.display().to_string())?;
    let own = socket.0.to_string_lossy();
    fields[3] = &own;
    println!("{}", fields.join("|"));
    std::io::stdout().flush()?;

    let recording = Arc::<Path>::from(recording);
    tokio::select! {
        status = child.wait() => Ok(exit_code(status?)),
        error = accept(&listener, &to_plugin, &recording) => error,
        // Velero ignores output after the handshake line, but a full pipe would block the plugin.
        error = drain(&mut stdout) => error,
    }
}

/// A socket file, removed on drop.
struct Socket(PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

async fn drain<R: tokio::io::AsyncBufRead + Unpin>(lines: &mut tokio::io::Lines<R>) -> Result<ExitCode> {
    while lines.next_line().await?.is_some() {}
    std::future::pending().await
}

async fn accept(
    listener: &UnixListener,
    to_plugin: &SendRequest<AnyBody>,
    recording: &Arc<Path>,
) -> Result<ExitCode> {
    loop {
        let (stream, _) = listener.accept().await?;
        let (to_plugin, recording) = (to_plugin.clone(), recording.clone());
        let answer = service_fn(move |request| pass(request, to_plugin.clone(), recording.clone()));
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
    }
}

async fn pass(
    request: Request<Incoming>,
    mut to_plugin: SendRequest<AnyBody>,
    recording: Arc<Path>,
) -> Result<Response<AnyBody>, Infallible> {
    let path = request.uri().path().to_owned();
    let tape = |path| Tape { path, recording, request: Mutex::default(), response: Mutex::default() };
    let call = recorded(&path).is_some().then(|| Arc::new(tape(path)));
    let request = match &call {
        Some(call) => {
            let call = call.clone();
            let on_data = move |data: &Bytes| extend(&call.request, data);
            request.map(|body| Tee { body, on_data, on_trailers: |_: &HeaderMap| {} }.boxed_unsync())
        }
        None => request.map(BodyExt::boxed_unsync),
    };
    let response = match to_plugin.send_request(request).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = Response::new(Full::default().map_err(|never| match never {}).boxed_unsync());
            let headers = response.headers_mut();
            headers.insert("content-type", http::HeaderValue::from_static("application/grpc"));
            // UNAVAILABLE, as for a direct connection.
            headers.insert("grpc-status", http::HeaderValue::from_static("14"));
            if let Ok(message) = format!("the plugin has exited: {error}").parse() {
                headers.insert("grpc-message", message);
            }
            if let Some(call) = call {
                call.write(response.headers());
            }
            return Ok(response);
        }
    };
    let Some(call) = call else { return Ok(response.map(BodyExt::boxed_unsync)) };
    if response.headers().contains_key("grpc-status") {
        // A response without a body has its status in the headers.
        call.write(response.headers());
        return Ok(response.map(BodyExt::boxed_unsync));
    }
    let taped = call.clone();
    let on_data = move |data: &Bytes| extend(&taped.response, data);
    let on_trailers = move |trailers: &HeaderMap| call.write(trailers);
    Ok(response.map(|body| Tee { body, on_data, on_trailers }.boxed_unsync()))
}

/// A forwarded call.
struct Tape {
    path: String,
    recording: Arc<Path>,
    request: Mutex<Vec<u8>>,
    response: Mutex<Vec<u8>>,
}

fn extend(bytes: &Mutex<Vec<u8>>, data: &[u8]) {
    bytes.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(data);
}

/// The only message of a unary call.
fn message(bytes: &Mutex<Vec<u8>>) -> String {
    let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
    BASE64.encode(bytes.get(PREFIX..).unwrap_or_default())
}

impl Tape {
    /// Adds the call to the recording. A failed write must not fail the backup.
    fn write(&self, trailers: &HeaderMap) {
        let text = |name| trailers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let error = (text("grpc-status") != "0").then(|| unescape(text("grpc-message")));
        let line = Line {
            path: self.path.clone(),
            request: message(&self.request),
            response: message(&self.response),
            error,
        };
        let written = (|| -> Result<()> {
            let line = serde_json::to_string(&line)? + "\n";
            let mut file = OpenOptions::new().append(true).create(true).open(&self.recording)?;
            // A single write, because several plugins append to the file.
            if file.write(line.as_bytes())? < line.len() {
                bail!("wrote only a part of the line");
            }
            Ok(())
        })();
        if let Err(error) = written {
            eprintln!("cannot record a call of {}: {error}", self.path);
        }
    }
}

/// Decodes gRPC's percent encoding.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A body that copies its frames to an observer.
struct Tee<D, T> {
    body: Incoming,
    on_data: D,
    on_trailers: T,
}

impl<D: Fn(&Bytes) + Unpin, T: Fn(&HeaderMap) + Unpin> Body for Tee<D, T> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            if let Some(data) = frame.data_ref() {
                (self.on_data)(data);
            }
            if let Some(trailers) = frame.trailers_ref() {
                (self.on_trailers)(trailers);
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_unescaped() {
        assert_eq!(unescape("no %C3%A4 %2 %zz 100%"), "no ä %2 %zz 100%");
    }
}
