//! Runtime.
mod error;
pub mod types;

pub use error::{Error, ErrorContext, Result};
pub use types::*;
