//! The supported platforms.

use std::fmt;
use std::str::FromStr;

use crate::failure::Failure;

/// A platform in the notation of images: `linux/amd64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Platform {
    Amd64,
    Arm64,
}

impl Platform {
    const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// The platform of this program.
    pub(crate) fn of_host() -> Result<Self, Failure> {
        match std::env::consts::ARCH {
            "x86_64" => Ok(Self::Amd64),
            "aarch64" => Ok(Self::Arm64),
            other => Err(Failure::new(format!(
                "unsupported architecture {other}; select one of {} with --platform",
                known()
            ))),
        }
    }

    /// The architecture's name in images.
    pub(super) fn architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The architecture's name in Rust.
    pub(super) fn arch(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

fn known() -> String {
    Platform::ALL.map(|platform| platform.to_string()).join(", ")
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linux/{}", self.architecture())
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|platform| text == platform.to_string());
        found.ok_or_else(|| format!("unsupported platform; expected one of {}", known()))
    }
}
