//! Waiting with a timeout: Velero waits for a plugin without one.

mod poll;
#[cfg(feature = "kube")]
mod wait_for;

pub use poll::poll;
#[cfg(feature = "kube")]
pub use wait_for::wait_for;
