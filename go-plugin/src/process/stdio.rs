//! The plugin's output: captured from the process's original stdout and stderr, sent to the host through
//! `plugin.GRPCStdio` or net/rpc's two streams, and logged line by line.
//!
//! Output of a plugin, or of a C library in it, cannot reach the host's parser: a line on stdout would be
//! lost, and a JSON line on stderr with an `@message` that is not a string crashes the host (go-plugin's
//! `log_entry.go`, `parseJSON`). A Go plugin has neither protection.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::Notify;
#[cfg(unix)]
use tokio::sync::oneshot;

use crate::proto::plugin::StdioData;
use crate::proto::plugin::stdio_data::Channel;

/// The chunk size of go-plugin's `grpc_stdio.go`.
const CHUNK: usize = 1024;

/// The buffer for a host that does not read, or not yet. A Go plugin would block here; since all output is
/// also logged, the oldest may be dropped.
const KEPT: usize = 256 << 10;

/// How long the end waits for the output that was printed before. A process started by the plugin may keep the pipes
/// open.
#[cfg(unix)]
const DRAIN: std::time::Duration = std::time::Duration::from_millis(20);

/// The stream of the output; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stdio {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    more: Notify,
    /// Closed when the thread that reads the pipes ends.
    #[cfg(unix)]
    drained: Mutex<Option<oneshot::Receiver<()>>>,
}

#[derive(Debug, Default)]
struct Waiting {
    chunks: VecDeque<StdioData>,
    bytes: usize,
    ended: bool,
}

/// Prepared pipes for the process's stdout and stderr.
pub(crate) struct Redirection {
    #[cfg(unix)]
    stdout: io::PipeWriter,
    #[cfg(unix)]
    stderr: io::PipeWriter,
}

impl Redirection {
    /// Redirects the process's stdout and stderr from now on. Call it after the handshake line is written and
    /// the log has its own descriptor.
    pub(crate) fn take_over(self) -> io::Result<()> {
        #[cfg(unix)]
        {
            rustix::stdio::dup2_stdout(&self.stdout)?;
            rustix::stdio::dup2_stderr(&self.stderr)?;
        }
        Ok(())
    }
}

