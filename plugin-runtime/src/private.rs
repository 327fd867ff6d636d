//! Everything that the attributes' code names. Only the attributes of the same version may use it: `build.rs` re-exports it
//! under a name with the patch version.

pub use inventory;

pub use crate::declare::Declared;

/// Makes a plugin whose attribute has no `new`.
#[diagnostic::on_unimplemented(
    message = "nothing says how to make a `{Self}`: it is not `Default`, and its attribute has no `new = …`",
    label = "derive `Default` for this struct, or name a function in its attribute",
    note = "`new = path` names a function of no argument or of `&Context`, plain or async, that returns `{Self}` or `Result<{Self}>`"
)]
pub trait ByDefault: Sized {
    fn by_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> ByDefault for T {
    fn by_default() -> Self {
        Self::default()
    }
}

pub fn by_default<T: ByDefault>() -> T {
    T::by_default()
}

/// Checks a name that is a `const`: an invalid one does not build.
#[track_caller]
pub const fn check_name(name: &str) {
    if let Err(error) = plugwright_model::name::check(name) {
        panic!("{}", error.message());
    }
}

pub mod operations {
    pub use crate::action::operations::{NoOperations, Probe};
}
