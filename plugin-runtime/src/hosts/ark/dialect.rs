//! Detects the protocol dialect of the Ark that started this process.
//!
//! The two dialects cannot be distinguished on the wire. A stated version decides, or else the file name: Ark
//! 0.9 starts only files named `ark-<kind>-<name>`. A wrong guess results in an error: a host of the other
//! dialect requests a list, which Ark 0.9 does not support, or a plugin with an invalid name.

use super::file_name::FileName;
use crate::hosts::version::{self, Version};
use crate::{Result, bail};
use go_plugin::Environment;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Ark 0.6 to 0.9: one plugin, or two stores with one name, identified by the file name.
    V0_9(FileName),
    /// Ark 0.10 and Velero 0.11: each request names its plugin.
    V0_10,
}

impl Dialect {
    pub(super) fn of_host(environment: &Environment) -> Result<Self> {
        let file = FileName::parse(&environment.command);
        let Some(stated) = Version::stated(environment)? else {
            return Ok(file.map_or(Self::V0_10, Self::V0_9));
        };
        let variable = version::VARIABLE;
        if stated >= Version::new(1, 0) {
            bail!("{variable} is {stated}, but the host is Heptio Ark (0.6 to 0.11), which set ARK_PLUGIN");
        }
        if stated >= Version::new(0, 10) {
            return Ok(Self::V0_10);
        }
        match file {
            Some(file) => Ok(Self::V0_9(file)),
            None => bail!(
                "{variable} is {stated}, but Ark {stated} requires a file name `ark-<kind>-<name>`, found `{}`; \
                 let Ark start a link to this file, such as `ark-objectstore-mycloud`",
                environment.command
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(command: &str, stated: &str) -> Result<Dialect> {
        let mut environment = Environment::of([(version::VARIABLE, stated)]);
        environment.command = command.to_owned();
        Dialect::of_host(&environment)
    }

    #[test]
    fn file_name_decides_unless_a_version_is_stated() {
        let file = |name: &str| FileName::parse(name).map(Dialect::V0_9);
        assert_eq!(dialect("/p/ark-blockstore-x", "").ok(), file("ark-blockstore-x"));
        assert_eq!(dialect("/p/my-plugins", "").ok(), Some(Dialect::V0_10));
        assert_eq!(dialect("/p/ark-blockstore-x", "0.10").ok(), Some(Dialect::V0_10));
        assert_eq!(dialect("/p/ark-blockstore-x", "v0.9.11").ok(), file("ark-blockstore-x"));
    }

    #[test]
    fn contradictions_are_errors() {
        let error = |command, stated| dialect(command, stated).unwrap_err().to_string();
        assert!(error("/p/my-plugins", "0.9").contains("found `/p/my-plugins`; let Ark start a link"));
        assert!(error("/p/my-plugins", "1.2").contains("but the host is Heptio Ark"));
        assert!(error("/p/my-plugins", "old").contains("expected a version"));
    }
}
