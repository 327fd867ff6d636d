//! The streams of a connection, without I/O.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::task::{Context, Poll, Waker};

use super::frame::{ACK, FIN, HEADER, Header, Kind, NORMAL, PROTOCOL_ERROR, RST, SYN};

/// The initial window of a stream: the protocol's default, which hashicorp/yamux keeps.
pub(super) const WINDOW: u32 = 256 << 10;

/// The maximum number of streams. A host has three, and one per dispensed plugin.
pub(super) const STREAMS: usize = 256;

/// The limit of buffered outgoing data. Above it, streams cannot be written and the connection is not read.
pub(super) const OUT: usize = 512 << 10;

/// The side of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The host: opens streams with odd numbers.
    #[cfg_attr(not(any(feature = "client", test)), allow(dead_code))]
    Client,
    /// The plugin: opens streams with even numbers.
    Server,
}

/// The other side violated the protocol.
#[derive(Debug)]
pub(super) struct ProtocolError(String);

impl ProtocolError {
    pub(super) fn new(problem: impl fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "yamux protocol error: the other side sent {}", self.0)
    }
}

impl std::error::Error for ProtocolError {}

impl From<ProtocolError> for io::Error {
    fn from(error: ProtocolError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

#[derive(Debug)]
pub(super) struct Session {
    role: Role,
    /// The number of the next stream opened by this side.
    next: u32,
    flows: BTreeMap<u32, Flow>,
    /// Opened by the other side and not yet accepted.
    accepted: VecDeque<u32>,
    incoming: Incoming,
    out: Vec<u8>,
    ended: bool,
    /// Wakers to wake without the session's lock.
    wake: Vec<Waker>,
}

/// A stream, from this side's view.
#[derive(Debug)]
struct Flow {
    received: VecDeque<u8>,
    /// The receive window.
    may_receive: u32,
    /// The send window.
    may_send: u32,
    /// The other end has closed its direction.
    remote_done: bool,
    local_done: bool,
    /// Dropped on this side.
    dropped: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// The state of the frame being received.
#[derive(Debug)]
enum Incoming {
    Header {
        bytes: [u8; HEADER],
        filled: usize,
    },
    /// The remaining data of a stream, which may be closed by now.
    Data {
        stream: u32,
        left: u32,
        last: bool,
    },
}

impl Incoming {
    const START: Self = Self::Header { bytes: [0; HEADER], filled: 0 };
}

impl Flow {
    fn new() -> Self {
        Self {
            received: VecDeque::new(),
            may_receive: WINDOW,
            may_send: WINDOW,
            remote_done: false,
            local_done: false,
            dropped: false,
            reader: None,
            writer: None,
        }
    }
}

impl Session {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            next: if role == Role::Client { 1 } else { 2 },
            flows: BTreeMap::new(),
            accepted: VecDeque::new(),
            incoming: Incoming::START,
            out: Vec::new(),
            ended: false,
            wake: Vec::new(),
        }
    }

    /// Processes received bytes. After an error the connection is closed; the outgoing data informs the other
    /// side.
    pub(super) fn receive(&mut self, mut bytes: &[u8]) -> Result<(), ProtocolError> {
        while !bytes.is_empty() && !self.ended {
            let received = match &mut self.incoming {
                Incoming::Header { bytes: header, filled } => {
                    let count = bytes.len().min(HEADER - *filled);
                    let (now, later) = bytes.split_at(count);
                    header[*filled..*filled + count].copy_from_slice(now);
                    *filled += count;
                    bytes = later;
                    if *filled < HEADER {
                        Ok(())
                    } else {
                        Header::parse(header).and_then(|header| self.frame(header))
                    }
                }
                Incoming::Data { stream, left, last } => {
                    let (stream, last) = (*stream, *last);
                    let count = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    let (now, later) = bytes.split_at(count);
                    *left -= u32::try_from(count).unwrap_or(*left);
                    bytes = later;
                    if *left == 0 {
                        self.incoming = Incoming::START;
                    }
                    let whole = matches!(self.incoming, Incoming::Header { .. });
                    self.data(stream, now, whole && last);
                    Ok(())
                }
            };
            if let Err(error) = received {
                self.send(Kind::GoAway, 0, 0, PROTOCOL_ERROR);
                self.end();
                return Err(error);
            }
        }
        Ok(())
    }

    fn frame(&mut self, header: Header) -> Result<(), ProtocolError> {
        self.incoming = Incoming::START;
        let Header { kind, flags: _, stream, length } = header;
        match kind {
            Kind::Ping => {
                if header.has(SYN) {
                    self.send(Kind::Ping, ACK, 0, length);
                }
                return Ok(());
            }
            Kind::GoAway if length == NORMAL => return Ok(()),
            Kind::GoAway => {
                return Err(ProtocolError::new(format_args!("go away with code {length}")));
            }
            Kind::Data | Kind::WindowUpdate => {}
        }
        if header.has(SYN) {
            self.opened(stream)?;
        }
        if header.has(RST) {
            self.reset(stream);
        }
        if kind == Kind::WindowUpdate {
            if let Some(flow) = self.flows.get_mut(&stream) {
                let may_send = flow.may_send.checked_add(length);
                flow.may_send = may_send.ok_or_else(|| ProtocolError::new("a window of more than 4 GiB"))?;
                self.wake.extend(flow.writer.take());
            }
            if header.has(FIN) {
                self.remote_done(stream);
            }
            return Ok(());
        }
        if let Some(flow) = self.flows.get_mut(&stream) {
            let may_receive = flow.may_receive.checked_sub(length);
            flow.may_receive =
                may_receive.ok_or_else(|| ProtocolError::new("more data than its window allows"))?;
        }
        if length > 0 {
            self.incoming = Incoming::Data { stream, left: length, last: header.has(FIN) };
        } else if header.has(FIN) {
            self.remote_done(stream);
        }
        Ok(())
    }

    fn opened(&mut self, stream: u32) -> Result<(), ProtocolError> {
        let theirs = u32::from(self.role == Role::Server);
        if stream == 0 || stream % 2 != theirs || self.flows.contains_key(&stream) {
            return Err(ProtocolError::new(format_args!("a new stream with the invalid number {stream}")));
        }
        if self.flows.len() >= STREAMS {
            // The host may have forgotten streams that are closed here.
            let over = self.flows.iter().find(|(_, flow)| flow.dropped).map(|(over, _)| *over);
            let refused = over.unwrap_or(stream);
            self.flows.remove(&refused);
            self.send(Kind::WindowUpdate, RST, refused, 0);
            if refused == stream {
                return Ok(());
            }
        }
        self.flows.insert(stream, Flow::new());
        self.accepted.push_back(stream);
        self.send(Kind::WindowUpdate, ACK, stream, 0);
        Ok(())
    }

    fn data(&mut self, stream: u32, bytes: &[u8], last: bool) {
        if let Some(flow) = self.flows.get_mut(&stream)
            && !flow.dropped
        {
            flow.received.extend(bytes);
            self.wake.extend(flow.reader.take());
        }
        if last {
            self.remote_done(stream);
        }
    }

    fn remote_done(&mut self, stream: u32) {
        if let Some(flow) = self.flows.get_mut(&stream) {
            flow.remote_done = true;
            self.wake.extend(flow.reader.take());
            if flow.dropped {
                self.flows.remove(&stream);
            }
        }
    }

    fn reset(&mut self, stream: u32) {
        if let Some(flow) = self.flows.get_mut(&stream) {
            flow.local_done = true;
            self.wake.extend(flow.writer.take());
            self.remote_done(stream);
        }
    }

    fn send(&mut self, kind: Kind, flags: u16, stream: u32, length: u32) {
        Header { kind, flags, stream, length }.put(&mut self.out);
    }

    /// Opens a stream; `None` if the connection is closed.
    pub(super) fn open(&mut self) -> Option<u32> {
        let stream = self.next;
        let next = stream.checked_add(2)?;
        if self.ended {
            return None;
        }
        self.next = next;
        self.flows.insert(stream, Flow::new());
        self.send(Kind::WindowUpdate, SYN, stream, 0);
        Some(stream)
    }

    /// Accepts a stream opened by the other side.
    pub(super) fn accept(&mut self) -> Option<u32> {
        self.accepted.pop_front()
    }

    /// Copies received data to `to`; nothing at the end of the stream.
    pub(super) fn read(
        &mut self,
        stream: u32,
        cx: &Context<'_>,
        to: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<()> {
        let Some(flow) = self.flows.get_mut(&stream) else { return Poll::Ready(()) };
        if flow.received.is_empty() {
            if flow.remote_done || self.ended {
                return Poll::Ready(());
            }
            flow.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let (first, second) = flow.received.as_slices();
        let mut count = 0;
        for part in [first, second] {
            let part = &part[..part.len().min(to.remaining())];
            to.put_slice(part);
            count += part.len();
        }
        flow.received.drain(..count);
        // Like hashicorp/yamux: not for every few bytes.
        let waiting = u32::try_from(flow.received.len()).unwrap_or(WINDOW);
        let delta = WINDOW.saturating_sub(waiting).saturating_sub(flow.may_receive);
        if delta >= WINDOW / 2 && !flow.remote_done && !self.ended {
            flow.may_receive += delta;
            self.send(Kind::WindowUpdate, 0, stream, delta);
        }
        Poll::Ready(())
    }

    /// Accepts as much as the window allows.
    pub(super) fn write(&mut self, stream: u32, cx: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let flow = self.flows.get_mut(&stream).filter(|flow| !flow.local_done);
        let Some(flow) = flow.filter(|_| !self.ended) else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let may_send = usize::try_from(flow.may_send).unwrap_or(usize::MAX);
        let count = bytes.len().min(may_send).min(OUT.saturating_sub(self.out.len()));
        if count == 0 && !bytes.is_empty() {
            flow.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        // At most `may_send`, which is a `u32`.
        let length = u32::try_from(count).unwrap_or_default();
        flow.may_send -= length;
        if count > 0 {
            self.send(Kind::Data, 0, stream, length);
            self.out.extend_from_slice(&bytes[..count]);
        }
        Poll::Ready(Ok(count))
    }

    /// Closes the write direction.
    pub(super) fn close(&mut self, stream: u32) {
        if let Some(flow) = self.flows.get_mut(&stream)
            && !flow.local_done
        {
            flow.local_done = true;
            self.send(Kind::WindowUpdate, FIN, stream, 0);
        }
    }

    /// Drops the stream on this side.
    pub(super) fn forget(&mut self, stream: u32) {
        self.close(stream);
        if let Some(flow) = self.flows.get_mut(&stream) {
            flow.dropped = true;
            flow.received = VecDeque::new();
            if flow.remote_done || self.ended {
                self.flows.remove(&stream);
            }
        }
    }

    /// Closes the connection. Received data can still be read.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.flows.retain(|_, flow| !flow.dropped);
        for flow in self.flows.values_mut() {
            self.wake.extend(flow.reader.take());
            self.wake.extend(flow.writer.take());
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether there is too much outgoing data to accept incoming data.
    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= OUT
    }

    pub(super) fn has_out(&self) -> bool {
        !self.out.is_empty()
    }

    /// Takes the outgoing data and wakes waiting writers.
    pub(super) fn take_out(&mut self) -> Vec<u8> {
        for flow in self.flows.values_mut() {
            self.wake.extend(flow.writer.take());
        }
        std::mem::take(&mut self.out)
    }

    pub(super) fn take_wakers(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wake)
    }

    /// The buffered data in both directions, in bytes.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.out.len() + self.flows.values().map(|flow| flow.received.len()).sum::<usize>()
    }

    #[cfg(test)]
    pub(super) fn streams(&self) -> usize {
        self.flows.len()
    }
}
