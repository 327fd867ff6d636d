//! The error of a plugin server.

use std::error::Error;
use std::fmt;
use std::io;

use crate::Handshake;

/// The error of a plugin server.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The host's cookie is missing: the process was started by a user or by another host. Go plugins print a
    /// similar text and exit with status 1.
    Cookie {
        /// The expected cookie.
        handshake: Handshake,
        /// The variable's actual value, if set.
        found: Option<String>,
    },
    /// [`Server::version`](crate::Server::version) was not called.
    NothingToServe,
    /// The host requests TLS, but the crate is built without the feature `auto-mtls`.
    TlsDisabled,
    /// The host's certificate in `PLUGIN_CLIENT_CERT` is invalid, or a certificate cannot be created.
    Tls(Box<dyn Error + Send + Sync>),
    /// The socket cannot be created. The message names the directory, group or ports.
    Listen(io::Error),
    /// stdout cannot be written, or the process's signals or pipes cannot be set up.
    Process(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cookie { handshake, found } => {
                let key = handshake.cookie_key();
                if let Some(found) = found {
                    let expected = handshake.cookie_value();
                    writeln!(f, "{key} is `{found}`, expected `{expected}`.")?;
                }
                f.write_str("This program is a plugin, started by its host and not meant to be executed directly.")
            }
            Self::NothingToServe => f.write_str("the server has no protocol version; call `Server::version`"),
            Self::TlsDisabled => f.write_str(
                "the host requests TLS (PLUGIN_CLIENT_CERT is set); build the plugin with the feature `auto-mtls`",
            ),
            Self::Tls(error) => write!(f, "cannot set up TLS: {error}"),
            Self::Listen(error) | Self::Process(error) => error.fmt(f),
        }
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Tls(error) => Some(&**error),
            Self::Listen(error) | Self::Process(error) => Some(error),
            _ => None,
        }
    }
}
