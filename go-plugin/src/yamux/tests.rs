use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};

use super::frame::{ACK, FIN, Header, Kind, RST, SYN};
use super::session::{OUT, ProtocolError, STREAMS, Session, WINDOW};
use super::{Connection, Handle, Role};

/// A session for random operations.
pub(crate) struct Tried {
    session: Session,
    streams: Vec<u32>,
}

impl Default for Tried {
    fn default() -> Self {
        Self { session: Session::new(Role::Server), streams: Vec::new() }
    }
}

impl Tried {
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<(), impl std::error::Error + use<>> {
        // With too much outgoing data, a connection is not read.
        if self.session.is_full() {
            self.session.take_out();
        }
        let received = self.session.receive(bytes);
        self.streams.extend(std::iter::from_fn(|| self.session.accept()));
        received
    }

    /// Reads, writes, closes or drops one of the streams.
    pub(crate) fn act(&mut self, random: u64) {
        let cx = Context::from_waker(Waker::noop());
        let [what, which, much, ..] = random.to_le_bytes();
        let Some(index) = usize::from(which).checked_rem(self.streams.len()) else { return };
        let stream = self.streams[index];
        match what % 8 {
            0..3 => {
                let mut bytes = vec![0; 1 + usize::from(much)];
                let _ = self.session.read(stream, &cx, &mut ReadBuf::new(&mut bytes));
            }
            3..5 => {
                let _ = self.session.write(stream, &cx, &vec![7; usize::from(much) << 10]);
            }
            5 => self.session.close(stream),
            6 => {
                self.session.forget(stream);
                self.streams.swap_remove(index);
            }
            _ => drop(self.session.take_out()),
        }
        self.session.take_wakers();
    }

    pub(crate) fn check(&self) {
        assert!(self.session.streams() <= STREAMS);
        let most = STREAMS * usize::try_from(WINDOW).unwrap() + OUT + (64 << 10);
        assert!(self.session.waiting() <= most, "{}", self.session.waiting());
    }

    pub(crate) fn end(&mut self) {
        self.session.end();
        for stream in std::mem::take(&mut self.streams) {
            self.session.forget(stream);
        }
        assert_eq!(self.session.streams(), 0);
    }
}

fn frame(kind: Kind, flags: u16, stream: u32, length: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    Header { kind, flags, stream, length }.put(&mut bytes);
    bytes
}

fn headers(bytes: &[u8]) -> Vec<(Kind, u16, u32, u32)> {
    let headers = bytes.chunks_exact(12).map(|header| Header::parse(header.try_into().unwrap()).unwrap());
    headers.map(|header| (header.kind, header.flags, header.stream, header.length)).collect()
}

#[test]
fn acknowledges_streams_and_answers_pings() -> Result<(), ProtocolError> {
    let mut session = Session::new(Role::Server);
    session.receive(&frame(Kind::WindowUpdate, SYN, 1, 0))?;
    session.receive(&frame(Kind::Ping, SYN, 0, 77))?;
    session.receive(&frame(Kind::Ping, ACK, 0, 78))?;
    assert_eq!(headers(&session.take_out()), [(Kind::WindowUpdate, ACK, 1, 0), (Kind::Ping, ACK, 0, 77)]);
    Ok(())
}

#[test]
fn protocol_errors_close_the_connection_with_a_reason() {
    let opened = frame(Kind::WindowUpdate, SYN, 1, 0);
    for wrong in [
        frame(Kind::WindowUpdate, SYN, 2, 0),
        frame(Kind::WindowUpdate, SYN, 0, 0),
        [opened.clone(), opened.clone()].concat(),
        [opened.clone(), frame(Kind::Data, 0, 1, WINDOW + 1)].concat(),
        [opened.clone(), frame(Kind::WindowUpdate, 0, 1, u32::MAX)].concat(),
        frame(Kind::GoAway, 0, 0, 2),
    ] {
        let mut session = Session::new(Role::Server);
        let error = session.receive(&wrong).unwrap_err().to_string();
        assert!(error.starts_with("yamux protocol error: the other side sent "), "{error}");
        assert!(session.has_ended());
        assert_eq!(headers(&session.take_out()).last(), Some(&(Kind::GoAway, 0, 0, 1)));
    }
}

