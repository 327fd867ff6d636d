//! Tests of the binary in its own process, started as its host does.

use plugwright::client::{Client, ClientBuilder};

/// Starts the binary that Cargo built for the tests. The process exits when the client is dropped.
fn plugin() -> ClientBuilder {
    Client::builder(env!("CARGO_BIN_EXE_my-plugin"))
}
