//! The plugins of a binary: one [`Declaration`] per plugin, created by attributes or by hand, and the
//! registry that validates, sorts and stores them.

mod constructor;
mod declaration;
mod for_tests;
pub(crate) mod names;
mod plugins;
pub(crate) mod registry;
#[cfg(test)]
pub(crate) mod testing;

pub use constructor::Constructor;
pub use declaration::Declaration;
pub(crate) use declaration::Place;
pub use plugins::{Declared, Plugins};
