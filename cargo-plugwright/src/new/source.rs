//! The dependency of a new crate on plugwright.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;

/// The crate plugwright in the checkout that this program was built from. It does not exist for a program from a registry.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-runtime");
/// `workspace.package.repository`; empty until the repository is public.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Debug, PartialEq)]
pub(super) enum Source {
    /// A folder with the crate.
    Path(PathBuf),
    /// A version requirement for a registry.
    Registry(String),
    Git(String),
}

/// Where this program comes from.
struct Origin {
    is_from_registry: bool,
    /// The crate plugwright in the checkout, if it still exists.
    checkout: Option<PathBuf>,
    repository: &'static str,
}

impl Source {
    /// The source given with `--plugwright`. The default is a source that builds anywhere; inside the checkout, or without a
    /// public repository, it is the checkout.
    pub(super) fn find(given: Option<&str>, new_crate: &Path) -> Result<Self, Failure> {
        let origin = Origin {
            // Cargo unpacks crates into this folder (Cargo book, "Cargo Home").
            is_from_registry: env!("CARGO_MANIFEST_DIR").replace('\\', "/").contains("/registry/src/"),
            checkout: crate_in(Path::new(BESIDE)),
            repository: REPOSITORY,
        };
        match given {
            Some(given) => Self::given(given),
            None => Self::of(origin, new_crate),
        }
    }

    fn given(given: &str) -> Result<Self, Failure> {
        if given.contains("://") {
            return Ok(Self::Git(given.to_owned()));
        }
        if let Some((user_and_host, path)) = given.split_once(':').filter(|(host, _)| host.contains('@')) {
            return Err(Failure::new(format!(
                "--plugwright {given}: Cargo requires a URL; use ssh://{user_and_host}/{path}"
            )));
        }
        if given.trim_start_matches(['=', '^', '~']).starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(Self::Registry(given.to_owned()));
        }
        let folder = Path::new(given);
        let found = crate_in(folder).or_else(|| crate_in(&folder.join("plugin-runtime")));
        found.map(Self::Path).ok_or_else(|| {
            Failure::new(format!(
                "--plugwright {given}: expected a version, a git URL, or the folder of the crate plugwright; \
                 neither {given} nor {given}/plugin-runtime contains the crate"
            ))
        })
    }

    fn of(origin: Origin, new_crate: &Path) -> Result<Self, Failure> {
        if origin.is_from_registry {
            return Ok(Self::Registry(VERSION.to_owned()));
        }
        let relative = origin.checkout.as_deref().and_then(|checkout| {
            let parent = new_crate.parent()?.canonicalize().ok()?;
            let inside = parent.starts_with(checkout.parent()?);
            let folder = parent.join(new_crate.file_name()?);
            inside.then(|| relative(&folder, checkout))
        });
        match (relative, origin.repository, origin.checkout) {
            (Some(path), _, _) => Ok(Self::Path(path)),
            (None, "", Some(checkout)) => Ok(Self::Path(checkout)),
            (None, "", None) => Err(Failure::new(format!(
                "cannot find plugwright: {BESIDE} no longer exists; pass --plugwright with a folder, a version or a git URL"
            ))),
            (None, repository, _) => Ok(Self::Git(repository.to_owned())),
        }
    }

    /// The arguments of `cargo install` for this program.
    pub(super) fn install(&self) -> String {
        match self {
            Self::Path(path) => {
                let beside = path.parent().unwrap_or(path).join("cargo-plugwright");
                format!("--path {}", beside.display())
            }
            Self::Git(url) => format!("--git {url} cargo-plugwright"),
            Self::Registry(version) => format!("--version '{version}' cargo-plugwright"),
        }
    }

    /// A note if the crate does not build everywhere.
    pub(super) fn note(&self) -> Option<String> {
        let (Self::Path(path), limit) = (self, self.limit()?) else { return None };
        Some(format!(
            "The dependency on plugwright is the path {}, so the crate builds only {limit}.\n\
             For a crate that builds anywhere, pass --plugwright with a version or a git URL.",
            path.display()
        ))
    }

    /// Where the source exists, if not everywhere.
    pub(super) fn limit(&self) -> Option<&'static str> {
        match self {
            Self::Path(path) if path.is_relative() => Some("inside this checkout"),
            Self::Path(_) => Some("on this machine"),
            _ => None,
        }
    }

    /// The value of the dependency in `Cargo.toml`.
    pub(super) fn toml(&self, features: &[&str]) -> String {
        // JSON strings are valid TOML strings.
        let (key, value) = match self {
            Self::Path(path) => ("path", Value::from(path.to_string_lossy())),
            Self::Git(url) => ("git", Value::from(url.as_str())),
            Self::Registry(version) if features.is_empty() => {
                return Value::from(version.as_str()).to_string();
            }
            Self::Registry(version) => ("version", Value::from(version.as_str())),
        };
        match features {
            [] => format!("{{ {key} = {value} }}"),
            _ => format!("{{ {key} = {value}, features = {} }}", Value::from(features)),
        }
    }
}

