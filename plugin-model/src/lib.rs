//! What a plugin declaration may say, and what Velero makes of it.
//!
//! The attributes, the runtime and the CLI of Plugwright must agree on these rules, so they stand here
//! once, without dependencies:
//!
//! - [`Kind`]: the eight kinds of plugin, with one table of facts;
//! - [`name`]: what Velero takes as a plugin's name;
//! - [`resource`]: what an API server calls its resources, and what people call them;
//! - [`label`]: the keys and values of labels;
//! - [`label_selector`]: the grammar of Kubernetes' label selectors;
//! - [`selector`]: which objects an action is for, and mistakes in such a choice;
//! - [`suggest`]: "did you mean".
//!
//! Nothing here panics. Errors carry the byte range of the fault, so that a caller can point at it.

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
