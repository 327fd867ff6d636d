//! The rules for plugin declarations, and Velero's interpretation of them.
//!
//! Shared by Plugwright's attributes, runtime and CLI, without dependencies:
//!
//! - [`Kind`]: the kinds of plugins, with one table of facts;
//! - [`name`]: valid plugin names;
//! - [`resource`]: the names of resources in an API server and in selectors;
//! - [`label`]: the keys and values of labels;
//! - [`label_selector`]: the grammar of Kubernetes' label selectors;
//! - [`selector`]: the objects an action applies to, and errors in a selection;
//! - [`suggest`]: "did you mean".
//!
//! This crate does not panic. Errors have a byte range, so that a caller can mark the place.

mod dns;
mod glob;
pub mod kind;
pub mod label;
pub mod label_selector;
pub mod name;
pub mod resource;
pub mod selector;
pub mod suggest;

pub use kind::{Kind, Method, Since};
