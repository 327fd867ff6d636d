//! Runs the commands in `tests/cmd/*.trycmd` and compares the output.
//!
//! `TRYCMD=overwrite cargo test -p cargo-plugwright` refreshes the files; review the difference before you commit
//! it. The plugins are in `examples`. Cargo builds them unless a single test is selected with `--test`.

use std::path::Path;

#[test]
fn transcripts() {
    let examples = Path::new(env!("CARGO_BIN_EXE_cargo-plugwright")).with_file_name("examples");
    assert!(examples.join("shop-plugin").exists(), "run `cargo test -p cargo-plugwright`, without --test");
    trycmd::TestCases::new()
        // The plugins in the transcripts are found through PATH.
        .env("PATH", format!("{}:{}", examples.display(), std::env::var("PATH").unwrap_or_default()))
        .env("RUST_BACKTRACE", "0")
        .case("tests/cmd/*.trycmd");
}
