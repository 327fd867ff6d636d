//! The address of a plugin.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The address of a plugin, from its handshake line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port, on systems without unix sockets.
    Tcp(SocketAddr),
}

impl Address {
    /// The two parts in a handshake line and in a broker's message: the network, as named in Go, and the
    /// address.
    pub(crate) fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Unix(path) => ("unix", path.display().to_string()),
            Self::Tcp(address) => ("tcp", address.to_string()),
        }
    }

    /// The error contains the expected form.
    pub(crate) fn from_parts(network: &str, address: &str) -> Result<Self, String> {
        match network {
            "unix" => Ok(Self::Unix(address.into())),
            // In Go, an address without a host is local.
            "tcp" => match format!("{}{address}", if address.starts_with(':') { "127.0.0.1" } else { "" })
                .parse()
            {
                Ok(address) => Ok(Self::Tcp(address)),
                Err(_) => Err(format!("expected an address such as `127.0.0.1:10000`, found `{address}`")),
            },
            other => Err(format!("expected the network `unix` or `tcp`, found `{other}`")),
        }
    }
}

impl Address {
    /// Connects to the address.
    #[cfg(any(feature = "broker", feature = "client"))]
    pub(crate) async fn connect(&self) -> std::io::Result<crate::transport::BoxedIo> {
        Ok(match self {
            #[cfg(unix)]
            Self::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
            #[cfg(not(unix))]
            Self::Unix(_) => return Err(std::io::ErrorKind::Unsupported.into()),
            Self::Tcp(address) => {
                let stream = tokio::net::TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }
}

/// `unix socket /tmp/plugin123`, for messages.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix socket {}", path.display()),
            Self::Tcp(address) => write!(f, "TCP address {address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_go() {
        for (network, address, text) in [
            ("unix", "/tmp/plugin123", "unix socket /tmp/plugin123"),
            ("tcp", "127.0.0.1:10000", "TCP address 127.0.0.1:10000"),
            ("tcp", "[::1]:10000", "TCP address [::1]:10000"),
        ] {
            let parsed = Address::from_parts(network, address).unwrap();
            assert_eq!(parsed.parts(), (network, address.to_owned()));
            assert_eq!(parsed.to_string(), text);
        }
        let local = Address::from_parts("tcp", ":10000").unwrap();
        assert_eq!(local.parts(), ("tcp", "127.0.0.1:10000".to_owned()));
    }
}
