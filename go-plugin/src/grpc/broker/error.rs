//! The error of a brokered connection.

use std::error::Error;
use std::fmt;
use std::io;

/// The error of a brokered connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum BrokerError {
    /// The other side did not accept connections for this number within five seconds.
    NotAnnounced(u32),
    /// The other side refused this connection.
    Refused {
        /// The number that was dialed.
        id: u32,
        /// The other side's reason.
        reason: String,
    },
    /// Connecting to the other side's server for this number failed.
    Connect {
        /// The number that was dialed.
        id: u32,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A socket or a TLS connection failed.
    Io(io::Error),
    /// Host and plugin are disconnected, or the broker's stream is not open.
    Disconnected,
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnnounced(id) => {
                write!(f, "expected a server with the number {id} within 5 s, found none")
            }
            Self::Refused { id, reason } => {
                write!(f, "the other side refused a connection to the number {id}: {reason}")
            }
            Self::Connect { id, source } => write!(f, "cannot connect to the number {id}: {source}"),
            Self::Io(error) => write!(f, "a brokered connection failed: {error}"),
            Self::Disconnected => f.write_str("host and plugin are not connected"),
        }
    }
}

impl Error for BrokerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect { source, .. } => Some(&**source),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for BrokerError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_sources_and_part_of_the_message() {
        let io = || io::Error::other("no socket");
        for (error, source, text) in [
            (BrokerError::from(io()), Some("no socket"), "a brokered connection failed: no socket"),
            (
                BrokerError::Connect { id: 3, source: io().into() },
                Some("no socket"),
                "cannot connect to the number 3: no socket",
            ),
            (
                BrokerError::Refused { id: 3, reason: "busy".into() },
                None,
                "the other side refused a connection to the number 3: busy",
            ),
            (BrokerError::Disconnected, None, "host and plugin are not connected"),
        ] {
            assert_eq!(error.source().map(ToString::to_string).as_deref(), source);
            assert_eq!(error.to_string(), text);
        }
    }
}
