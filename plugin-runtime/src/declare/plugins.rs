//! All plugins of a binary.

use std::any::TypeId;
use std::process::ExitCode;

use super::Declaration;
use super::registry::{Problems, Registry};

/// Registered by an attribute, collected by [`Plugins::declared`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Declared(pub fn() -> Declaration);

inventory::collect!(Declared);

/// The plugins that a binary serves.
///
/// `plugwright::main!()` serves [`Plugins::declared`]; a custom `main` may add plugins.
#[derive(Debug, Clone, Default)]
#[must_use = "call `serve` on it"]
pub struct Plugins {
    declarations: Vec<Declaration>,
}

impl Plugins {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects all plugins declared by attributes, in this crate and in the library crates it uses. A
    /// library that the program never names is not linked, so its plugins are missing.
    pub fn declared() -> Self {
        Self {
            declarations: inventory::iter::<Declared>.into_iter().map(|declared| (declared.0)()).collect(),
        }
    }

    /// The declarations of this type.
    pub(crate) fn of_type(self, type_id: TypeId) -> Vec<Declaration> {
        self.declarations.into_iter().filter(|declaration| declaration.type_id == type_id).collect()
    }

    /// Adds a plugin.
    pub fn with(mut self, declaration: Declaration) -> Self {
        self.declarations.push(declaration);
        self
    }

    /// Serves the plugins to the host that started this process, until it requests shutdown.
    ///
    /// Without a host, prints information about this binary. Do not print to stdout before this call: the
    /// host expects the handshake in the first line.
    pub fn serve(self) -> ExitCode {
        crate::serve::serve_these(self)
    }

    /// Validates and sorts the plugins.
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
