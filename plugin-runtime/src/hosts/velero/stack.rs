//! Errors in Velero's form: a gRPC status with a detail for the file and line of the error
//! (`pkg/plugin/framework/common/server_errors.go` and `client_errors.go`).

use std::any::Any;

use go_plugin::hclog::{panic_text, take_panic_location};
use prost::Message;
use prost_types::Any as Detail;
use tonic::{Code, Status};

use super::proto::generated::{Stack, StackFrame};
use crate::Error;
use crate::declare::Place;

/// `google.rpc.Status`, the form in which gRPC carries details.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Detail>,
}

/// The type URL of the detail, as Go uses it.
pub(crate) const STACK_TYPE: &str = "type.googleapis.com/generated.Stack";

/// A plugin's own error: Unknown, like every error of a Go plugin that is not gRPC's. If the error was not
/// created in the author's code, its location is the plugin's declaration.
pub(super) fn of_error(error: &Error, declared: Option<Place>, function: &str) -> Status {
    let made = error.place().map(|place| (place.file(), place.line()));
    let (file, line) = made
        .or_else(|| declared.map(|place| (place.file, place.line)))
        .unwrap_or_else(|| (error.location().file(), error.location().line()));
    status(Code::Unknown, error.to_string(), frame(file, line, function))
}

/// A plugin's panic: Aborted (`handle_panic.go`); the process continues.
pub(super) fn of_panic(payload: &(dyn Any + Send), function: &str) -> Status {
    let message = format!("plugin panicked: {}", panic_text(payload));
    match take_panic_location() {
        Some(place) => status(Code::Aborted, message, frame(&place.file, place.line, function)),
        None => Status::aborted(message),
    }
}

fn frame(file: &str, line: u32, function: &str) -> StackFrame {
    StackFrame {
        file: file.to_owned(),
        line: i32::try_from(line).unwrap_or(i32::MAX),
        function: function.to_owned(),
    }
}

fn status(code: Code, message: String, frame: StackFrame) -> Status {
    let stack = Stack { frames: vec![frame] };
    let detail = Detail { type_url: STACK_TYPE.to_owned(), value: stack.encode_to_vec() };
    let details = RpcStatus { code: code.into(), message: message.clone(), details: vec![detail] };
    Status::with_details(code, message, details.encode_to_vec().into())
}
