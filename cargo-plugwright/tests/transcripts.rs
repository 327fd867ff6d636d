//! Runs the commands of `tests/cmd/*.trycmd` and compares what they print.
//!
//! `TRYCMD=overwrite cargo test -p cargo-plugwright` writes what they print now; look at the difference
//! before you commit it. The plugin is `examples/shop-plugin.rs`, which Cargo builds for tests, unless it
//! is told to build one of them only.

use std::path::Path;

#[test]
fn transcripts() {
    let examples = Path::new(env!("CARGO_BIN_EXE_cargo-plugwright")).with_file_name("examples");
    assert!(examples.join("shop-plugin").exists(), "run `cargo test -p cargo-plugwright`, without --test");
    trycmd::TestCases::new()
        // A bare name is looked for in PATH; Cargo's own is for crates.
        .env("PATH", format!("{}:{}", examples.display(), std::env::var("PATH").unwrap_or_default()))
        .env("RUST_BACKTRACE", "0")
        .case("tests/cmd/*.trycmd");
}
