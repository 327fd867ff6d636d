//! Frame headers of twelve bytes.

use super::session::ProtocolError;

/// The length of a header.
pub(super) const HEADER: usize = 12;

/// The type of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Data, of the header's length.
    Data = 0,
    /// A window update: the other side may send this many more bytes.
    WindowUpdate = 1,
    /// A ping, to be answered with the same number.
    Ping = 2,
    /// No further streams; the length is the reason.
    GoAway = 3,
}

/// SYN: opens the stream; also a ping request.
pub(super) const SYN: u16 = 1;
/// ACK: acknowledges the stream; also a ping response.
pub(super) const ACK: u16 = 2;
/// FIN: no more data in this direction.
pub(super) const FIN: u16 = 4;
/// RST: closes the stream in both directions.
pub(super) const RST: u16 = 8;

/// The reason of a normal [`Kind::GoAway`].
pub(super) const NORMAL: u32 = 0;
/// The reason after a protocol error.
pub(super) const PROTOCOL_ERROR: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) flags: u16,
    /// 0 refers to the connection.
    pub(super) stream: u32,
    pub(super) length: u32,
}

impl Header {
    pub(super) fn parse(bytes: &[u8; HEADER]) -> Result<Self, ProtocolError> {
        let [version, kind, f0, f1, s0, s1, s2, s3, l0, l1, l2, l3] = *bytes;
        if version != 0 {
            return Err(ProtocolError::new(format_args!("version {version}, expected 0")));
        }
        let kind = match kind {
            0 => Kind::Data,
            1 => Kind::WindowUpdate,
            2 => Kind::Ping,
            3 => Kind::GoAway,
            _ => return Err(ProtocolError::new(format_args!("a frame of the unknown type {kind}"))),
        };
        Ok(Self {
            kind,
            flags: u16::from_be_bytes([f0, f1]),
            stream: u32::from_be_bytes([s0, s1, s2, s3]),
            length: u32::from_be_bytes([l0, l1, l2, l3]),
        })
    }

    pub(super) fn put(self, to: &mut Vec<u8>) {
        to.extend([0, self.kind as u8]);
        to.extend(self.flags.to_be_bytes());
        to.extend(self.stream.to_be_bytes());
        to.extend(self.length.to_be_bytes());
    }

    pub(super) fn has(self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_matches_the_specification() {
        let header =
            Header { kind: Kind::WindowUpdate, flags: SYN | FIN, stream: 0x0102_0304, length: 0x0506_0708 };
        let mut bytes = Vec::new();
        header.put(&mut bytes);
        assert_eq!(bytes, [0, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Header::parse(&bytes.try_into().unwrap()).unwrap(), header);
        assert!(Header::parse(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(Header::parse(&[0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
