//! The generated clients.

pub(super) use crate::hosts::velero::proto::{generated, v1, v2};
