//! Collects a plugin's stderr.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::sync::mpsc;

use super::log_record::{LogRecord, Parser};

/// go-plugin's buffer for a line (`client.go`, `defaultPluginLogBufferSize`).
const LINE_LIMIT: usize = 64 * 1024;
/// The capacity of a pipe, so that a plugin that logs endlessly cannot block a reader.
const READ_LIMIT: usize = 1024 * 1024;
/// The number of raw lines kept for error messages.
const TAIL: usize = 40;

/// The stderr of a process. It is read as soon as data is available, and again whenever someone looks at the
/// log, so that everything the plugin wrote before the response to a call is available after that call.
pub(super) struct Logs {
    pipe: Option<pipe::Receiver>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ended: bool,
    splitter: Splitter,
    parser: Parser,
    records: Vec<LogRecord>,
    tail: VecDeque<String>,
    subscribers: Vec<mpsc::UnboundedSender<LogRecord>>,
}

impl Logs {
    /// Reads this pipe, or nothing if there is none.
    pub(super) fn new(pipe: Option<pipe::Receiver>) -> Arc<Self> {
        let state = State { ended: pipe.is_none(), ..State::default() };
        Arc::new(Self { pipe, state: Mutex::new(state) })
    }

    /// Reads until the plugin closes the pipe.
    pub(super) async fn run(self: Arc<Self>) {
        let Some(pipe) = &self.pipe else { return };
        while pipe.readable().await.is_ok() {
            let mut state = self.lock();
            // Unlike a plain read, this tells tokio when the pipe is empty.
            state.read(|buffer| pipe.try_read(buffer));
            if state.ended {
                break;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state, including everything the plugin has written so far.
    fn current(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if let Some(pipe) = &self.pipe {
            state.read(|buffer| Ok(rustix::io::read(pipe, buffer)?));
        }
        state
    }

    pub(super) fn records(&self) -> Vec<LogRecord> {
        self.current().records.clone()
    }

    pub(super) fn take(&self) -> Vec<LogRecord> {
        std::mem::take(&mut self.current().records)
    }

    /// Returns the records so far, and a stream of all later ones.
    pub(super) fn subscribe(&self) -> (Vec<LogRecord>, LogStream) {
        let mut state = self.current();
        let (sender, receiver) = mpsc::unbounded_channel();
        if !state.ended {
            state.subscribers.push(sender);
        }
        (state.records.clone(), LogStream { receiver })
    }

    /// Returns the first record, existing or new, for which `wanted` is true. Returns `None` after `limit`, or
    /// at the end.
    pub(super) async fn wait_for(
        &self,
        limit: Duration,
        mut wanted: impl FnMut(&LogRecord) -> bool,
    ) -> Option<LogRecord> {
        let (so_far, mut stream) = self.subscribe();
        if let Some(record) = so_far.into_iter().find(&mut wanted) {
            return Some(record);
        }
        let search = async {
            loop {
                match stream.recv().await {
                    Some(record) if wanted(&record) => break Some(record),
                    Some(_) => {}
                    None => break None,
                }
            }
        };
        tokio::time::timeout(limit, search).await.ok().flatten()
    }

    /// Returns the last raw lines.
    pub(super) fn tail(&self) -> String {
        let state = self.current();
        let rest = String::from_utf8_lossy(&state.splitter.line).into_owned();
        let lines = state.tail.iter().map(String::as_str).chain((!rest.is_empty()).then_some(rest.as_str()));
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl State {
    fn read(&mut self, mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) {
        let mut buffer = [0; 8 * 1024];
        let mut total = 0;
        while !self.ended && total < READ_LIMIT {
            match read(&mut buffer) {
                Ok(0) => self.end(),
                Ok(n) => {
                    total += n;
                    self.feed(&buffer[..n]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.end(),
            }
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        let Self { splitter, parser, records, tail, subscribers, .. } = self;
        splitter.feed(bytes, |line| Self::take_line(&line, parser, records, tail, subscribers));
    }

    fn end(&mut self) {
        self.ended = true;
        let Self { splitter, parser, records, tail, subscribers, .. } = self;
        splitter.end(|line| Self::take_line(&line, parser, records, tail, subscribers));
        self.subscribers.clear();
    }

    fn take_line(
        line: &Line<'_>,
        parser: &mut Parser,
        records: &mut Vec<LogRecord>,
        tail: &mut VecDeque<String>,
        subscribers: &mut Vec<mpsc::UnboundedSender<LogRecord>>,
    ) {
        let (bytes, record) = match *line {
            Line::Whole(bytes) => (bytes, parser.line(bytes)),
            Line::Piece(bytes) => (bytes, Parser::piece(bytes)),
        };
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(String::from_utf8_lossy(bytes).into_owned());
        subscribers.retain(|subscriber| subscriber.send(record.clone()).is_ok());
        records.push(record);
    }
}

/// Parses a whole stderr, received in these pieces.
pub(crate) fn read_log<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<LogRecord> {
    let mut state = State::default();
    for piece in pieces {
        state.feed(piece);
    }
    state.end();
    state.records
}

/// A stream of a plugin's log records, from [`Client::subscribe_logs`](super::Client::subscribe_logs).
pub struct LogStream {
    receiver: mpsc::UnboundedReceiver<LogRecord>,
}

/// An ended stream.
impl Default for LogStream {
    fn default() -> Self {
        Self { receiver: mpsc::unbounded_channel().1 }
    }
}

impl LogStream {
    /// Returns the next record; `None` once the plugin has closed its stderr, at the latest when it exits.
    pub async fn recv(&mut self) -> Option<LogRecord> {
        self.receiver.recv().await
    }
}

impl fmt::Debug for LogStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogStream").finish_non_exhaustive()
    }
}

enum Line<'a> {
    Whole(&'a [u8]),
    /// A piece of a line that exceeds the buffer.
    Piece(&'a [u8]),
}

/// Splits a stream into lines like Go's `bufio.Reader.ReadLine`.
#[derive(Default)]
struct Splitter {
    line: Vec<u8>,
    /// The line started with a piece that was already returned.
    continued: bool,
}

impl Splitter {
    fn feed(&mut self, mut bytes: &[u8], mut give: impl FnMut(Line<'_>)) {
        while !bytes.is_empty() {
            let room = LINE_LIMIT - self.line.len();
            let within = &bytes[..bytes.len().min(room)];
            if let Some(end) = within.iter().position(|&byte| byte == b'\n') {
                self.line.extend_from_slice(&within[..end]);
                bytes = &bytes[end + 1..];
                if self.line.last() == Some(&b'\r') {
                    self.line.pop();
                }
                self.finish(&mut give);
            } else {
                self.line.extend_from_slice(within);
                bytes = &bytes[within.len()..];
                if self.line.len() == LINE_LIMIT {
                    give(Line::Piece(&self.line));
                    self.line.clear();
                    self.continued = true;
                }
            }
        }
    }

    /// The stream has ended, possibly inside a line.
    fn end(&mut self, mut give: impl FnMut(Line<'_>)) {
        if !self.line.is_empty() {
            self.finish(&mut give);
        }
    }

    fn finish(&mut self, give: &mut impl FnMut(Line<'_>)) {
        give(if self.continued { Line::Piece(&self.line) } else { Line::Whole(&self.line) });
        self.line.clear();
        self.continued = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::OwnedFd;

    use tracing::Level;

    /// The longest line that a Go host parses.
    const LONGEST: usize = 64 << 10;

    fn split(input: &[&[u8]]) -> Vec<(bool, usize)> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        let mut give = |line: Line<'_>| match line {
            Line::Whole(bytes) => lines.push((true, bytes.len())),
            Line::Piece(bytes) => lines.push((false, bytes.len())),
        };
        for part in input {
            splitter.feed(part, &mut give);
        }
        splitter.end(&mut give);
        lines
    }

    #[test]
    fn splits_lines_like_go() {
        assert_eq!(split(&[b"ab", b"c\r\n\nd"]), [(true, 3), (true, 0), (true, 1)]);
        assert_eq!(split(&[b"a\n"]), [(true, 1)]);
        assert_eq!(split(&[]), []);
        let long = vec![b'x'; LONGEST + 10];
        assert_eq!(split(&[&long, b"\ny\n"]), [(false, LONGEST), (false, 10), (true, 1)]);
        assert_eq!(split(&[&long[..LONGEST], b"\ny"]), [(false, LONGEST), (false, 0), (true, 1)]);
        assert_eq!(split(&[&long[..100], &long[..LONGEST], b"\n"]), [(false, LONGEST), (false, 100)]);
        assert_eq!(split(&[&long[..LONGEST - 1], b"\ny"]), [(true, LONGEST - 1), (true, 1)]);
    }

    #[test]
    fn long_lines_are_pieces_at_debug_level() {
        let long = "[ERROR] ".to_owned() + &"x".repeat(LONGEST);
        let records = read_log([long.as_bytes(), b"\n[ERROR] short\nend"]);
        let levels: Vec<_> = records.iter().map(|record| record.level).collect();
        assert_eq!(levels, [Level::DEBUG, Level::DEBUG, Level::ERROR, Level::DEBUG]);
        assert_eq!(records[3].message, "end");
    }

    #[test]
    fn reads_until_nothing_is_available_or_the_end() {
        use io::ErrorKind::{ConnectionReset, Interrupted, WouldBlock};
        for (last, ended) in [(Ok(0), true), (Err(WouldBlock), false), (Err(ConnectionReset), true)] {
            let mut results = [Ok(2), Err(Interrupted), Ok(2), last, Ok(1)].into_iter();
            let mut state = State::default();
            state.read(|buffer| {
                buffer[..2].copy_from_slice(b"a\n");
                results.next().unwrap().map_err(io::Error::from)
            });
            assert_eq!((state.records.len(), state.ended, results.len()), (2, ended, 1), "{last:?}");
        }
        // A plugin that logs endlessly does not keep the reader.
        let (mut state, mut reads) = (State::default(), 0);
        state.read(|buffer| {
            reads += 1;
            Ok(buffer.len())
        });
        assert_eq!((reads, state.ended), (128, false));
    }

    #[test]
    fn last_lines_are_kept_for_errors() {
        let logs = Logs::new(None);
        let lines: Vec<_> = (0..TAIL + 5).map(|number| format!("line {number}\n")).collect();
        logs.lock().feed(lines.concat().as_bytes());
        assert_eq!(logs.tail() + "\n", lines[5..].concat());
    }

    #[tokio::test]
    async fn first_wanted_record_is_found_among_old_and_new_ones() {
        const MINUTE: Duration = Duration::from_secs(60);
        let (reader, mut writer) = io::pipe().unwrap();
        let logs = Logs::new(Some(pipe::Receiver::from_owned_fd(OwnedFd::from(reader)).unwrap()));
        tokio::spawn(logs.clone().run());
        let of = |text: &'static str| move |record: &LogRecord| record.message.starts_with(text);
        let writing = async { writer.write_all(b"one\ntwo a\ntwo b\n").unwrap() };
        let (found, ()) = tokio::join!(logs.wait_for(MINUTE, of("two")), writing);
        assert_eq!(found.map(|record| record.message).as_deref(), Some("two a"));
        let old = logs.wait_for(MINUTE, of("two")).await;
        assert_eq!(old.map(|record| record.message).as_deref(), Some("two a"));
        let ending = async { drop(writer) };
        let (none, ()) = tokio::join!(logs.wait_for(MINUTE, of("three")), ending);
        assert_eq!(none, None);
    }

    #[tokio::test]
    async fn default_stream_has_ended() {
        assert_eq!(LogStream::default().recv().await, None);
    }

    #[tokio::test]
    async fn written_data_is_available_without_the_reader_task() -> io::Result<()> {
        let (reader, mut writer) = io::pipe()?;
        let logs = Logs::new(Some(pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?));
        let run = tokio::spawn(logs.clone().run());
        writer.write_all(b"one\ntwo\npar")?;
        // Without an await, the reader task cannot have run.
        assert_eq!(logs.records().len(), 2);
        assert_eq!(logs.tail(), "one\ntwo\npar");
        let (before, mut stream) = logs.subscribe();
        assert_eq!(before.len(), 2);
        assert_eq!(logs.take().len(), 2);
        assert!(logs.records().is_empty());
        writer.write_all(b"tial\nend")?;
        drop(writer);
        let message = |record: Option<LogRecord>| record.map(|record| record.message);
        assert_eq!(message(stream.recv().await).as_deref(), Some("partial"));
        assert_eq!(message(stream.recv().await).as_deref(), Some("end"));
        assert_eq!(message(stream.recv().await), None);
        let (_, mut late) = logs.subscribe();
        assert_eq!(late.recv().await, None);
        run.await?;
        Ok(())
    }
}
