//! `cargo plugwright`; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_plugwright::main()
}
