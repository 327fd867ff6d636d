//! Tests the examples in gob's documentation, and input that no encoder writes.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use super::*;

gob_struct! {
    struct Point = "Point" {
        x: i64 = "X",
        y: i64 = "Y",
    }

    struct Everything = "Everything" {
        yes: bool = "Yes",
        none: Option<bool> = "None",
        number: u64 = "Number",
        points: Vec<Point> = "Points",
        names: BTreeMap<String, Vec<String>> = "Names",
        bytes: Vec<u8> = "Bytes",
        inner: Option<Point> = "Inner",
        time: GoTime = "Time",
        error: Interface<BasicError> = "Err",
    }
}

/// The messages of a stream, without length prefixes.
pub(crate) fn messages(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while !stream.is_empty() {
        let mut types = types::Types::default();
        let mut input = Input::new(stream, &mut types, 0);
        let length = usize::try_from(input.uint().unwrap()).unwrap();
        let (message, rest) = stream[stream.len() - input.left()..].split_at(length);
        messages.push(message);
        stream = rest;
    }
    messages
}

/// An unlimited amount of memory.
pub(crate) const AMPLE: usize = 1 << 20;

fn decode<T: Gob>(stream: &[u8]) -> Result<T, GobError> {
    let mut decoder = Decoder::default();
    for message in messages(stream) {
        if let Some(value) = decoder.read(message)? {
            return decoder.decode(value, AMPLE);
        }
    }
    panic!("no value");
}

#[test]
fn example_of_the_documentation() {
    // `Point{22, 33}`, byte for byte.
    let stream =
        b"\x1f\xff\x81\x03\x01\x01\x05Point\x01\xff\x82\0\x01\x02\x01\x01X\x01\x04\0\x01\x01Y\x01\x04\0\0\0\
        \x07\xff\x82\x01\x2c\x01\x42\0";
    let point = Point { x: 22, y: 33 };
    assert_eq!(decode::<Point>(stream).as_ref(), Ok(&point));
    assert_eq!(Encoder::default().encode(&point), stream);
}

#[test]
fn numbers_of_every_size_round_trip() {
    for shift in 0..64 {
        for number in [1_u64 << shift, (1 << shift) - 1, !(1 << shift)] {
            let mut bytes = Vec::new();
            encoder::put_uint(&mut bytes, number);
            encoder::put_int(&mut bytes, number.cast_signed());
            let mut types = types::Types::default();
            let mut input = Input::new(&bytes, &mut types, 0);
            assert_eq!((input.uint(), input.int(), input.left()), (Ok(number), Ok(number.cast_signed()), 0));
        }
    }
}

#[test]
fn values_round_trip_and_types_are_defined_once() {
    let everything = Everything {
        yes: true,
        none: Some(true),
        number: u64::MAX,
        points: vec![Point::default(), Point { x: -1, y: i64::MIN }],
        names: [("a".into(), vec!["b".into(), String::new()]), (String::new(), vec![])].into(),
        bytes: vec![0, 255],
        inner: Some(Point::default()),
        // A nanosecond after Go's zero time.
        time: GoTime(Some(UNIX_EPOCH - Duration::from_secs(62_135_596_800) + Duration::from_nanos(1))),
        error: Interface(Some(BasicError { message: "it broke".into() })),
    };
    let mut encoder = Encoder::default();
    let first = encoder.encode(&everything);
    assert_eq!(decode::<Everything>(&first).as_ref(), Ok(&everything));
    let again = encoder.encode(&everything);
    assert_eq!(messages(&again).len(), 1);
    assert_eq!(
        decode::<Everything>(&Encoder::default().encode(&Everything::default())),
        Ok(Everything::default())
    );
}

#[test]
fn pointer_to_zero_is_nil() {
    let sent = Everything { none: Some(false), ..Everything::default() };
    assert_eq!(decode::<Everything>(&Encoder::default().encode(&sent)).unwrap().none, None);
}

#[test]
fn top_level_value_is_preceded_by_zero() {
    assert_eq!(
        decode::<String>(&Encoder::default().encode(&"one plugin of a host".to_owned())).unwrap(),
        "one plugin of a host"
    );
    assert_eq!(decode::<u64>(&Encoder::default().encode(&0_u64)), Ok(0));
    assert!(
        decode::<u64>(&Encoder::default().encode(&true)).unwrap_err().to_string().contains("found a bool")
    );
    assert!(decode::<bool>(&Encoder::default().encode(&Point::default())).is_err());
    // Go's `new(interface{})`.
    assert_eq!(Encoder::default().encode(&Nil), [3, 0x10, 0, 0]);
}

