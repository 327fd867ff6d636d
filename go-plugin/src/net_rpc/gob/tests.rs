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

/// Zeros, empty values and nil, as in Go (`encode.go`, `encOpFor`).
#[test]
fn struct_omits_zero_fields() {
    gob_struct! {
        struct Further = "Further" {
            any: Basic = "Any",
            nothing: Nil = "Nothing",
            zero: Option<i64> = "Zero",
            text: String = "Text",
        }
    }
    let further = Further { zero: Some(0), ..Further::default() };
    for stream in [Encoder::default().encode(&Everything::default()), Encoder::default().encode(&further)] {
        // The type, and the end of the struct.
        assert_eq!(messages(&stream).last(), Some(&&[0xff, 0x82, 0][..]));
    }
    let sent = Further { any: Basic::Int(3), nothing: Nil, zero: Some(4), text: "five".into() };
    assert_eq!(decode::<Further>(&Encoder::default().encode(&sent)), Ok(sent));
}

#[test]
fn interface_of_another_type_is_skipped() {
    let error = Interface(Some(BasicError { message: "it broke".into() }));
    assert_eq!(decode(&Encoder::default().encode(&error)), Ok(Basic::Other));
}

impl Registered for u64 {
    const NAME: &'static str = "test.Number";
}

#[test]
fn registered_value_without_fields_is_preceded_by_zero() {
    let sent = Interface(Some(7_u64));
    // The number of `interface`, a zero; the name, `uint`, the length; a zero, the value.
    let expected = [&[0x10, 0, 11][..], b"test.Number", &[6, 2, 0, 7]].concat();
    let stream = Encoder::default().encode(&sent);
    assert_eq!(messages(&stream), [&expected[..]]);
    assert_eq!(decode(&stream), Ok(sent));
}

