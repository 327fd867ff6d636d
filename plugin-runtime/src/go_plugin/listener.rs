//! Where the host connects: a unix socket, or a TCP port where there are none.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::environment::Environment;

/// As the handshake line has it: network and address.
#[derive(Debug, Clone)]
#[cfg_attr(unix, allow(dead_code))]
pub(crate) enum Address {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix|{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp|{address}"),
        }
    }
}

#[cfg(unix)]
pub(crate) use unix::{Listener, Stream};

#[cfg(not(unix))]
pub(crate) use tcp::{Listener, Stream};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener as StdListener;
    use std::path::Path;

    use tokio::net::UnixListener;

    use super::super::unix_stream::UnixStream;
    use super::{Address, Environment, PathBuf, io};

    pub(crate) type Stream = UnixStream;

    /// Removes its socket when dropped.
    #[derive(Debug)]
    pub(crate) struct Listener {
        listener: UnixListener,
        path: PathBuf,
    }

    impl Listener {
        /// Binds a name that nobody has (`plugin` and random digits, as go-plugin's `server.go`,
        /// `serverListener_unix`), and gives the group that the host asks for the right to write.
        pub(crate) fn bind(environment: &Environment) -> io::Result<Self> {
            let dir = environment.unix_socket_dir();
            let (listener, path) = bind_in(&dir).map_err(|error| {
                let hint = "PLUGIN_UNIX_SOCKET_DIR or TMPDIR names the folder";
                io::Error::new(error.kind(), format!("no socket in {}: {error} ({hint})", dir.display()))
            })?;
            listener.set_nonblocking(true)?;
            let listener = Self { listener: UnixListener::from_std(listener)?, path };
            if let Some(group) = environment.unix_socket_group() {
                std::os::unix::fs::chown(&listener.path, None, Some(group_id(group)?))?;
                fs::set_permissions(&listener.path, fs::Permissions::from_mode(0o660))?;
            }
            Ok(listener)
        }

        pub(crate) fn address(&self) -> Address {
            Address::Unix(self.path.clone())
        }

        pub(crate) async fn accept(&self) -> io::Result<Stream> {
            let (stream, _) = self.listener.accept().await?;
            UnixStream::new(stream.into_std()?)
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            // Gone already, perhaps with its folder: what was wanted.
            let _ = fs::remove_file(&self.path);
        }
    }

    /// `bind` refuses a name that is taken, so that trying another one is enough.
    fn bind_in(dir: &Path) -> io::Result<(StdListener, PathBuf)> {
        let mut last = None;
        for _ in 0..100 {
            let path = dir.join(format!("plugin{}", random()));
            match StdListener::bind(&path) {
                Ok(listener) => return Ok((listener, path)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
    }

    fn random() -> u32 {
        use std::hash::{BuildHasher, RandomState};
        // The low half of a hash under a random key.
        #[allow(clippy::cast_possible_truncation)]
        let number = RandomState::new().hash_one(std::process::id()) as u32;
        number
    }

    /// A number, or a name of `/etc/group`.
    fn group_id(group: &str) -> io::Result<u32> {
        if let Ok(id) = group.parse() {
            return Ok(id);
        }
        let groups = fs::read_to_string("/etc/group")?;
        let mut entries = groups.lines().map(|line| line.split(':'));
        let id = entries
            .find_map(|mut entry| if entry.next()? == group { entry.nth(1)?.parse().ok() } else { None });
        id.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("PLUGIN_UNIX_SOCKET_GROUP is `{group}`, which /etc/group does not have"),
            )
        })
    }

    #[cfg(test)]
    mod tests {
        use std::os::unix::fs::MetadataExt;

        use super::*;

        #[tokio::test]
        async fn the_socket_is_where_the_host_wants_it_and_leaves_with_the_listener() {
            let dir = std::env::temp_dir().join(format!("plugwright-listener-{}", std::process::id()));
            fs::create_dir_all(&dir).unwrap();
            let group = fs::metadata(&dir).unwrap().gid().to_string();
            let environment = Environment::of([
                ("PLUGIN_UNIX_SOCKET_DIR", dir.to_str().unwrap()),
                ("PLUGIN_UNIX_SOCKET_GROUP", group.as_str()),
            ]);
            let listener = Listener::bind(&environment).unwrap();
            let path = listener.path.clone();
            assert!(path.starts_with(&dir));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
            tokio::net::UnixStream::connect(&path).await.unwrap();
            drop(listener);
            assert!(!path.exists());
            fs::remove_dir(&dir).unwrap();
        }

        #[tokio::test]
        async fn a_folder_that_is_not_there_is_named() {
            let environment = Environment::of([("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at/all")]);
            let error = Listener::bind(&environment).unwrap_err().to_string();
            assert!(error.contains("/nowhere/at/all") && error.contains("PLUGIN_UNIX_SOCKET_DIR"), "{error}");
        }

        #[test]
        fn a_group_is_a_number_or_a_name() {
            assert_eq!(group_id("42").unwrap(), 42);
            assert_eq!(group_id("root").unwrap(), 0);
            assert!(group_id("no-such-group").unwrap_err().to_string().contains("no-such-group"));
        }
    }
}

#[cfg(any(not(unix), test))]
#[cfg_attr(unix, allow(dead_code))]
mod tcp {
    use tokio::net::{TcpListener, TcpStream};

    use super::{Address, Environment, SocketAddr, io};

    pub(crate) type Stream = TcpStream;

    /// On the loopback address, in the range of ports that the host gives.
    #[derive(Debug)]
    pub(crate) struct Listener {
        listener: TcpListener,
        address: SocketAddr,
    }

    impl Listener {
        pub(crate) fn bind(environment: &Environment) -> io::Result<Self> {
            let (min, max) = environment.port_range().map_err(io::Error::other)?;
            let free = (min..=max).find_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok());
            let listener = free.ok_or_else(|| {
                io::Error::other(format!(
                    "every port from {min} to {max} (PLUGIN_MIN_PORT, PLUGIN_MAX_PORT) is taken"
                ))
            })?;
            listener.set_nonblocking(true)?;
            Ok(Self { address: listener.local_addr()?, listener: TcpListener::from_std(listener)? })
        }

        pub(crate) fn address(&self) -> Address {
            Address::Tcp(self.address)
        }

        pub(crate) async fn accept(&self) -> io::Result<Stream> {
            Ok(self.listener.accept().await?.0)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn the_first_free_port_of_the_range_is_taken() {
            let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = taken.local_addr().unwrap().port();
            let range = |max: u16| {
                let (min, max) = (port.to_string(), max.to_string());
                Environment::of([("PLUGIN_MIN_PORT", min.as_str()), ("PLUGIN_MAX_PORT", max.as_str())])
            };
            let error = Listener::bind(&range(port)).unwrap_err().to_string();
            assert!(error.contains(&format!("from {port} to {port}")), "{error}");

            let listener = Listener::bind(&range(u16::MAX)).unwrap();
            let Address::Tcp(address) = listener.address() else { panic!("{}", listener.address()) };
            assert!(address.ip().is_loopback() && address.port() > port);
            let (_, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
            accepted.unwrap();
        }
    }
}
