//! Runtime.
#[cfg(feature = "client")]
pub mod client;
mod error;

pub use error::{Error, ErrorContext, Result};
