//! What go-plugin's client reads from a plugin's process, and what a plugin reads from its own.

use go_plugin::__private::{read_environment, read_log};
use go_plugin::{Environment, HandshakeLine};
use plugwright::__private0::peers;
use plugwright::Plugins;

use super::input::{Parts, texts};

pub(super) fn handshake(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(line) = HandshakeLine::parse(&text) {
        let written = line.to_string();
        assert_eq!(HandshakeLine::parse(&written).as_ref(), Ok(&line), "{written:?}");
    }
}

/// The records do not depend on how the operating system divided the output.
pub(super) fn log_records(input: &[u8]) {
    let mut parts = Parts::new(input);
    let size = 1 + usize::from(parts.byte());
    let output = parts.rest();
    let (whole, pieces) = (read_log([output]), read_log(output.chunks(size)));
    assert_eq!(format!("{whole:?}"), format!("{pieces:?}"), "in pieces of {size} bytes");
    for record in whole {
        let _ = (record.to_string(), record.field("error"));
    }
}

/// The first text is the command; texts that start with `-` are arguments, others variables.
pub(super) fn environment(input: &[u8]) {
    let mut texts = texts(input).into_iter();
    let mut environment = Environment::default();
    environment.command = texts.next().unwrap_or_default();
    for text in texts {
        match text.split_once('=') {
            Some((key, value)) if !text.starts_with('-') => environment.set(key, value),
            _ => environment.args.push(text),
        }
    }
    read_environment(&environment);
    for flag in ["log-level", "features", ""] {
        let _ = environment.flag(flag);
    }
    // An invalid environment is an error.
    let _ = peers::server(Plugins::declared(), &environment);
}