#[test]
fn error_names_the_field() {
    gob_struct! {
        struct Other = "Everything" {
            inner: Option<Wrong> = "Inner",
        }
        struct Wrong = "Point" {
            y: String = "Y",
        }
    }
    let sent = Other { inner: Some(Wrong { y: "text".into() }) };
    let error = decode::<Everything>(&Encoder::default().encode(&sent)).unwrap_err();
    assert_eq!(error.to_string(), "Inner: Y: expected a int, found a string");
}

/// A message that defines type 65, and a value of it.
fn of_type(definition: &[u8], value: &[u8]) -> Result<Everything, GobError> {
    let mut decoder = Decoder::default();
    assert!(decoder.read(&[&[0xff, 0x81], definition].concat())?.is_none());
    let message = [&[0xff, 0x82], value].concat();
    let value = decoder.read(&message)?.unwrap();
    decoder.decode(value, 64 << 10)
}

#[test]
fn lengths_are_checked_against_the_message() {
    // A struct with one field "Points", a slice of itself: the type is 65.
    let field = |name: &str, of: u8| {
        let mut field = vec![1, 1, 1];
        put_bytes(&mut field, name.as_bytes());
        field.extend([1, of, 0, 0, 0]);
        field
    };
    let definition = |name, of| [&[3, 1, 2, 0xff, 0x82, 0][..], &field(name, of)].concat();
    // 2^63 bytes, elements, characters.
    let huge = [0xf8, 0x80, 0, 0, 0, 0, 0, 0, 0];
    let strings = definition("Unknown", 12);
    for (of, what) in [(10, "bytes, found"), (12, "bytes, found")] {
        let error = of_type(&definition("Unknown", of), &[&[1][..], &huge, &[0]].concat()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
    let error = of_type(&strings, &[1, 5, b'a', 0]).unwrap_err().to_string();
    assert_eq!(error, "Unknown: expected 5 bytes, found 2");
    assert!(
        of_type(&strings, &[2])
            .unwrap_err()
            .to_string()
            .contains("invalid field number 1; the struct has 1 fields")
    );
    assert!(of_type(&strings, &[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
    assert!(of_type(&strings, &[0xf7]).unwrap_err().to_string().contains("found 9"));
    assert!(of_type(&strings, &[]).unwrap_err().to_string().contains("cut off"));
}

#[test]
fn nesting_and_types_are_limited() {
    // Type 65 is a slice of itself: `[[[[…`.
    let slice_of_itself = [2, 1, 2, 0xff, 0x82, 0, 1, 0xff, 0x82, 0, 0];
    let mut decoder = Decoder::default();
    assert!(decoder.read(&[&[0xff, 0x81], &slice_of_itself[..]].concat()).unwrap().is_none());
    // The same definition may be repeated; a different one is an error.
    assert!(decoder.read(&[&[0xff, 0x81], &slice_of_itself[..]].concat()).unwrap().is_none());
    let map = [4, 1, 2, 0xff, 0x82, 0, 1, 12, 1, 12, 0, 0];
    let error = decoder.read(&[&[0xff, 0x81], &map[..]].concat()).unwrap_err().to_string();
    assert_eq!(error, "type 65 is defined twice");
    let of = decoder.types().get(TypeId(65)).unwrap();
    let deep = [1; 1000];
    let mut types = std::mem::take(&mut decoder).into_types();
    let mut input = Input::new(&deep, &mut types, AMPLE);
    assert!(input.skip(&of).unwrap_err().to_string().contains("64 levels deep"));
    assert!(
        Decoder::default().read(&[0x7d, 2, 1, 0, 0, 0]).unwrap_err().to_string().contains("predefined in Go")
    );
    assert!(Decoder::default().read(&[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
}

#[test]
fn memory_is_counted() {
    // A thousand empty structs of one byte each.
    let points = Everything { points: vec![Point::default(); 1000], ..Everything::default() };
    let stream = Encoder::default().encode(&points);
    let mut decoder = Decoder::default();
    for message in messages(&stream) {
        if let Some(value) = decoder.read(message).unwrap() {
            let error = decoder.decode::<Everything>(value, 1000 * size_of::<Point>()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "Points: the value exceeds the memory limit of a message of this length"
            );
            assert!(decoder.decode::<Everything>(value, 3000 * size_of::<Point>()).is_ok());
        }
    }
    assert!(decoder.types().memory() < 4096);
}
