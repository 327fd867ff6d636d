//! The context of a declared plugin, for tests.

use std::any::{TypeId, type_name};

use super::{Declaration, Plugins};
use crate::Context;

impl Context {
    /// Creates a context for tests, with kind and name from the attribute of `T`. Of several attributes the
    /// first is used, by kind in Velero's order, then by name. Otherwise like [`for_tests`](Self::for_tests).
    ///
    /// # Panics
    ///
    /// If `T` has no attribute of this crate.
    #[track_caller]
    pub fn for_tests_of<T: 'static>() -> Self {
        let mut of_type: Vec<Declaration> = Plugins::declared().of_type(TypeId::of::<T>());
        of_type.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        match of_type.into_iter().next() {
            Some(Declaration { kind, name, .. }) => Self::for_tests(kind, name),
            None => panic!(
                "`{}` is not declared as a plugin: expected an attribute such as `#[restore_item_action(…)]` on it",
                type_name::<T>()
            ),
        }
    }
}
