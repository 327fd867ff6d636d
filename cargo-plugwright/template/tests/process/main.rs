//! Tests of the binary, which runs in its own process as under its host.

use plugwright::client::{Client, ClientBuilder};

/// The binary that Cargo has built for the tests. Its process ends when the client is dropped.
fn plugin() -> ClientBuilder {
    Client::builder(env!("CARGO_BIN_EXE_my-plugin"))
}
