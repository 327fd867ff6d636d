//! All plugins of a binary.

use std::any::TypeId;
use std::process::ExitCode;

use super::Declaration;
use super::registry::{Problems, Registry};

/// What an attribute leaves behind for [`Plugins::declared`] to find.
#[doc(hidden)]
#[derive(Debug)]
pub struct Declared(pub fn() -> Declaration);

inventory::collect!(Declared);

/// The plugins that a binary serves.
///
/// `plugwright::main!()` serves [`Plugins::declared`]; a `main` of your own may add to them.
#[derive(Debug, Clone, Default)]
#[must_use = "call `serve` on it"]
pub struct Plugins {
    declarations: Vec<Declaration>,
}

impl Plugins {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All that attributes declare, in this crate and in every library crate that it uses. A library
    /// that the program never names is not linked, and its plugins are not there.
    pub fn declared() -> Self {
        Self {
            declarations: inventory::iter::<Declared>.into_iter().map(|declared| (declared.0)()).collect(),
        }
    }

    /// Those that are a plugin by this type.
    pub(crate) fn of_type(self, type_id: TypeId) -> Vec<Declaration> {
        self.declarations.into_iter().filter(|declaration| declaration.type_id == type_id).collect()
    }

    /// One more.
    pub fn with(mut self, declaration: Declaration) -> Self {
        self.declarations.push(declaration);
        self
    }

    /// Serves them to the host that started this process, until it says that it is done.
    ///
    /// Without a host, shows a person what this binary is. Nothing may be printed to stdout before this
    /// call: a host takes the first line of it for the handshake.
    pub fn serve(self) -> ExitCode {
        crate::serve::serve_these(self)
    }

    /// Checked and sorted.
    pub(crate) fn into_registry(self) -> Result<Registry, Problems> {
        Registry::new(self.declarations)
    }
}

impl Extend<Declaration> for Plugins {
    fn extend<I: IntoIterator<Item = Declaration>>(&mut self, declarations: I) {
        self.declarations.extend(declarations);
    }
}

impl FromIterator<Declaration> for Plugins {
    fn from_iter<I: IntoIterator<Item = Declaration>>(declarations: I) -> Self {
        Self { declarations: declarations.into_iter().collect() }
    }
}
