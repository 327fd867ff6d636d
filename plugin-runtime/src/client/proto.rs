//! The generated clients.

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications, dead_code)]
pub(super) mod plugin {
    include!("../generated/go_plugin/plugin.rs");
}

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications, dead_code)]
pub(super) mod generated {
    include!("../generated/velero/generated.rs");
}

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications, dead_code)]
pub(super) mod v1 {
    include!("../generated/velero/v1.rs");
}

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications, dead_code)]
pub(super) mod v2 {
    include!("../generated/velero/v2.rs");
}
