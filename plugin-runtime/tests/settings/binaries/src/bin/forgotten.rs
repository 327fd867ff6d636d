//! Nothing names the library, so it is not linked.

plugwright::main!();
