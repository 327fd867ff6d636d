//! A plugin binary whose author has forgotten the plugins: for the tests of what it says.

plugwright::main!();
