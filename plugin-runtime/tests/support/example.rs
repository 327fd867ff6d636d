//! The binaries of `examples`.

use std::path::PathBuf;

/// Returns `examples/NAME.rs` as a binary, which cargo builds with the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().with_file_name("examples").join(name);
    assert!(
        example.exists(),
        "{} is missing; run `cargo build -p plugwright --features client --example {name}`",
        example.display()
    );
    example
}
