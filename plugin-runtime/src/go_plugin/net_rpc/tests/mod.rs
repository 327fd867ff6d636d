//! What a host sends (`rpc`), and what none ever does: millions of streams that are nearly right.
//!
//! Each of these is made from its number alone, out of what Go has written, so that a failing one is found again by it:
//! `PLUGWRIGHT_FUZZ_ONLY=<number>`. `cargo test` tries some thousand; more of them:
//!
//! ```console
//! PLUGWRIGHT_FUZZ=1000000 cargo test -p plugwright --all-features --lib net_rpc::tests
//! ```

mod gob;
mod mutate;
mod rpc;
mod session;
mod yamux;

const REQUESTS: &[u8] = include_bytes!("../../../hosts/ephemeral_access/fixtures/requests.gob");
const REPLIES: &[u8] = include_bytes!("../../../hosts/ephemeral_access/fixtures/replies.gob");
const LATER: &[u8] = include_bytes!("../../../hosts/ephemeral_access/fixtures/later.gob");
const SESSION: &[u8] = include_bytes!("../../../hosts/ephemeral_access/fixtures/session.bin");

/// The numbers of the inputs to try: a `part` of those that were asked for.
fn numbers(part: u64) -> impl Iterator<Item = u64> {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let only = asked("PLUGWRIGHT_FUZZ_ONLY");
    let count = asked("PLUGWRIGHT_FUZZ").unwrap_or(4_000) / part;
    only.map_or(0..count, |only| only..only + 1)
}

/// Shows the number of the input where a test fails.
struct Trying(u64);

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("PLUGWRIGHT_FUZZ_ONLY={}", self.0);
        }
    }
}
