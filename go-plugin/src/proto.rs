//! Code generated from the contracts: `grpc.*`, the services of every gRPC server, and `plugin.*`,
//! go-plugin's own.

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod health {
    include!("generated/grpc/grpc.health.v1.rs");
}

#[cfg(feature = "reflection")]
#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod reflection {
    include!("generated/grpc/grpc.reflection.v1.rs");
}

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod plugin {
    include!("generated/go_plugin/plugin.rs");
}

/// Both contracts, for reflection.
#[cfg(feature = "reflection")]
pub(crate) const DESCRIPTORS: [&[u8]; 2] =
    [include_bytes!("generated/grpc/descriptors.bin"), include_bytes!("generated/go_plugin/descriptors.bin")];
