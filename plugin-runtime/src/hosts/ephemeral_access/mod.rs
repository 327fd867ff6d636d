//! The controller of Argo CD EphemeralAccess, 0.1.5 to 1.2: `pkg/plugin/rpc.go` of its source.
//!
//! ```text
//! net/rpc ─ requester (Init, GrantAccess, RevokeAccess) ─ convert ⇄ wire (Go's structs)
//! ```

mod convert;
mod logging;
mod requester;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use std::sync::Arc;

use plugwright_model::Kind;

use crate::context::Surroundings;
use crate::declare::registry::Registry;
use crate::go_plugin::environment::Environment;
use crate::go_plugin::net_rpc::rpc::Service;
use crate::{Error, Result};
pub(crate) use logging::logging;
use requester::Requester;

/// What the controller puts into the environment of its plugin (`pkg/plugin/rpc.go`, `handshake`).
pub(crate) const COOKIE: (&str, &str) = ("EPHEMERAL_ACCESS_PLUGIN", "ephemeralaccess");

/// EphemeralAccess's own protocol (the same function).
pub(crate) const PROTOCOL_VERSIONS: [u32; 1] = [1];

/// What the controller may dispense: the access requester of this binary.
pub(crate) fn plugins(registry: &Registry, environment: &Environment) -> Result<Plugins> {
    let requester = registry.entries().find(|entry| entry.declaration.kind == Kind::AccessRequester);
    let requester = requester.ok_or_else(no_requester)?;
    let name = Kind::AccessRequester.only_name().unwrap_or_default();
    let service = Requester::new(Arc::clone(requester), Surroundings::of(environment));
    Ok([(name, Arc::new(service) as Arc<dyn Service>)])
}

/// There is nothing that the controller could use: for its log.
pub(crate) fn no_requester() -> Error {
    Error::msg(
        "EphemeralAccess has started this binary, which has no access requester: none of its plugins is declared \
         by `#[access_requester]`",
    )
}

/// Each with the name that the host asks for.
pub(crate) type Plugins = [(&'static str, Arc<dyn Service>); 1];
