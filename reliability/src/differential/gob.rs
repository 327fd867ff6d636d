//! gob: Go reads what we write, and we read what Go writes.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use go_plugin::net_rpc::gob::{Basic, BasicError, Decoder, Encoder, GoTime, Interface, put_bytes};
use serde_json::{Value, json};

use super::Case;
use crate::gob::{Everything, Inner, messages};

const MEMORY: usize = 1 << 20;

pub(super) fn case(rng: &mut Rng) -> Case {
    let stream = Encoder::default().encode(&everything(rng));
    // A pointer to a zero value is not sent, so that what was read decides.
    let ours = read(&stream).expect("our stream is valid");
    let question = json!({"subject": "gob", "stream": STANDARD.encode(&stream)});
    let check = move |theirs: &Value| {
        let text = text(&ours);
        if theirs["text"].as_str() != Some(&text) {
            return Err(format!("ours is {text}, Go's is {}", theirs["text"]));
        }
        let again = STANDARD
            .decode(theirs["again"].as_str().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        match read(&again) {
            Ok(again) if again == ours => Ok(()),
            other => Err(format!("{ours:?} written by Go is {other:?}")),
        }
    };
    Case { question, check: Box::new(check) }
}

fn read(stream: &[u8]) -> Result<Everything, String> {
    let mut decoder = Decoder::default();
    let mut message = Vec::new();
    for next in messages(stream) {
        // As in net/rpc: a value with an interface of a new type continues after the type's definition.
        if message.is_empty() {
            message.extend_from_slice(next);
        } else {
            put_bytes(&mut message, next);
        }
        match decoder.read(&message).map_err(|error| error.to_string())? {
            None => message.clear(),
            Some(value) => match decoder.decode(value, MEMORY).map_err(|error| error.to_string()) {
                Err(error) if error.ends_with("continues in another message") => {}
                done => return done,
            },
        }
    }
    Err("expected a value, found only definitions".to_owned())
}

fn everything(rng: &mut Rng) -> Everything {
    Everything {
        flag: rng.bool(),
        int: number(rng).cast_signed(),
        uint: number(rng),
        text: words(rng),
        bytes: words(rng).into_bytes(),
        time: time(rng),
        any: basic(rng),
        error: Interface(rng.bool().then(|| BasicError { message: words(rng) })),
        inner: inner(rng, 2),
        flag_or_nil: rng.bool().then(|| rng.bool()),
        int_or_nil: rng.bool().then(|| number(rng).cast_signed()),
        text_or_nil: rng.bool().then(|| words(rng)),
        time_or_nil: rng.bool().then(|| time(rng)),
        inner_or_nil: rng.bool().then(|| inner(rng, 1)),
        ints: many(rng, |rng| number(rng).cast_signed()),
        texts: many(rng, words),
        inners: many(rng, |rng| inner(rng, 1)),
        texts_by_text: many(rng, |rng| (words(rng), words(rng))),
        inners_by_int: many(rng, |rng| (number(rng).cast_signed(), inner(rng, 1))),
        any_by_text: many(rng, |rng| (words(rng), basic(rng))),
    }
}

fn many<T, C: FromIterator<T>>(rng: &mut Rng, mut one: impl FnMut(&mut Rng) -> T) -> C {
    (0..rng.usize(..4)).map(|_| one(rng)).collect()
}

/// Numbers of each length.
fn number(rng: &mut Rng) -> u64 {
    rng.u64(..) >> rng.u32(..64)
}

fn words(rng: &mut Rng) -> String {
    const WORDS: &[&str] =
        &["", "a", "shop", "é\u{1f600}", "\0", "a long text, which is longer than a short one"];
    let count = if rng.u8(..64) == 0 { 300 } else { rng.usize(..3) };
    (0..count).filter_map(|_| rng.choice(WORDS).copied()).collect()
}

fn time(rng: &mut Rng) -> GoTime {
    // From year 2 to year 9999.
    let seconds = rng.i64(-62_000_000_000..253_402_300_799);
    let since = Duration::new(seconds.unsigned_abs(), 0);
    let time = if seconds < 0 { UNIX_EPOCH - since } else { UNIX_EPOCH + since };
    GoTime((rng.u8(..4) > 0).then(|| time + Duration::from_nanos(rng.u64(..1_000_000_000))))
}

fn basic(rng: &mut Rng) -> Basic {
    match rng.u8(..6) {
        0 => Basic::Nil,
        1 => Basic::Bool(rng.bool()),
        2 => Basic::Int(number(rng).cast_signed()),
        3 => Basic::Uint(number(rng)),
        4 => Basic::String(words(rng)),
        _ => Basic::Bytes(words(rng).into_bytes()),
    }
}

fn inner(rng: &mut Rng, depth: usize) -> Inner {
    let deeper = if depth == 0 { Vec::new() } else { many(rng, |rng| inner(rng, depth - 1)) };
    Inner { name: words(rng), numbers: many(rng, number), deeper }
}

/// Same format as `String` in `go/gob.go`.
fn text(value: &Everything) -> String {
    let flag = bool::to_string;
    let int = i64::to_string;
    [
        flag(&value.flag),
        int(&value.int),
        value.uint.to_string(),
        hex(value.text.as_bytes()),
        hex(&value.bytes),
        moment(&value.time),
        anything(&value.any),
        or_nil(value.error.0.as_ref(), |error| hex(error.message.as_bytes())),
        inner_text(&value.inner),
        or_nil(value.flag_or_nil.as_ref(), flag),
        or_nil(value.int_or_nil.as_ref(), int),
        or_nil(value.text_or_nil.as_ref(), |text| hex(text.as_bytes())),
        or_nil(value.time_or_nil.as_ref(), moment),
        or_nil(value.inner_or_nil.as_ref(), inner_text),
        list(value.ints.iter().map(int)),
        list(value.texts.iter().map(|text| hex(text.as_bytes()))),
        list(value.inners.iter().map(inner_text)),
        list(
            value
                .texts_by_text
                .iter()
                .map(|(key, text)| format!("{}:{}", hex(key.as_bytes()), hex(text.as_bytes()))),
        ),
        list(value.inners_by_int.iter().map(|(key, inner)| format!("{key}:{}", inner_text(inner)))),
        list(
            value
                .any_by_text
                .iter()
                .map(|(key, value)| format!("{}:{}", hex(key.as_bytes()), anything(value))),
        ),
    ]
    .join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn list(texts: impl Iterator<Item = String>) -> String {
    format!("[{}]", texts.collect::<Vec<_>>().join(","))
}

fn or_nil<T>(value: Option<&T>, text: impl FnOnce(&T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

fn inner_text(inner: &Inner) -> String {
    let numbers = list(inner.numbers.iter().map(u64::to_string));
    format!("({} {numbers} {})", hex(inner.name.as_bytes()), list(inner.deeper.iter().map(inner_text)))
}

fn moment(time: &GoTime) -> String {
    let seconds = |time: SystemTime| match time.duration_since(UNIX_EPOCH) {
        Ok(since) => format!("{}.{:09}", since.as_secs(), since.subsec_nanos()),
        Err(before) => {
            // Go counts nanoseconds upwards from the second before.
            let nanos = before.duration().as_nanos();
            let whole = nanos.div_ceil(1_000_000_000);
            format!("-{whole}.{:09}", whole * 1_000_000_000 - nanos)
        }
    };
    time.0.map_or_else(|| "-".to_owned(), seconds)
}

fn anything(value: &Basic) -> String {
    match value {
        Basic::Bool(flag) => format!("bool{flag}"),
        Basic::Int(number) => format!("int{number}"),
        Basic::Uint(number) => format!("uint{number}"),
        Basic::String(text) => format!("s{}", hex(text.as_bytes())),
        Basic::Bytes(bytes) => format!("b{}", hex(bytes)),
        _ => "-".to_owned(),
    }
}
