use super::mutate::{Random, spoilt};
use super::{SESSION, Trying, numbers};
use crate::yamux::tests::Tried;

/// A session receives any bytes, in pieces, while streams are read, written and dropped at random.
#[test]
fn session_stays_within_limits_for_any_bytes() {
    for number in numbers(1) {
        let _trying = Trying(number);
        let mut random = Random::of(number);
        let bytes = spoilt(&mut random, &[SESSION, OPENS]);
        let mut session = Tried::default();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let most = [1, 12, 100, 5000][random.below(4)];
            let (now, later) = rest.split_at((1 + random.below(most)).min(rest.len()));
            rest = later;
            if session.receive(now).is_err() {
                break;
            }
            for _ in 0..random.below(4) {
                session.act(random.next());
            }
            session.check();
        }
        session.end();
    }
}

/// A stream is opened, filled, and reset or closed; the test mutates the numbers.
const OPENS: &[u8] = &[
    0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, // SYN of 1
    0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, b'a', b'b', b'c', // data
    0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, b'd', // SYN of 3 with data
    0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, // ping
    0, 1, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, // window of 3
    0, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, // FIN of 1
    0, 1, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0, // RST of 3
    0, 1, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, // SYN of 5
    0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // go away
];
