//! Tests values in several messages, and long ones.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use crate::future::now;
use crate::net_rpc::gob::{Gob, Nil, put_bytes};
use crate::net_rpc::memory::{MESSAGE, Memory};
use crate::net_rpc::messages::{Messages, ReadError};

/// An interface in one message and `further` ones: each but the last ends with the definition of a type.
fn in_messages(further: u8) -> Vec<u8> {
    // `interface`, a zero, the name.
    let mut message = vec![0x10, 0, 1, b'x'];
    let mut stream = Vec::new();
    for number in 0..further {
        // Type 65 and the following have their own encoding.
        message.extend([0xff, 0x81 + 2 * number, 6, 0, 0]);
        put_bytes(&mut stream, &message);
        message.clear();
    }
    // Type 65, the length of the value, the value.
    message.extend([0xff, 0x82, 2, 1, 7]);
    put_bytes(&mut stream, &message);
    stream
}

fn read(stream: &[u8]) -> Result<Option<Nil>, ReadError> {
    now(Messages::new(stream, Memory::new()).value::<Nil>()).expect("the input never blocks")
}

#[test]
fn value_continues_in_at_most_16_messages() {
    assert!(matches!(read(&in_messages(1)), Ok(Some(Nil))));
    assert!(matches!(read(&in_messages(16)), Ok(Some(Nil))));
    let Err(ReadError::Value(error)) = read(&in_messages(17)) else { panic!("it was read") };
    assert_eq!(error.to_string(), "the value continues in another message");
}

#[test]
fn stream_may_end_only_before_a_value() {
    assert!(matches!(read(&[]), Ok(None)));
    let all = in_messages(2);
    let first = usize::from(all[0]) + 1;
    // The definition of a type, without a value.
    for cut in [&all[..first], &[5, 0xff, 0x81, 6, 0, 0]] {
        let error = read(cut).unwrap_err();
        assert!(matches!(&error, ReadError::Stream(error) if error.kind() == io::ErrorKind::UnexpectedEof));
        assert_eq!(error.to_string(), "unexpected end of file");
    }
}

/// A connection that was reset.
struct Reset;

impl AsyncRead for Reset {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

#[test]
fn failed_connection_is_not_its_end() {
    let read = now(Messages::new(Reset, Memory::new()).value::<Nil>()).unwrap();
    assert_eq!(read.unwrap_err().to_string(), "connection reset");
}

/// Reads a value from these bytes and `further` ones.
fn read_long<T: Gob>(start: &[u8], further: usize) -> Result<Option<T>, ReadError> {
    let stream = start.chain(tokio::io::repeat(7).take(further as u64));
    now(Messages::new(stream, Memory::new()).value::<T>()).expect("it fits in memory")
}

#[test]
fn messages_of_the_maximum_size_are_read() {
    let length = |length: usize| {
        let bytes = u32::try_from(length).unwrap().to_be_bytes();
        [&[0xfc][..], &bytes].concat()
    };
    // The length of the message; `[]byte`, a zero, the length of the value, the value.
    let value = MESSAGE - 2 - 5;
    let start = [&length(MESSAGE)[..], &[0x0a, 0], &length(value)].concat();
    let bytes = read_long::<Vec<u8>>(&start, value).unwrap().unwrap();
    assert_eq!(bytes.len(), value);

    // Two messages of one value count as one.
    let all = in_messages(1);
    let start = [&all[..=usize::from(all[0])], &length(MESSAGE)].concat();
    let error = read_long::<Nil>(&start, MESSAGE).unwrap_err().to_string();
    assert!(error.starts_with("expected a message of at most 16777216 bytes, found 167772"), "{error}");
}