#[test]
fn unknown_fields_of_every_type_are_skipped() {
    // An array of integers (66), a map of strings to floats (67), and a type with its own encoding (68).
    let definitions: [(u8, &[u8]); 3] = [
        (0x83, &[1, 1, 2, 0xff, 0x84, 0, 1, 4, 1, 4, 0, 0]),
        (0x85, &[4, 1, 2, 0xff, 0x86, 0, 1, 12, 1, 8, 0, 0]),
        (0x87, &[6, 1, 2, 0xff, 0x88, 0, 0, 0]),
    ];
    let mut decoder = Decoder::default();
    for (id, definition) in definitions {
        assert!(decoder.read(&[&[0xff, id], definition].concat()).unwrap().is_none());
    }
    // Go's eight predefined types, those three, and a known field.
    let fields: Vec<u8> = (1..=8)
        .flat_map(|id| of_field("Unknown", 2 * id))
        .chain([0x84, 0x86, 0x88].into_iter().flat_map(|id| of_defined_field("Unknown", id)))
        .chain(of_field("Number", 6))
        .collect();
    let definition = [&[0xff, 0x81, 3, 1, 2, 0xff, 0x82, 0, 1, 12], &fields[..], &[0, 0]].concat();
    assert!(decoder.read(&definition).unwrap().is_none());
    let values: [&[u8]; 12] = [
        &[1],
        &[0xfe, 1, 2],
        &[3],
        &[0xfe, 0xf0, 0x3f],
        &[2, 7, 7],
        &[1, b'a'],
        &[5, 6],
        // An interface with an integer.
        &[3, b'i', b'n', b't', 4, 2, 0, 6],
        &[2, 4, 4],
        &[1, 1, b'a', 9],
        &[1, 7],
        &[42],
    ];
    let mut message = vec![0xff, 0x82];
    for value in values {
        message.push(1);
        message.extend(value);
    }
    message.push(0);
    let value = decoder.read(&message).unwrap().unwrap();
    let expected = Everything { number: 42, ..Everything::default() };
    assert_eq!(decoder.decode::<Everything>(value, AMPLE), Ok(expected));
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

/// A field in the definition of a struct.
fn of_field(name: &str, of: u8) -> Vec<u8> {
    let mut field = vec![1];
    put_bytes(&mut field, name.as_bytes());
    field.extend([1, of, 0]);
    field
}

/// Like [`of_field`], with a type that the stream defines.
fn of_defined_field(name: &str, of: u8) -> Vec<u8> {
    let mut field = of_field(name, 0xff);
    field.splice(field.len() - 1.., [of, 0]);
    field
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
    // A struct with one field: the type is 65.
    let definition = |name, of| [&[3, 1, 2, 0xff, 0x82, 0, 1, 1][..], &of_field(name, of), &[0, 0]].concat();
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
    assert!(of_type(&strings, &[0x80]).unwrap_err().to_string().contains("found 128"));
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
fn field_numbers_do_not_overflow() {
    let bytes = [1, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let mut types = types::Types::default();
    let mut found = Vec::new();
    let read = Input::new(&bytes, &mut types, 0).numbered_fields(|_, number| {
        found.push(number);
        Ok(())
    });
    assert_eq!(read.unwrap_err().to_string(), "invalid field number");
    assert_eq!(found, [0]);
}

#[test]
fn type_definitions_are_limited_to_a_mebibyte() {
    const LIMIT: usize = 1 << 20;
    let read = |fields: usize, name: usize| {
        let mut definition = vec![0xff, 0x81, 3, 1, 2, 0xff, 0x82, 0, 1];
        encoder::put_uint(&mut definition, fields as u64);
        for _ in 0..fields {
            definition.extend(of_field(&"n".repeat(name), 4));
        }
        definition.extend([0, 0]);
        Decoder::default().read(&definition).map(drop)
    };
    // A type and each of its fields count 128 bytes, and a name its length.
    assert_eq!(read(1, LIMIT - 256), Ok(()));
    assert!(read(1, LIMIT - 255).is_err());
    assert_eq!(read(LIMIT / 128 - 1, 0), Ok(()));
    assert!(read(LIMIT / 128, 0).is_err());
    // A definition of a megabyte is not read to its end.
    let error = read(LIMIT / 4, 0).unwrap_err().to_string();
    assert_eq!(error, "the value exceeds the memory limit of a message of this length");

    let mut decoder = Decoder::default();
    let mut define = |id: i64| {
        let mut definition = Vec::new();
        encoder::put_int(&mut definition, -id);
        // A type with its own encoding.
        definition.extend([6, 0, 0]);
        decoder.read(&definition).map(drop)
    };
    assert!(define(63).unwrap_err().to_string().contains("predefined in Go"));
    for id in 64..64 + 8192 {
        assert_eq!(define(id), Ok(()));
    }
    let error = define(64 + 8192).unwrap_err().to_string();
    assert_eq!(error, "the type definitions exceed their memory limit");
}

/// Decoding succeeds with this memory limit, and fails with less.
fn takes(sent: &Everything, memory: usize) {
    let stream = Encoder::default().encode(sent);
    let mut decoder = Decoder::default();
    for message in messages(&stream) {
        if let Some(value) = decoder.read(message).unwrap() {
            assert_eq!(decoder.decode::<Everything>(value, memory).as_ref(), Ok(sent));
            let error = decoder.decode::<Everything>(value, memory - 1).unwrap_err().to_string();
            assert!(
                error.ends_with(": the value exceeds the memory limit of a message of this length"),
                "{error}"
            );
        }
    }
    assert!(decoder.types().memory() < 4096);
}

#[test]
fn memory_is_counted() {
    // A thousand empty structs of one byte each. A vector grows by doubling.
    let points = Everything { points: vec![Point::default(); 1000], ..Everything::default() };
    takes(&points, 2 * 1000 * size_of::<Point>());
    // The length of a text, and the nodes of a map.
    let names = [("a".into(), vec![]), ("bcd".into(), vec!["ef".into()])];
    let names = Everything { names: names.into(), ..Everything::default() };
    takes(&names, 2 * (2 * size_of::<(String, Vec<String>)>() + 32) + 2 * size_of::<String>() + 6);
    takes(&Everything { bytes: vec![0; 100], ..Everything::default() }, 100);
}
