//! The controller of Argo CD EphemeralAccess, 0.1.5 to 1.2: `pkg/plugin/rpc.go` of its source.
//!
//! ```text
//! net/rpc ─ requester (Init, GrantAccess, RevokeAccess) ─ convert ⇄ wire (Go's structs)
//! ```

#[cfg(feature = "ephemeral-access")]
mod convert;
mod logging;
#[cfg(feature = "ephemeral-access")]
mod requester;
#[cfg(all(test, feature = "ephemeral-access"))]
mod tests;
#[cfg(feature = "ephemeral-access")]
pub(crate) mod wire;

use go_plugin::{Environment, Handshake, Server};

use crate::declare::registry::Registry;
use crate::{Error, Result};
pub(crate) use logging::logging;

/// `pkg/plugin/rpc.go`, `handshake`.
pub(crate) const HANDSHAKE: Handshake = Handshake::new("EPHEMERAL_ACCESS_PLUGIN", "ephemeralaccess");

/// The version of EphemeralAccess's application protocol (same function).
#[cfg(feature = "ephemeral-access")]
pub(crate) const VERSION: u32 = 1;

/// The plugins the controller may dispense: the access requester of this binary.
#[cfg(feature = "ephemeral-access")]
pub(crate) fn server(registry: &Registry, environment: &Environment) -> Result<Server> {
    use std::sync::Arc;

    use go_plugin::net_rpc::Plugins;
    use plugwright_model::Kind;

    use crate::context::Surroundings;

    let requester = registry.entries().find(|entry| entry.declaration.kind == Kind::AccessRequester);
    let requester = requester.ok_or_else(no_requester)?;
    let name = Kind::AccessRequester.only_name().unwrap_or_default();
    let requester = requester::Requester::new(Arc::clone(requester), Surroundings::of(environment));
    Ok(Server::new(HANDSHAKE).version(VERSION, Plugins::new().add(name, requester)).exit_on_disconnect())
}

/// Without the feature, a binary has no access requester.
#[cfg(not(feature = "ephemeral-access"))]
pub(crate) fn server(_: &Registry, _: &Environment) -> Result<Server> {
    Err(no_requester())
}

fn no_requester() -> Error {
    Error::msg(
        "this binary has no access requester for EphemeralAccess, which started it; declare one with \
         `#[access_requester]`",
    )
}
