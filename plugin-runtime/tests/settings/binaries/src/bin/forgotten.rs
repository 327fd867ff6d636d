//! Nothing names the library, so that it is not linked.

plugwright::main!();
