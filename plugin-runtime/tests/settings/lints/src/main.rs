//! The binary of the plugins in the library.
#![forbid(unsafe_code)]
#![deny(warnings, unused_qualifications, missing_docs, unreachable_pub, clippy::pedantic)]

plugwright::main!(lints);
