//! Validation of DNS names, like Kubernetes (`k8s.io/apimachinery/pkg/util/validation`).

/// The maximum length of a DNS subdomain (`DNS1123SubdomainMaxLength`).
pub(crate) const MAX_SUBDOMAIN_LEN: usize = 253;

/// The maximum length of a DNS label, and so of a namespace (`DNS1123LabelMaxLength`).
pub(crate) const MAX_LABEL_LEN: usize = 63;

/// An error in a DNS name, with its byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DnsFault {
    pub(crate) what: What,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    UpperCase,
    Character,
    Edge,
    TooLong,
}

/// Checks the non-empty `bytes[..end]` like `IsDNS1123Subdomain`: labels between dots may have any length.
pub(crate) const fn subdomain_fault(bytes: &[u8], end: usize) -> Option<DnsFault> {
    let mut at = 0;
    while at < end {
        let byte = bytes[at];
        let at_an_edge = at == 0 || at + 1 == end || bytes[at - 1] == b'.' || bytes[at + 1] == b'.';
        let (what, len) = match byte {
            b'A'..=b'Z' => (What::UpperCase, 1),
            b'-' | b'.' if at_an_edge => (What::Edge, 1),
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => {
                at += 1;
                continue;
            }
            _ => (What::Character, char_len(byte)),
        };
        return Some(DnsFault { what, start: at, end: at + len });
    }
    if end > MAX_SUBDOMAIN_LEN { Some(DnsFault { what: What::TooLong, start: 0, end }) } else { None }
}

/// The length of the UTF-8 character that starts with this byte.
pub(crate) const fn char_len(byte: u8) -> usize {
    match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}
