//! The plugins as their host sees them: the real binary, in a process of its own.

use plugwright::client::{Client, ClientBuilder};

/// What Cargo has built for the tests. It ends when the client is dropped.
fn plugin() -> ClientBuilder {
    Client::builder(env!("CARGO_BIN_EXE_my-plugin"))
}
