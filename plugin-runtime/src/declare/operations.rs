//! Whether a V2 action has operations, found out at compile time without asking the author.
//!
//! The attributes write `(&BackupProbe::<T>::new()).operations()` with both traits in scope. Method lookup tries
//! the probe before a reference to it, so [`Served`] wins wherever its bound holds, and [`NotServed`] is left for
//! all other types.

use std::marker::PhantomData;

use super::Operations;
use crate::{BackupOperations, RestoreOperations};

/// Asks whether `T` is [`BackupOperations`].
pub struct BackupProbe<T>(PhantomData<fn() -> T>);

/// Asks whether `T` is [`RestoreOperations`].
pub struct RestoreProbe<T>(PhantomData<fn() -> T>);

impl<T> BackupProbe<T> {
    /// The question.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> RestoreProbe<T> {
    /// The question.
    #[must_use]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The answer for types with operations.
pub trait Served {
    /// How to call them.
    fn operations(&self) -> Option<Operations>;
}

impl<T: BackupOperations> Served for BackupProbe<T> {
    fn operations(&self) -> Option<Operations> {
        Some(Operations::backup::<T>())
    }
}

impl<T: RestoreOperations> Served for RestoreProbe<T> {
    fn operations(&self) -> Option<Operations> {
        Some(Operations::restore::<T>())
    }
}

/// The answer for all other types.
pub trait NotServed {
    /// None.
    fn operations(&self) -> Option<Operations>;
}

impl<T> NotServed for &BackupProbe<T> {
    fn operations(&self) -> Option<Operations> {
        None
    }
}

impl<T> NotServed for &RestoreProbe<T> {
    fn operations(&self) -> Option<Operations> {
        None
    }
}
