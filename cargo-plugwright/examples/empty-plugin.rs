//! A binary without plugins, for the tests of its error messages.

plugwright::main!();
