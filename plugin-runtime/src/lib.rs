//! Runtime.
mod error;

pub use error::{Error, ErrorContext, Result};