/// The absolute path of the folder, if it contains the crate plugwright.
fn crate_in(folder: &Path) -> Option<PathBuf> {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    manifest.lines().any(|line| line.trim() == "name = \"plugwright\"").then(|| folder.canonicalize().ok())?
}

/// The relative path from one absolute folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (mut from, mut to) = (from.components().peekable(), to.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(is_from_registry: bool, checkout: bool, repository: &'static str) -> Origin {
        let checkout = checkout.then(|| Path::new(BESIDE).canonicalize().unwrap());
        Origin { is_from_registry, checkout, repository }
    }

    #[test]
    fn a_checkout_is_found_by_its_crate_and_by_its_root() {
        let runtime = Path::new(BESIDE).canonicalize().unwrap();
        let root = runtime.parent().unwrap();
        for given in [&*runtime, root] {
            assert_eq!(Source::given(given.to_str().unwrap()).unwrap(), Source::Path(runtime.clone()));
        }
        assert!(Source::given(env!("CARGO_MANIFEST_DIR")).is_err());
    }

    #[test]
    fn versions_urls_and_paths_are_distinguished() {
        for version in ["1", "0.1.0", "=0.2.0-rc.1", "^1.2"] {
            assert_eq!(Source::given(version).unwrap(), Source::Registry(version.into()));
        }
        for url in ["https://example.com/plugwright", "ssh://git@example.com/x.git", "file:///srv/x"] {
            assert_eq!(Source::given(url).unwrap(), Source::Git(url.into()));
        }
        let error = Source::given("git@example.com:me/plugwright.git").unwrap_err().to_string();
        assert!(error.ends_with("use ssh://git@example.com/me/plugwright.git"), "{error}");
    }

    #[test]
    fn the_ci_installs_the_cli_from_the_same_source() {
        for (source, arguments) in [
            (Source::Path("../plugin-runtime".into()), "--path ../cargo-plugwright"),
            (Source::Git("https://example.com/x".into()), "--git https://example.com/x cargo-plugwright"),
            (Source::Registry("^1.2".into()), "--version '^1.2' cargo-plugwright"),
        ] {
            assert_eq!(source.install(), arguments);
        }
    }

    #[test]
    fn the_default_builds_anywhere_if_possible() {
        let url = "https://example.com/plugwright";
        let outside = Path::new("/tmp/mine");
        let root = Path::new(BESIDE).canonicalize().unwrap();
        let inside = root.parent().unwrap().join("mine");
        let of = |origin, path: &Path| Source::of(origin, path).unwrap();
        assert_eq!(of(origin(true, false, url), outside), Source::Registry(VERSION.into()));
        assert_eq!(of(origin(false, true, url), outside), Source::Git(url.into()));
        assert_eq!(of(origin(false, false, url), outside), Source::Git(url.into()));
        assert_eq!(of(origin(false, true, ""), outside), Source::Path(root));
        assert_eq!(of(origin(false, true, url), &inside), Source::Path("../plugin-runtime".into()));
        let error = Source::of(origin(false, false, ""), outside).unwrap_err().to_string();
        assert!(error.contains("no longer exists; pass --plugwright"), "{error}");
    }

    #[test]
    fn a_dependency_is_a_path_a_version_or_a_repository() {
        let registry = Source::Registry("1.2.3".into());
        assert_eq!(registry.toml(&[]), r#""1.2.3""#);
        assert_eq!(registry.toml(&["client"]), r#"{ version = "1.2.3", features = ["client"] }"#);
        assert_eq!(Source::Git("https://x/y".into()).toml(&[]), r#"{ git = "https://x/y" }"#);
        let path = Source::Path("/a \"b\"".into());
        assert_eq!(path.toml(&[]), r#"{ path = "/a \"b\"" }"#);
        assert!(path.note().unwrap().contains("only on this machine"));
        assert_eq!(registry.note(), None);
    }
}
