//! Reads which methods the host's own program can call: it contains the names of gRPC methods as sent on the
//! wire.

use std::collections::BTreeSet;
use std::io::{self, Read};

use memchr::memmem::Finder;
use plugwright_model::Kind;

/// Contained in every Velero; a program without it is something else, such as a wrapper.
const VELERO: &str = "/generated.PluginLister/ListPlugins";

/// The kinds that not every Velero supports, each with a method that only a host with the kind can call.
fn methods() -> impl Iterator<Item = (Kind, &'static str)> {
    let since = Kind::VELERO.into_iter().filter_map(|kind| Some((kind, kind.velero()?)));
    since.filter(|(_, since)| since.version > (1, 0)).map(|(kind, since)| (kind, since.method))
}

/// The size of a read.
const CHUNK: usize = 1 << 20;

/// The newer kinds that a host supports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program(BTreeSet<Kind>);

impl Program {
    /// Reads the program of the parent process. `None` if it is unreadable (another user, or no `/proc`), or
    /// not a Velero.
    #[cfg(target_os = "linux")]
    pub(super) fn of_host() -> Option<Self> {
        let path = format!("/proc/{}/exe", std::os::unix::process::parent_id());
        let read = std::fs::File::open(&path).and_then(Self::read);
        if let Err(error) = &read {
            tracing::debug!(error = error as &dyn std::error::Error, "cannot read the host's program {path}");
        }
        read.ok().flatten()
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of_host() -> Option<Self> {
        None
    }

    #[cfg(test)]
    pub(super) fn with(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self(kinds.into_iter().collect())
    }

    pub(super) fn knows(&self, kind: Kind) -> bool {
        self.0.contains(&kind)
    }

    /// Searches for the methods until all are found or the file ends.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    fn read(mut file: impl Read) -> io::Result<Option<Self>> {
        let velero = (None, VELERO);
        let methods = methods().map(|(kind, method)| (Some(kind), method));
        let mut wanted: Vec<_> =
            methods.chain([velero]).map(|(kind, method)| (kind, Finder::new(method))).collect();
        let longest = wanted.iter().map(|(_, finder)| finder.needle().len()).max().unwrap_or_default();
        let mut found = BTreeSet::new();
        let mut buffer = vec![0; CHUNK];
        let mut kept = 0;
        while !wanted.is_empty() {
            let read = match file.read(&mut buffer[kept..]) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let filled = kept + read;
            wanted.retain(|(kind, finder)| {
                let there = finder.find(&buffer[..filled]).is_some();
                if there {
                    found.insert(*kind);
                }
                !there
            });
            // A name may span two reads.
            kept = filled.min(longest);
            buffer.copy_within(filled - kept..filled, 0);
        }
        if !found.remove(&None) {
            return Ok(None);
        }
        Ok(Some(Self(found.into_iter().flatten().collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::NEW;
    use super::*;

    /// Returns a few bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (now, later) = self.0.split_at(self.0.len().min(self.1).min(buffer.len()));
            buffer[..now.len()].copy_from_slice(now);
            self.0 = later;
            Ok(now.len())
        }
    }

    fn program(methods: &[&str]) -> Vec<u8> {
        let mut program = vec![0; CHUNK - 10];
        for method in methods {
            program.extend_from_slice(method.as_bytes());
            program.extend_from_slice(&[0x90; 50]);
        }
        program
    }

    #[test]
    fn finds_kinds_by_their_methods() {
        let all: Vec<_> = methods().map(|(_, method)| method).chain([VELERO]).collect();
        let read = Program::read(program(&all).as_slice()).unwrap();
        assert_eq!(read, Some(Program::with(NEW)));
        let old = program(&[VELERO, "/generated.DeleteItemAction/Execute", "/v2.BackupItemAction/"]);
        assert_eq!(Program::read(old.as_slice()).unwrap(), Some(Program::with([Kind::DeleteItemAction])));
    }

    #[test]
    fn finds_a_name_across_two_reads() {
        let program = program(&["/v1.ItemBlockAction/GetRelatedItems", VELERO]);
        for size in [7, 1000, CHUNK / 2 - 1] {
            let tail = &program[if size == 7 { CHUNK - 20 } else { 0 }..];
            let read = Program::read(Slowly(tail, size)).unwrap();
            assert_eq!(read, Some(Program::with([Kind::ItemBlockAction])), "{size}");
        }
    }

    /// Fails at its first read with one error, and at the next with another.
    struct Failing(Vec<io::ErrorKind>);

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(self.0.remove(0).into())
        }
    }

    #[test]
    fn reads_on_after_a_signal() {
        let errors = vec![io::ErrorKind::Interrupted, io::ErrorKind::PermissionDenied];
        let error = Program::read(Failing(errors)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    /// This test starts itself again. The program contains all names, so that the parent of the second process supports
    /// all kinds.
    #[cfg(target_os = "linux")]
    #[test]
    fn reads_the_program_of_the_parent() {
        const SECOND: &str = "PLUGWRIGHT_TEST_CHILD";
        if std::env::var_os(SECOND).is_some() {
            assert_eq!(Program::of_host(), Some(Program::with(NEW)));
            return;
        }
        let path = concat!(module_path!(), "::reads_the_program_of_the_parent");
        let (_, test) = path.split_once("::").unwrap();
        let mut second = std::process::Command::new(std::env::current_exe().unwrap());
        let output = second.args(["--exact", test]).env(SECOND, "").output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
    }

    #[test]
    fn other_programs_are_inconclusive() {
        let shell = program(&["/v2.BackupItemAction/Execute"]);
        assert_eq!(Program::read(shell.as_slice()).unwrap(), None);
        assert_eq!(Program::read(io::empty()).unwrap(), None);
    }
}
