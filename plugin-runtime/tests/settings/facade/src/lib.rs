//! A company's own crate, which hands the runtime on under a name of its own.

pub mod velero {
    //! All of the runtime.
    pub use plugwright::*;
}
