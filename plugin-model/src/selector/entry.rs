use std::fmt;
use std::ops::Range;

use crate::dns::{MAX_LABEL_LEN, MAX_SUBDOMAIN_LEN};
use crate::glob::{Glob, GlobError};

/// Checks whether an entry can match a namespace: a name, or a pattern.
pub fn check_namespace(entry: &str) -> Result<(), EntryError> {
    let glob = parse(entry, Fault::NoNamespace)?;
    let lower = || in_lower_case(entry, check_namespace);
    for (at, c) in glob.literal_chars() {
        if !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return fault(Fault::NamespaceChar(c), at..at + c.len_utf8(), lower());
        }
    }
    if glob.is_literal() {
        if entry.starts_with('-') {
            return fault(Fault::NamespaceEdge, 0..1, None);
        }
        if entry.ends_with('-') {
            return fault(Fault::NamespaceEdge, entry.len() - 1..entry.len(), None);
        }
        if entry.len() > MAX_LABEL_LEN {
            return fault(Fault::TooLong(MAX_LABEL_LEN), 0..entry.len(), None);
        }
    }
    Ok(())
}

/// Checks whether an entry can match a resource: `secrets`, `Secret`, `deployments.apps`, or a pattern.
///
/// Velero looks up the name in the API server's discovery, in any case, singular, plural or short, with a
/// group or a prefix of one after the first `.` (`GetResourceIncludesExcludes`). A name unknown to the server
/// is matched as a pattern against `deployments.apps`, in lower case.
pub fn check_resource(entry: &str) -> Result<(), EntryError> {
    if let Some(at) = entry.find('/').filter(|_| !entry.contains(char::is_whitespace)) {
        return fault(Fault::Slash, at..at + 1, of_api_path(entry));
    }
    let glob = parse(entry, Fault::NoResource)?;
    // Upper case is ignored only in a resource's own name, and only if it is not a pattern.
    let folded = if glob.is_literal() { entry.find('.').unwrap_or(entry.len()) } else { 0 };
    let lower = || in_lower_case(entry, check_resource);
    for (at, c) in glob.literal_chars() {
        let range = at..at + c.len_utf8();
        match c {
            'A'..='Z' if at >= folded => return fault(Fault::ResourceCase, range, lower()),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => {}
            c => return fault(Fault::ResourceChar(c), range, None),
        }
    }
    if glob.is_literal() {
        if entry.starts_with('.') {
            return fault(Fault::EmptyPart, 0..1, None);
        }
        if let Some(at) = entry.find("..") {
            return fault(Fault::EmptyPart, at..at + 2, None);
        }
        if entry.len() > MAX_LABEL_LEN + 1 + MAX_SUBDOMAIN_LEN {
            return fault(Fault::TooLong(MAX_LABEL_LEN + 1 + MAX_SUBDOMAIN_LEN), 0..entry.len(), None);
        }
    }
    Ok(())
}

fn parse(entry: &str, empty: Fault) -> Result<Glob, EntryError> {
    let entry_range = 0..entry.len();
    if entry.is_empty() {
        return Err(EntryError { fault: empty, range: entry_range, suggestion: None });
    }
    if let Some(at) = entry.find(char::is_whitespace) {
        let trimmed = entry.trim();
        let clean = !trimmed.is_empty() && !trimmed.contains(char::is_whitespace);
        let suggestion = clean.then(|| trimmed.to_owned());
        let len = entry.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        return Err(EntryError { fault: Fault::Space, range: at..at + len, suggestion });
    }
    Glob::parse(entry).map_err(|error| {
        let range = error.range();
        EntryError { fault: Fault::Pattern(error), range, suggestion: None }
    })
}

/// Returns the entry in lower case, if only the case was wrong.
fn in_lower_case(entry: &str, check: fn(&str) -> Result<(), EntryError>) -> Option<String> {
    let lower = entry.to_ascii_lowercase();
    (lower != entry && check(&lower).is_ok()).then_some(lower)
}

/// Converts `apps/v1/deployments` to `deployments.apps`, and `v1/pods` to `pods`.
fn of_api_path(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').filter(|part| !is_version(part)).collect();
    let entry = match *parts.as_slice() {
        [resource] => resource.to_owned(),
        [group, resource] if is_group(group) => format!("{resource}.{group}"),
        [resource, group] if is_group(group) => format!("{resource}.{group}"),
        _ => return None,
    };
    check_resource(&entry).is_ok().then_some(entry)
}

/// `v1`, `v2beta1`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = rest.strip_prefix("alpha").or_else(|| rest.strip_prefix("beta")).unwrap_or(rest);
        part.len() > rest.len() + 1
            && number.chars().all(|c| c.is_ascii_digit())
            && (number != rest || rest.is_empty())
    })
}

/// A group with a domain, or one of Kubernetes' own without one.
fn is_group(part: &str) -> bool {
    part.contains('.') || matches!(part, "apps" | "autoscaling" | "batch" | "extensions" | "policy")
}

fn fault(fault: Fault, range: Range<usize>, suggestion: Option<String>) -> Result<(), EntryError> {
    Err(EntryError { fault, range, suggestion })
}

/// An entry that cannot match anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryError {
    fault: Fault,
    range: Range<usize>,
    suggestion: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    NoNamespace,
    NoResource,
    Space,
    Slash,
    Pattern(GlobError),
    NamespaceChar(char),
    NamespaceEdge,
    ResourceChar(char),
    ResourceCase,
    EmptyPart,
    TooLong(usize),
}

