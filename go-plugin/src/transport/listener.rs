//! The listener for the host: a unix socket, or a TCP port.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use super::stream::Stream;
use crate::{Address, Environment};

/// A unix socket is removed when this is dropped.
#[derive(Debug)]
pub(crate) enum Listener {
    #[cfg(unix)]
    Unix(unix::Listener),
    Tcp(TcpListener),
}

impl Listener {
    /// The error names the directory, group or ports set by the host.
    pub(crate) fn bind(environment: &Environment, tcp: bool) -> io::Result<Self> {
        #[cfg(unix)]
        if !tcp {
            return unix::Listener::bind(environment).map(Self::Unix);
        }
        let _ = tcp;
        bind_tcp(environment).map(Self::Tcp)
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        Ok(match self {
            #[cfg(unix)]
            Self::Unix(listener) => Address::Unix(listener.path().to_owned()),
            Self::Tcp(listener) => Address::Tcp(listener.local_addr()?),
        })
    }

    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => listener.accept().await.map(Stream::Unix),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Messages are small and awaited one by one (Go also sets this).
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
        }
    }
}

/// Binds the first free port of the host's range on the loopback address (go-plugin `server.go`, `serverListener_tcp`).
fn bind_tcp(environment: &Environment) -> io::Result<TcpListener> {
    let (min, max) = environment.port_range().map_err(io::Error::other)?;
    let free = (min..=max).find_map(|port| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let listener = free.ok_or_else(|| {
        io::Error::other(format!(
            "all ports from {min} to {max} (PLUGIN_MIN_PORT, PLUGIN_MAX_PORT) are in use"
        ))
    })?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use tokio::net::{UnixListener, UnixSocket, UnixStream};

    use crate::Environment;

    /// The number of connections that may wait to be accepted; the system has its own limit.
    const BACKLOG: u32 = 4096;
    /// Write permission, without which nobody can connect, of the group and of other users.
    const OF_OTHERS: u32 = 0o022;

    #[derive(Debug)]
    pub(crate) struct Listener {
        listener: UnixListener,
        path: RemovedOnDrop,
    }

    /// A socket with a name, which does not accept connections yet.
    struct Bound {
        socket: UnixSocket,
        path: RemovedOnDrop,
    }

    #[derive(Debug)]
    struct RemovedOnDrop(PathBuf);

    impl Listener {
        /// Binds an unused name (`plugin` and random digits, like go-plugin's `server.go`,
        /// `serverListener_unix`), and grants write permission to the group that the host requests. Unlike in
        /// Go, others have none even if the umask grants it.
        pub(super) fn bind(environment: &Environment) -> io::Result<Self> {
            let dir = environment.unix_socket_dir();
            let bound = Bound::new(&dir).map_err(|error| {
                let hint = "set another directory with PLUGIN_UNIX_SOCKET_DIR or TMPDIR";
                io::Error::new(
                    error.kind(),
                    format!("cannot create a socket in {}: {error}; {hint}", dir.display()),
                )
            })?;
            // Before `listen`, so that nobody connects with the original permissions.
            if let Some(group) = environment.unix_socket_group() {
                std::os::unix::fs::chown(&bound.path.0, None, Some(group_id(group)?))?;
                fs::set_permissions(&bound.path.0, fs::Permissions::from_mode(0o660))?;
            } else {
                let mode = fs::symlink_metadata(&bound.path.0)?.permissions().mode();
                fs::set_permissions(&bound.path.0, fs::Permissions::from_mode(mode & !OF_OTHERS))?;
            }
            Ok(Self { listener: bound.socket.listen(BACKLOG)?, path: bound.path })
        }

        pub(super) fn path(&self) -> &Path {
            &self.path.0
        }

        pub(super) async fn accept(&self) -> io::Result<UnixStream> {
            let (stream, _) = self.listener.accept().await?;
            Ok(stream)
        }
    }

    impl Drop for RemovedOnDrop {
        fn drop(&mut self) {
            // It may already be gone, possibly with its directory.
            let _ = fs::remove_file(&self.0);
        }
    }

    impl Bound {
        /// `bind` rejects a name in use, so it is enough to try another one.
        fn new(dir: &Path) -> io::Result<Self> {
            let socket = UnixSocket::new_stream()?;
            let mut last = None;
            for _ in 0..100 {
                let path = dir.join(format!("plugin{}", random()));
                match socket.bind(&path) {
                    Ok(()) => return Ok(Self { socket, path: RemovedOnDrop(path) }),
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
                    Err(error) => return Err(error),
                }
            }
            Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
        }
    }

    fn random() -> u32 {
        use std::hash::{BuildHasher, RandomState};
        // The lower half of a hash with a random key.
        #[allow(clippy::cast_possible_truncation)]
        let number = RandomState::new().hash_one(std::process::id()) as u32;
        number
    }

    /// Parses a number, or a name in `/etc/group`.
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
                format!(
                    "invalid PLUGIN_UNIX_SOCKET_GROUP `{group}`; expected a number or a name in /etc/group"
                ),
            )
        })
    }

    #[cfg(test)]
    mod tests {
        use std::os::unix::fs::MetadataExt;

        use super::*;

        #[tokio::test]
        async fn socket_is_in_the_requested_directory_and_removed_on_drop() {
            let dir = std::env::temp_dir().join(format!("go-plugin-listener-{}", std::process::id()));
            fs::create_dir_all(&dir).unwrap();
            let group = fs::metadata(&dir).unwrap().gid().to_string();
            let environment = Environment::of([
                ("PLUGIN_UNIX_SOCKET_DIR", dir.to_str().unwrap()),
                ("PLUGIN_UNIX_SOCKET_GROUP", group.as_str()),
            ]);
            let listener = Listener::bind(&environment).unwrap();
            let path = listener.path().to_owned();
            assert!(path.starts_with(&dir));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
            UnixStream::connect(&path).await.unwrap();
            drop(listener);
            assert!(!path.exists());
            fs::remove_dir(&dir).unwrap();
        }

        #[tokio::test]
        async fn only_its_user_may_connect_to_a_socket() {
            let listener = Listener::bind(&Environment::default()).unwrap();
            let mode = fs::symlink_metadata(listener.path()).unwrap().permissions().mode();
            // The umask of the tests may take more from others, and nothing from the user.
            assert_eq!(mode & 0o7722, 0o700, "{mode:o}");
            // Each has its own name.
            Listener::bind(&Environment::default()).unwrap();
            assert!(listener.path().exists());
        }

        #[tokio::test]
        async fn error_names_a_missing_directory() {
            let environment = Environment::of([("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at/all")]);
            let error = Listener::bind(&environment).unwrap_err().to_string();
            assert!(error.contains("/nowhere/at/all") && error.contains("PLUGIN_UNIX_SOCKET_DIR"), "{error}");
        }

        #[test]
        fn parses_group_number_or_name() {
            assert_eq!(group_id("42").unwrap(), 42);
            assert_eq!(group_id("root").unwrap(), 0);
            assert!(group_id("no-such-group").unwrap_err().to_string().contains("no-such-group"));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn binds_the_first_free_port_of_the_range() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let range = |max: u16| {
            let (min, max) = (port.to_string(), max.to_string());
            Environment::of([("PLUGIN_MIN_PORT", min.as_str()), ("PLUGIN_MAX_PORT", max.as_str())])
        };
        let error = Listener::bind(&range(port), true).unwrap_err().to_string();
        assert!(error.contains(&format!("from {port} to {port}")), "{error}");

        let listener = Listener::bind(&range(u16::MAX), true).unwrap();
        let Address::Tcp(address) = listener.address().unwrap() else { panic!("not TCP") };
        assert!(address.ip().is_loopback() && address.port() > port);
        let (_, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        accepted.unwrap();
    }
}
