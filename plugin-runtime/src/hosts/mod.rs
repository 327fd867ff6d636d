//! The hosts that a plugin may have: one folder each, with its cookie, its versions, its services and
//! how its messages become the plugin's types.

pub(crate) mod velero;
