//! The process in Go.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// Asks questions; dropping it ends the process.
pub(super) struct Twin {
    to: BufWriter<ChildStdin>,
}

/// Reads the answers, in the order of the questions.
pub(super) struct Answers {
    from: BufReader<ChildStdout>,
    process: Child,
}

impl Twin {
    pub(super) fn start() -> Result<(Self, Answers), String> {
        let program = std::env::var_os("TWIN").ok_or("TWIN is not set; use `reliability/run`")?;
        let started = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(|error| format!("cannot start the program in Go: {error}"))?;
        let (Some(to), Some(from)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the program in Go has no pipes".to_owned());
        };
        Ok((Self { to: BufWriter::new(to) }, Answers { from: BufReader::new(from), process }))
    }

    pub(super) fn ask(&mut self, question: &Value) -> Result<(), String> {
        writeln!(self.to, "{question}")
            .and_then(|()| self.to.flush())
            .map_err(|error| format!("the program in Go ended: {error}"))
    }
}

impl Answers {
    pub(super) fn next(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        let read =
            self.from.read_line(&mut line).map_err(|error| format!("cannot read an answer: {error}"))?;
        if read == 0 {
            return Err("the program in Go ended before it answered".to_owned());
        }
        serde_json::from_str(&line)
            .map_err(|error| format!("expected an answer as JSON, found {line:?}: {error}"))
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        // It ends by itself once its stdin is closed.
        let _ = self.process.wait();
    }
}