#[test]
fn excess_streams_are_refused_individually() -> Result<(), ProtocolError> {
    let mut session = Session::new(Role::Server);
    let streams = (0..).map(|number| 2 * number + 1);
    for stream in streams.clone().take(STREAMS) {
        session.receive(&frame(Kind::WindowUpdate, SYN, stream, 0))?;
    }
    session.take_out();
    session.receive(&frame(Kind::WindowUpdate, SYN, 9999, 0))?;
    assert_eq!(headers(&session.take_out()), [(Kind::WindowUpdate, RST, 9999, 0)]);
    // A closed stream frees capacity.
    session.forget(3);
    session.take_out();
    session.receive(&frame(Kind::WindowUpdate, SYN, 9999, 0))?;
    assert_eq!(
        headers(&session.take_out()),
        [(Kind::WindowUpdate, RST, 3, 0), (Kind::WindowUpdate, ACK, 9999, 0)]
    );
    Ok(())
}

#[test]
fn reads_data_and_end_in_any_pieces() -> Result<(), ProtocolError> {
    let stream = [frame(Kind::Data, SYN | FIN, 1, 3), b"abc".to_vec()].concat();
    for piece in 1..stream.len() {
        let mut session = Session::new(Role::Server);
        let mut read = Vec::new();
        let mut poll = |session: &mut Session| {
            let mut bytes = [0; 2];
            let mut to = ReadBuf::new(&mut bytes);
            let polled = session.read(1, &Context::from_waker(Waker::noop()), &mut to);
            read.extend_from_slice(to.filled());
            polled.is_ready() && to.filled().is_empty()
        };
        for part in stream.chunks(piece) {
            session.receive(part)?;
            if session.streams() == 1 {
                while session.waiting() > 24 {
                    assert!(!poll(&mut session));
                }
            }
        }
        while !poll(&mut session) {}
        assert_eq!(read, b"abc");
    }
    Ok(())
}

fn pair() -> (Handle, Handle) {
    let (ours, theirs) = tokio::io::duplex(4096);
    let (client, server) = (Connection::new(ours, Role::Client), Connection::new(theirs, Role::Server));
    let handles = (client.handle(), server.handle());
    tokio::spawn(client.run());
    tokio::spawn(server.run());
    handles
}