/// Adds a text to an error.
#[cfg(unix)]
fn with(error: &io::Error, what: std::fmt::Arguments<'_>) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// The reading end of a pipe.
#[cfg(unix)]
struct Pipe<R = io::PipeReader> {
    channel: Channel,
    from: R,
    #[cfg(feature = "hclog")]
    lines: crate::hclog::printed::Lines,
}

#[cfg(unix)]
impl Pipe {
    fn new(channel: Channel) -> io::Result<(Self, io::PipeWriter)> {
        let name = if channel == Channel::Stdout { "stdout" } else { "stderr" };
        let (from, writer) =
            io::pipe().map_err(|error| with(&error, format_args!("cannot create a pipe for {name}")))?;
        let pipe = Self {
            channel,
            from,
            #[cfg(feature = "hclog")]
            lines: crate::hclog::printed::Lines::of(name),
        };
        Ok((pipe, writer))
    }
}

#[cfg(unix)]
impl<R: Read> Pipe<R> {
    /// Reads one chunk; `false` at the end.
    fn read(&mut self, to: &Stdio) -> bool {
        let mut chunk = [0; CHUNK];
        let read = match self.from.read(&mut chunk) {
            Ok(read @ 1..) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Ok(_) | Err(_) => {
                #[cfg(feature = "hclog")]
                self.lines.end();
                return false;
            }
        };
        #[cfg(feature = "hclog")]
        self.lines.push(&chunk[..read]);
        to.push(self.channel, &chunk[..read]);
        true
    }
}

impl Stdio {
    /// Creates the pipes and the thread that reads them. Call it before the handshake line is written: a process that
    /// lacks descriptors or threads can still report the error.
    #[cfg(unix)]
    pub(crate) fn prepare(&self) -> io::Result<Redirection> {
        let (stdout, stderr) = (Pipe::new(Channel::Stdout)?, Pipe::new(Channel::Stderr)?);
        let redirection = Redirection { stdout: stdout.1, stderr: stderr.1 };
        let (pipes, stdio, (ends, drained)) = (vec![stdout.0, stderr.0], self.clone(), oneshot::channel());
        std::thread::Builder::new()
            .name("plugin-output".to_owned())
            .spawn(move || {
                stdio.pump(pipes);
                drop::<oneshot::Sender<()>>(ends);
            })
            .map_err(|error| with(&error, format_args!("cannot start a thread for stdout and stderr")))?;
        *self.shared.drained.lock().unwrap_or_else(PoisonError::into_inner) = Some(drained);
        Ok(redirection)
    }

    /// On systems without redirection, output goes to the host's pipes, which the host drains without showing
    /// it.
    #[cfg(not(unix))]
    pub(crate) fn prepare(&self) -> io::Result<Redirection> {
        Ok(Redirection {})
    }

    /// Reads the pipes until all their writers are closed.
    #[cfg(unix)]
    fn pump(&self, mut pipes: Vec<Pipe>) {
        while !pipes.is_empty() {
            let mut waiting: Vec<_> =
                pipes.iter().map(|pipe| PollFd::new(&pipe.from, PollFlags::IN)).collect();
            match poll(&mut waiting, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return,
            }
            let ready: Vec<_> = waiting.iter().map(|pipe| !pipe.revents().is_empty()).collect();
            let mut ready = ready.into_iter();
            pipes.retain_mut(|pipe| !ready.next().unwrap_or_default() || pipe.read(self));
        }
    }

    pub(crate) fn push(&self, channel: Channel, data: &[u8]) {
        let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.bytes += data.len();
        waiting.chunks.push_back(StdioData { channel: channel.into(), data: Bytes::copy_from_slice(data) });
        while waiting.bytes > KEPT
            && let Some(oldest) = waiting.chunks.pop_front()
        {
            waiting.bytes -= oldest.data.len();
        }
        drop(waiting);
        self.shared.more.notify_one();
    }

    /// Drains the output printed so far; call it when the host has requested shutdown. Waits only briefly,
    /// because a process started by the plugin may keep the pipes open.
    pub(crate) async fn finish(&self) {
        // Without a redirection, stdout and stderr are not ours.
        #[cfg(unix)]
        if let Some(drained) = self.drained()
            && let Ok(null) = std::fs::File::options().write(true).open("/dev/null")
        {
            use std::io::Write;
            let _ = io::stdout().flush();
            // Close the last writers of our pipes, so that their reader reaches the end.
            let _ = rustix::stdio::dup2_stdout(&null);
            let _ = rustix::stdio::dup2_stderr(&null);
            let _ = tokio::time::timeout(DRAIN, drained).await;
        }
        self.end();
    }

    #[cfg(unix)]
    fn drained(&self) -> Option<oneshot::Receiver<()>> {
        self.shared.drained.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the host's stream, so that its connection can close.
    pub(crate) fn end(&self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.more.notify_waiters();
    }

    /// Returns the next chunk of output; `None` once all of it was read after the end.
    pub(crate) async fn next(&self) -> Option<StdioData> {
        loop {
            // Created before the check, so that it receives every notification after it.
            let more = self.shared.more.notified();
            {
                let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(chunk) = waiting.chunks.pop_front() {
                    waiting.bytes -= chunk.data.len();
                    return Some(chunk);
                }
                if waiting.ended {
                    return None;
                }
            }
            more.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::now;

    #[test]
    fn unread_output_is_bounded_and_the_latest_kept() {
        let stdio = Stdio::default();
        for round in 0..2000_u32 {
            stdio.push(Channel::Stdout, &[u8::try_from(round % 251).unwrap(); CHUNK]);
        }
        let waiting = stdio.shared.waiting.lock().unwrap();
        assert_eq!(waiting.bytes, KEPT);
        assert_eq!(waiting.chunks.iter().map(|chunk| chunk.data.len()).sum::<usize>(), KEPT);
        assert_eq!(u32::from(waiting.chunks.back().unwrap().data[0]), 1999 % 251);
    }

    #[test]
    fn read_output_makes_room() {
        let stdio = Stdio::default();
        let fill = |number: u8| (0..KEPT / CHUNK).for_each(|_| stdio.push(Channel::Stdout, &[number; CHUNK]));
        let next = || now(stdio.next()).flatten().map(|chunk| chunk.data[0]);
        fill(1);
        assert_eq!(next(), Some(1));
        stdio.push(Channel::Stdout, &[2; CHUNK]);
        assert_eq!(next(), Some(1), "nothing was dropped");
        fill(3);
        assert_eq!(std::iter::from_fn(next).count(), KEPT / CHUNK);
        fill(4);
        stdio.end();
        assert_eq!(std::iter::from_fn(next).filter(|number| *number == 4).count(), KEPT / CHUNK);
        assert_eq!(now(stdio.next()), Some(None));
    }

    /// What a pipe returns, one by one.
    #[cfg(unix)]
    struct Script(Vec<io::Result<&'static [u8]>>);

    #[cfg(unix)]
    impl Read for Script {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.0.remove(0).map(|bytes| {
                to[..bytes.len()].copy_from_slice(bytes);
                bytes.len()
            })
        }
    }

    #[cfg(unix)]
    #[test]
    fn interrupted_read_is_repeated_and_an_error_ends_the_pipe() {
        for end in [Ok(&b""[..]), Err(io::ErrorKind::BrokenPipe.into())] {
            let script = Script(vec![Err(io::ErrorKind::Interrupted.into()), Ok(b"text"), end]);
            let stdio = Stdio::default();
            let mut pipe = Pipe {
                channel: Channel::Stderr,
                from: script,
                #[cfg(feature = "hclog")]
                lines: crate::hclog::printed::Lines::of("stderr"),
            };
            assert_eq!([pipe.read(&stdio), pipe.read(&stdio), pipe.read(&stdio)], [true, true, false]);
            let chunk = now(stdio.next()).flatten().unwrap();
            assert_eq!((chunk.channel(), &chunk.data[..]), (Channel::Stderr, &b"text"[..]));
        }
    }

    /// The output is redirected in a process of its own: this program, with only one test.
    #[cfg(unix)]
    #[test]
    fn output_of_the_process_is_captured() {
        let test = "process::stdio::tests::in_its_own_process";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{stdout}{stderr}");
        assert!(stdout.contains("running 1 test") && !stdout.contains("printed"), "{stdout}");
        assert!(!stderr.contains("printed"), "{stderr}");
    }

    #[cfg(unix)]
    #[tokio::test]
    #[ignore = "redirects the output of its process"]
    async fn in_its_own_process() {
        use std::io::Write;
        let stdio = Stdio::default();
        stdio.prepare().unwrap().take_over().unwrap();
        for number in 0..2 {
            let outputs: [(_, Box<dyn Write>); 2] =
                [(Channel::Stdout, Box::new(io::stdout())), (Channel::Stderr, Box::new(io::stderr()))];
            for (channel, mut output) in outputs {
                let line = format!("printed {number}\n");
                output.write_all(line.as_bytes()).unwrap();
                let chunk = tokio::time::timeout(std::time::Duration::from_secs(10), stdio.next()).await;
                let chunk = chunk.unwrap().unwrap();
                assert_eq!(chunk.channel(), channel);
                assert_eq!(chunk.data, line);
            }
        }
        stdio.finish().await;
        println!("printed after the end");
        // Whatever is printed later is dropped.
        #[cfg(target_os = "linux")]
        for descriptor in [1, 2] {
            let output = std::fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap();
            assert_eq!(output.to_str(), Some("/dev/null"));
        }
        assert_eq!(now(stdio.next()), Some(None));
    }
}
