//! Code generated from Velero's contracts.
#![allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]

pub(crate) mod generated {
    include!("../../generated/velero/generated.rs");
}
pub(crate) mod v1 {
    include!("../../generated/velero/v1.rs");
}
pub(crate) mod v2 {
    include!("../../generated/velero/v2.rs");
}
pub(crate) const DESCRIPTORS: &[u8] = include_bytes!("../../generated/velero/descriptors.bin");
