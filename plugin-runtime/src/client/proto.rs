//! The generated clients.

pub(super) use crate::go_plugin::proto as plugin;
pub(super) use crate::hosts::velero::proto::{generated, v1, v2};
