//! Why a plugin does not serve.

use std::error::Error;
use std::fmt;
use std::io;

use crate::Handshake;

/// Why a plugin does not serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The host's cookie is missing: a person has started the process, or another host. Go plugins print a text like
    /// this one and exit with status 1.
    Cookie {
        /// The cookie that was expected.
        handshake: Handshake,
        /// The value that the variable has instead, if any.
        found: Option<String>,
    },
    /// [`Server::version`](crate::Server::version) was not called.
    NothingToServe,
    /// The host requests TLS, and the crate is built without the feature `auto-mtls`.
    TlsDisabled,
    /// The host's certificate in `PLUGIN_CLIENT_CERT` is invalid, or a certificate cannot be made.
    Tls(Box<dyn Error + Send + Sync>),
    /// The socket cannot be made. The text names the directory, group or ports.
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
                f.write_str("This program is a plugin. It is started by the host that uses it, not by hand.")
            }
            Self::NothingToServe => f.write_str("the plugin serves no version of its host's protocol"),
            Self::TlsDisabled => f.write_str(
                "the host requests TLS (PLUGIN_CLIENT_CERT is set): build the plugin with the feature `auto-mtls`",
            ),
            Self::Tls(error) => write!(f, "TLS cannot be set up: {error}"),
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