impl EntryError {
    /// Returns the byte range of the error.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Returns the intended entry, if it can be inferred.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::NoNamespace => f.write_str(
                "a namespace name must not be empty; an action receives cluster-scoped objects if it lists no namespaces",
            ),
            Fault::NoResource => f.write_str("a resource name must not be empty; Velero skips this entry"),
            Fault::Space => f.write_str("a name must not contain spaces; Velero does not trim them"),
            Fault::Slash => f.write_str(
                "expected a resource without version and with the group last: `pods`, `deployments.apps`",
            ),
            Fault::Pattern(error) => error.fmt(f),
            Fault::NamespaceChar(',') | Fault::ResourceChar(',') => {
                f.write_str("expected one entry per name: `[\"a\", \"b\"]`")
            }
            Fault::NamespaceChar(_) => {
                f.write_str("a namespace name may contain only lower-case letters `a` to `z`, digits and `-`")
            }
            Fault::NamespaceEdge => f.write_str("a namespace name must start and end with a letter or digit"),
            Fault::ResourceChar(_) => f.write_str("a resource name may contain only letters, digits, `-` and `.`"),
            Fault::ResourceCase => f.write_str(
                "groups and patterns must be in lower case, because Velero compares them case-sensitively",
            ),
            Fault::EmptyPart => f.write_str("expected `resource` or `resource.group`"),
            Fault::TooLong(len) => write!(f, "expected a name of at most {len} characters"),
        }
    }
}

impl std::error::Error for EntryError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(result: Result<(), EntryError>) -> Option<(Range<usize>, Option<String>)> {
        result.err().map(|error| (error.range(), error.suggestion().map(str::to_owned)))
    }

    #[test]
    fn namespaces_that_can_match() {
        for entry in [
            "default",
            "kube-system",
            "0",
            "*",
            "shop-*",
            "shop-??",
            "[a-c]*",
            "{a,b}-x",
            "-*",
            &"a".repeat(63),
        ] {
            assert_eq!(check_namespace(entry), Ok(()), "{entry}");
        }
    }

    #[test]
    fn namespaces_that_match_nothing() {
        let long = "a".repeat(64);
        for (entry, range, suggestion) in [
            ("", 0..0, None),
            (" kube-system", 0..1, Some("kube-system")),
            ("a b", 1..2, None),
            ("Default", 0..1, Some("default")),
            ("Shop-*", 0..1, Some("shop-*")),
            ("a.b", 1..2, None),
            ("a/b", 1..2, None),
            ("a_b", 1..2, None),
            ("a,b", 1..2, None),
            ("é", 0..2, None),
            ("-a", 0..1, None),
            ("a-", 1..2, None),
            ("[a-z0-9]", 0..8, None),
            ("{a,B}", 3..4, Some("{a,b}")),
            (&long, 0..64, None),
        ] {
            assert_eq!(
                wrong(check_namespace(entry)),
                Some((range, suggestion.map(str::to_owned))),
                "{entry}"
            );
        }
    }

    #[test]
    fn errors_contain_the_expected_form() {
        for (error, text) in [
            (check_namespace("a,b"), "expected one entry per name: `[\"a\", \"b\"]`"),
            (check_resource("a,b"), "expected one entry per name: `[\"a\", \"b\"]`"),
            (check_namespace("a_b"), "only lower-case letters"),
            (check_resource("a:b"), "only letters, digits, `-` and `.`"),
            (check_resource("pods["), "unclosed `[`"),
            (check_namespace(&"a".repeat(64)), "expected a name of at most 63 characters"),
            (check_resource(&"a".repeat(318)), "expected a name of at most 317 characters"),
        ] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn resources_that_can_match() {
        for entry in [
            &"a".repeat(317),
            "pods",
            "Pod",
            "VirtualMachine",
            "po",
            "deployments.apps",
            "Deployment.apps",
            "deployments.",
            "serviceinstances.servicecatalog.",
            "*",
            "*.apps",
            "deploy*",
            "{pods,secrets}",
            "network-attachment-definitions.k8s.cni.cncf.io",
        ] {
            assert_eq!(check_resource(entry), Ok(()), "{entry}");
        }
    }

    #[test]
    fn resources_that_match_nothing() {
        for (entry, range, suggestion) in [
            ("", 0..0, None),
            ("pods ", 4..5, Some("pods")),
            ("config maps", 6..7, None),
            ("apps/v1/deployments", 4..5, Some("deployments.apps")),
            ("apps/deployments", 4..5, Some("deployments.apps")),
            ("v1/pods", 2..3, Some("pods")),
            ("velero.io/v1/backups", 9..10, Some("backups.velero.io")),
            ("backups/velero.io", 7..8, Some("backups.velero.io")),
            ("autoscaling/v2beta2/hpa", 11..12, Some("hpa.autoscaling")),
            ("pods/log", 4..5, None),
            ("a/b/c/d", 1..2, None),
            ("deployments.Apps", 12..13, Some("deployments.apps")),
            ("Deploy*", 0..1, Some("deploy*")),
            ("pods,secrets", 4..5, None),
            ("pods:v1", 4..5, None),
            (".apps", 0..1, None),
            ("deployments..apps", 11..13, None),
            ("pods[", 4..5, None),
        ] {
            assert_eq!(wrong(check_resource(entry)), Some((range, suggestion.map(str::to_owned))), "{entry}");
        }
    }

    #[test]
    fn versions() {
        for part in ["v1", "v12", "v1beta1", "v2alpha10"] {
            assert!(is_version(part), "{part}");
        }
        for part in ["v", "vm", "volumes", "1", "vbeta1", "v1gamma1", "v1x"] {
            assert!(!is_version(part), "{part}");
        }
    }
}
