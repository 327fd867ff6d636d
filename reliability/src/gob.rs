//! A struct with a field of each kind that our gob supports, for the fuzz target and for the comparison with Go, which
//! declares the same struct in `go/gob.go`.

use std::collections::BTreeMap;

use go_plugin::net_rpc::gob::{Basic, BasicError, GoTime, Interface, gob_struct};

gob_struct! {
    /// `Everything` in `go/gob.go`.
    pub(crate) struct Everything = "Everything" {
        flag: bool = "Flag",
        int: i64 = "Int",
        uint: u64 = "Uint",
        text: String = "Text",
        bytes: Vec<u8> = "Bytes",
        time: GoTime = "Time",
        any: Basic = "Any",
        error: Interface<BasicError> = "Error",
        inner: Inner = "Inner",
        flag_or_nil: Option<bool> = "FlagOrNil",
        int_or_nil: Option<i64> = "IntOrNil",
        text_or_nil: Option<String> = "TextOrNil",
        time_or_nil: Option<GoTime> = "TimeOrNil",
        inner_or_nil: Option<Inner> = "InnerOrNil",
        ints: Vec<i64> = "Ints",
        texts: Vec<String> = "Texts",
        inners: Vec<Inner> = "Inners",
        texts_by_text: BTreeMap<String, String> = "TextsByText",
        inners_by_int: BTreeMap<i64, Inner> = "InnersByInt",
        any_by_text: BTreeMap<String, Basic> = "AnyByText",
    }

    /// `Inner` in `go/gob.go`.
    pub(crate) struct Inner = "Inner" {
        name: String = "Name",
        numbers: Vec<u64> = "Numbers",
        deeper: Vec<Inner> = "Deeper",
    }
}

/// The messages of a stream, without their lengths; ends at an invalid length.
pub(crate) fn messages(mut stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (first, rest) = stream.split_first()?;
        let (length, rest) = match *first {
            short @ ..0x80 => (u64::from(short), rest),
            count => {
                let (bytes, rest) = rest.split_at_checked(usize::from(count.wrapping_neg()))?;
                (bytes.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte)), rest)
            }
        };
        let (message, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        stream = rest;
        Some(message)
    })
}