#[tokio::test]
async fn transfers_more_than_a_window_in_both_directions() {
    let (client, server) = pair();
    let data: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let mut ours = client.open().unwrap();
    // A reader that does not read does not block the others.
    let mut silent = client.open().unwrap();
    let sent = data.clone();
    tokio::spawn(async move { silent.write_all(&sent).await });
    let echo = async {
        let theirs = server.accept().await.unwrap();
        let (mut from, mut to) = tokio::io::split(theirs);
        tokio::io::copy(&mut from, &mut to).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let round = async {
        let (mut from, mut to) = tokio::io::split(&mut ours);
        let mut back = Vec::new();
        let write = async {
            to.write_all(&data).await.unwrap();
            to.shutdown().await.unwrap();
        };
        tokio::join!(write, async { from.read_to_end(&mut back).await.unwrap() });
        back
    };
    let (back, ()) = tokio::join!(round, echo);
    assert!(back == data);
}

#[cfg(feature = "broker")]
#[tokio::test]
async fn handle_belongs_to_one_connection() {
    let (client, server) = pair();
    assert!(client.is_of(&client.clone()));
    assert!(!client.is_of(&server));
}

#[tokio::test]
async fn streams_end_with_the_connection() {
    let (ours, theirs) = tokio::io::duplex(4096);
    let (client, server) = (Connection::new(ours, Role::Client), Connection::new(theirs, Role::Server));
    let (opener, other) = (client.handle(), server.handle());
    let running = tokio::spawn(client.run());
    tokio::spawn(server.run());
    let mut stream = opener.open().unwrap();
    let mut accepted = other.accept().await.unwrap();
    running.abort();
    assert_eq!(accepted.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    assert!(other.accept().await.is_none());
    assert_eq!(stream.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    assert!(stream.write_all(b"x").await.is_err());
    assert!(opener.open().is_none());
}

#[test]
fn writer_waits_for_its_window() -> Result<(), ProtocolError> {
    let mut session = Session::new(Role::Server);
    let cx = Context::from_waker(Waker::noop());
    session.receive(&frame(Kind::WindowUpdate, SYN, 1, 0))?;
    let window = usize::try_from(WINDOW).unwrap();
    let Poll::Ready(Ok(count)) = session.write(1, &cx, &vec![0; 2 * window]) else { panic!() };
    assert_eq!(count, window);
    session.take_out();
    assert!(session.write(1, &cx, b"x").is_pending());
    session.receive(&frame(Kind::WindowUpdate, 0, 1, 1))?;
    assert!(matches!(session.write(1, &cx, b"xy"), Poll::Ready(Ok(1))));
    session.receive(&frame(Kind::WindowUpdate, RST, 1, 0))?;
    assert!(matches!(session.write(1, &cx, b"x"), Poll::Ready(Err(_))));
    Ok(())
}

/// A server's session with stream 1, opened by the client.
fn with_stream() -> Session {
    let mut session = Session::new(Role::Server);
    session.receive(&frame(Kind::WindowUpdate, SYN, 1, 0)).unwrap();
    assert_eq!((session.accept(), session.accept()), (Some(1), None));
    session.take_out();
    session
}

fn data(flags: u16, length: u32) -> Vec<u8> {
    [frame(Kind::Data, flags, 1, length), vec![7; usize::try_from(length).unwrap()]].concat()
}

/// Reads at most this much of stream 1; `None` if it waits.
fn read(session: &mut Session, most: u32) -> Option<u32> {
    let mut bytes = vec![0; usize::try_from(most).unwrap()];
    let mut to = ReadBuf::new(&mut bytes);
    let polled = session.read(1, &Context::from_waker(Waker::noop()), &mut to);
    polled.is_ready().then(|| u32::try_from(to.filled().len()).unwrap())
}

fn write(session: &mut Session, length: usize) -> Poll<Option<usize>> {
    let cx = Context::from_waker(Waker::noop());
    session.write(1, &cx, &vec![7; length]).map(Result::ok)
}

#[test]
fn window_is_renewed_once_half_of_it_is_free() -> Result<(), ProtocolError> {
    const HALF: u32 = WINDOW / 2;
    let mut session = with_stream();
    session.receive(&data(0, WINDOW))?;
    for (most, update) in [(HALF - 1, None), (1, Some(HALF)), (HALF, Some(HALF))] {
        assert_eq!(read(&mut session, most), Some(most));
        let expected = update.map(|length| (Kind::WindowUpdate, 0, 1, length));
        assert_eq!(headers(&session.take_out()), Vec::from_iter(expected), "{most}");
    }
    assert_eq!(read(&mut session, 1), None);
    // The whole window is free again, and not more.
    session.receive(&data(0, WINDOW))?;
    assert!(session.receive(&data(0, 1)).is_err());
    // After the last data, no window update is needed.
    let mut session = with_stream();
    session.receive(&data(FIN, WINDOW))?;
    assert_eq!((read(&mut session, WINDOW), read(&mut session, 1)), (Some(WINDOW), Some(0)));
    assert!(!session.has_out());
    Ok(())
}

#[test]
fn each_side_opens_streams_with_its_own_numbers() {
    for (role, numbers, theirs) in [(Role::Client, [1, 3], 2), (Role::Server, [2, 4], 1)] {
        let mut session = Session::new(role);
        assert_eq!([session.open(), session.open()], numbers.map(Some));
        let opened = numbers.map(|number| (Kind::WindowUpdate, SYN, number, 0));
        assert_eq!(headers(&session.take_out()), opened);
        assert!(session.receive(&frame(Kind::WindowUpdate, SYN, theirs, 0)).is_ok());
        assert!(session.receive(&frame(Kind::WindowUpdate, SYN, numbers[1] + 2, 0)).is_err());
        assert_eq!(session.open(), None, "after an error, the connection is closed");
    }
}

#[test]
fn closed_direction_sends_fin_once() {
    let mut session = with_stream();
    session.close(1);
    session.close(1);
    session.forget(1);
    assert_eq!(headers(&session.take_out()), [(Kind::WindowUpdate, FIN, 1, 0)]);
    assert_eq!(write(&mut session, 1), Poll::Ready(None));
}

#[test]
fn stream_is_removed_once_both_sides_are_done() -> Result<(), ProtocolError> {
    for end in [
        frame(Kind::WindowUpdate, FIN, 1, 0),
        data(FIN, 0),
        data(FIN, 3),
        frame(Kind::WindowUpdate, RST, 1, 0),
    ] {
        let mut session = with_stream();
        session.forget(1);
        assert_eq!(session.streams(), 1);
        session.receive(&end)?;
        assert_eq!((session.streams(), session.waiting()), (0, 12), "only our FIN is left");

        let mut session = with_stream();
        session.receive(&end)?;
        assert_eq!(session.streams(), 1);
        session.forget(1);
        assert_eq!(session.streams(), 0);
    }
    let mut session = with_stream();
    session.end();
    session.forget(1);
    assert_eq!(session.streams(), 0);
    Ok(())
}

#[test]
fn data_of_unknown_streams_are_skipped() -> Result<(), ProtocolError> {
    let mut session = Session::new(Role::Server);
    session.receive(&frame(Kind::GoAway, 0, 0, 0))?;
    session.receive(&[data(FIN, 100), frame(Kind::Ping, SYN, 0, 7)].concat())?;
    assert_eq!(headers(&session.take_out()), [(Kind::Ping, ACK, 0, 7)]);
    assert_eq!((session.streams(), session.accept(), session.has_ended()), (0, None, false));
    Ok(())
}

#[test]
fn readers_and_writers_are_woken() -> Result<(), ProtocolError> {
    for event in
        [data(0, 1), data(FIN, 0), frame(Kind::WindowUpdate, FIN, 1, 0), frame(Kind::WindowUpdate, RST, 1, 0)]
    {
        let mut session = with_stream();
        assert_eq!(read(&mut session, 1), None);
        assert_eq!(session.take_wakers().len(), 0);
        session.receive(&event)?;
        assert_eq!(session.take_wakers().len(), 1);
        assert!(read(&mut session, 1).is_some());
    }
    let full = |session: &mut Session| {
        assert_eq!(write(session, OUT), Poll::Ready(Some(usize::try_from(WINDOW).unwrap())));
        assert!(write(session, 1).is_pending());
    };
    for event in [frame(Kind::WindowUpdate, 0, 1, 1), frame(Kind::WindowUpdate, RST, 1, 0)] {
        let mut session = with_stream();
        full(&mut session);
        session.receive(&event)?;
        assert_eq!(session.take_wakers().len(), 1);
    }
    let mut session = with_stream();
    full(&mut session);
    assert_eq!(read(&mut session, 1), None);
    session.end();
    assert_eq!(session.take_wakers().len(), 2);
    assert_eq!((read(&mut session, 1), write(&mut session, 1)), (Some(0), Poll::Ready(None)));
    Ok(())
}

#[test]
fn outgoing_data_are_bounded() -> Result<(), ProtocolError> {
    let mut session = with_stream();
    session.receive(&frame(Kind::WindowUpdate, 0, 1, 1 << 30))?;
    assert_eq!(write(&mut session, 0), Poll::Ready(Some(0)));
    assert!(!session.has_out());
    assert_eq!(write(&mut session, OUT - 12), Poll::Ready(Some(OUT - 12)));
    assert!(session.is_full());
    assert!(write(&mut session, 1).is_pending());
    assert_eq!(session.take_out().len(), OUT);
    assert_eq!(session.take_wakers().len(), 1);
    assert!(!session.is_full());
    assert_eq!(write(&mut session, 2 * OUT), Poll::Ready(Some(OUT)));
    Ok(())
}
