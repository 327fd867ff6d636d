//! The twelve bytes before everything.

use super::session::ProtocolError;

/// How long they are.
pub(super) const HEADER: usize = 12;

/// What follows, or is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As many bytes as the length says.
    Data = 0,
    /// The other side may send so many bytes more.
    WindowUpdate = 1,
    /// To be answered with the same number.
    Ping = 2,
    /// No further streams; the length is the reason.
    GoAway = 3,
}

/// Opens the stream; also a ping that wants an answer.
pub(super) const SYN: u16 = 1;
/// The stream is there; also the answer to a ping.
pub(super) const ACK: u16 = 2;
/// Nothing more will come in it.
pub(super) const FIN: u16 = 4;
/// The stream is over, in both directions.
pub(super) const RST: u16 = 8;

/// The reason of a [`Kind::GoAway`] in good order.
pub(super) const NORMAL: u32 = 0;
/// That of one because the other side broke the rules.
pub(super) const PROTOCOL_ERROR: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) flags: u16,
    /// 0 is the connection.
    pub(super) stream: u32,
    pub(super) length: u32,
}

impl Header {
    pub(super) fn parse(bytes: &[u8; HEADER]) -> Result<Self, ProtocolError> {
        let [version, kind, f0, f1, s0, s1, s2, s3, l0, l1, l2, l3] = *bytes;
        if version != 0 {
            return Err(ProtocolError::new(format_args!("version {version}; 0 is the only one")));
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
    fn a_header_is_what_the_specification_draws() {
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
