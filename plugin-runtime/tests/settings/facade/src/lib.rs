//! A company's own crate that re-exports the runtime under another name.

pub mod velero {
    //! All of the runtime.
    pub use plugwright::*;
}
