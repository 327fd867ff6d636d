//! Errors of calls.

use std::error::Error;
use std::fmt;

use prost::Message;
use tonic::Status;

use super::proto::generated::Stack;
use crate::hosts::velero::stack::{RpcStatus, STACK_TYPE};

/// A gRPC status code, named as in the gRPC specification.
///
/// Velero's own framework returns `Unknown` for an error of a plugin and `Aborted` for a panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // The names say what there is to say.
pub enum Code {
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl From<tonic::Code> for Code {
    fn from(code: tonic::Code) -> Self {
        match code {
            tonic::Code::Ok => Self::Ok,
            tonic::Code::Cancelled => Self::Cancelled,
            tonic::Code::Unknown => Self::Unknown,
            tonic::Code::InvalidArgument => Self::InvalidArgument,
            tonic::Code::DeadlineExceeded => Self::DeadlineExceeded,
            tonic::Code::NotFound => Self::NotFound,
            tonic::Code::AlreadyExists => Self::AlreadyExists,
            tonic::Code::PermissionDenied => Self::PermissionDenied,
            tonic::Code::ResourceExhausted => Self::ResourceExhausted,
            tonic::Code::FailedPrecondition => Self::FailedPrecondition,
            tonic::Code::Aborted => Self::Aborted,
            tonic::Code::OutOfRange => Self::OutOfRange,
            tonic::Code::Unimplemented => Self::Unimplemented,
            tonic::Code::Internal => Self::Internal,
            tonic::Code::Unavailable => Self::Unavailable,
            tonic::Code::DataLoss => Self::DataLoss,
            tonic::Code::Unauthenticated => Self::Unauthenticated,
        }
    }
}

/// A location in the plugin's source, sent with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The path as passed to the plugin's compiler.
    pub file: String,
    /// The line, starting at 1; 0 if unknown.
    pub line: u32,
    /// The function; empty if unknown.
    pub function: String,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A failed call, as the host receives it.
///
/// If [`code`](Self::code) is `Unknown` or `Aborted`, it is the plugin's own error. `Unavailable` means that
/// the plugin's process is gone, `Unimplemented` that it lacks the method, and `Internal` that its response
/// is invalid.
#[derive(Debug, Clone)]
pub struct CallError {
    code: Code,
    message: String,
    frames: Vec<Frame>,
}

impl CallError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), frames: Vec::new() }
    }

    /// A response that the host cannot handle.
    pub(super) fn bad_answer(problem: impl fmt::Display) -> Self {
        Self::new(Code::Internal, format!("invalid response from the plugin: {problem}"))
    }

    /// The gRPC status code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The plugin's message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The stack of the error, in the plugin's order, if it sent one. The host logs the first frame, as
    /// `error.file` and `error.function`.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Where the error occurred: the first frame, or the last if the plugin sends the stack in reverse, as Go
    /// plugins built on the framework of Velero 1.18 do.
    pub fn origin(&self) -> Option<&Frame> {
        let first = self.frames.first()?;
        if first.function == "goexit" { self.frames.last() } else { Some(first) }
    }
}

/// `message (code, at file:line)`; the code `Unknown` is omitted.
impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.message.is_empty() { "error without a message" } else { &self.message })?;
        match (self.code, self.origin()) {
            (Code::Unknown, None) => Ok(()),
            (Code::Unknown, Some(frame)) => write!(f, " (at {frame})"),
            (code, None) => write!(f, " ({code})"),
            (code, Some(frame)) => write!(f, " ({code}, at {frame})"),
        }
    }
}

impl Error for CallError {}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        let frames = stack(status.details()).unwrap_or_default();
        let mut message = status.message().to_owned();
        // tonic describes a broken connection in the error's sources.
        let mut source = status.source();
        while let Some(error) = source {
            let text = error.to_string();
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            source = error.source();
        }
        Self { code: status.code().into(), message, frames }
    }
}

/// The frames of the `generated.Stack` among the details, found like in Velero's
/// `pkg/plugin/framework/common/client_errors.go`.
fn stack(details: &[u8]) -> Option<Vec<Frame>> {
    let details = RpcStatus::decode(details).ok()?.details;
    let detail = details.iter().find(|detail| detail.type_url == STACK_TYPE)?;
    let frames = Stack::decode(detail.value.as_slice()).ok()?.frames;
    Some(
        frames
            .into_iter()
            .map(|frame| Frame {
                file: frame.file,
                line: u32::try_from(frame.line).unwrap_or_default(),
                function: frame.function,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::proto::generated::StackFrame;
    use super::*;

    fn with_details(details: Vec<prost_types::Any>) -> CallError {
        let details = RpcStatus { details, ..RpcStatus::default() }.encode_to_vec();
        Status::with_details(tonic::Code::Unknown, "boom", details.into()).into()
    }

    #[test]
    fn reads_frames_from_the_details() {
        let frame = |line| StackFrame { file: "src/main.rs".into(), line, function: "main::execute".into() };
        let stack = Stack { frames: vec![frame(12), frame(-1)] };
        let any = |type_url: &str, value| prost_types::Any { type_url: type_url.into(), value };
        let error = with_details(vec![
            any("type.googleapis.com/google.rpc.DebugInfo", vec![1, 2, 3]),
            any("type.googleapis.com/generated.Stack", stack.encode_to_vec()),
        ]);
        assert_eq!(error.code(), Code::Unknown);
        assert_eq!(error.message(), "boom");
        assert_eq!(error.frames().iter().map(|frame| frame.line).collect::<Vec<_>>(), [12, 0]);
        assert_eq!(error.to_string(), "boom (at src/main.rs:12)");
    }

    #[test]
    fn reversed_stack_is_detected() {
        let frame = |function: &str, line| Frame { file: "main.go".into(), line, function: function.into() };
        let mut error = CallError::new(Code::Aborted, "plugin panicked: oh");
        error.frames = vec![frame("goexit", 1), frame("Serve", 2), frame("Execute", 3)];
        assert_eq!(error.to_string(), "plugin panicked: oh (Aborted, at main.go:3)");
    }

    #[test]
    fn invalid_details_are_ignored() {
        let error = CallError::from(Status::with_details(tonic::Code::Aborted, "", vec![0xff; 9].into()));
        assert_eq!(error.frames(), []);
        assert_eq!(error.to_string(), "error without a message (Aborted)");
        assert_eq!(with_details(Vec::new()).to_string(), "boom");
    }
}
