//! Parses a request's target from its method, path and query.

use std::collections::BTreeMap;

use http::{Method, Uri};

use crate::objects::Resource;

#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) version: String,
    pub(super) resource: Resource,
    /// `None` for all namespaces and for cluster-scoped objects.
    pub(super) namespace: Option<String>,
    /// Empty for a collection.
    pub(super) name: String,
    pub(super) subresource: String,
    query: BTreeMap<String, String>,
}

impl Target {
    /// Returns `None` unless it is the path of an object or a collection.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let parts: Vec<String> =
            uri.path().trim_matches('/').split('/').map(|part| decoded(part, false)).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (group, version, rest) = match &parts[..] {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        // `/namespaces/x` and `/namespaces/x/status` refer to the namespace object.
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() && rest != ["status"] => {
                (Some((*namespace).to_owned()), rest)
            }
            rest => (None, rest),
        };
        let [plural, rest @ ..] = rest else { return None };
        let (name, subresource) = match rest {
            [] => ("", ""),
            [name] => (*name, ""),
            [name, subresource] => (*name, *subresource),
            _ => return None,
        };
        Some(Self {
            version: version.to_owned(),
            resource: Resource { group: group.to_owned(), plural: (*plural).to_owned() },
            namespace,
            name: name.to_owned(),
            subresource: subresource.to_owned(),
            query: query(uri),
        })
    }

    pub(super) fn query(&self, key: &str) -> &str {
        self.query.get(key).map_or("", String::as_str)
    }

    pub(super) fn is_watch(&self) -> bool {
        matches!(self.query("watch"), "1" | "true")
    }

    /// Returns the Kubernetes verb of the request.
    pub(super) fn verb(&self, method: &Method) -> Option<&'static str> {
        let one = !self.name.is_empty();
        Some(match *method {
            Method::GET if self.is_watch() => "watch",
            Method::GET if one => "get",
            Method::GET => "list",
            Method::POST if !one => "create",
            Method::PUT if one => "update",
            Method::PATCH if one => "patch",
            Method::DELETE if one => "delete",
            Method::DELETE => "deletecollection",
            _ => return None,
        })
    }
}

fn query(uri: &Uri) -> BTreeMap<String, String> {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key, true), decoded(value, true))
        })
        .collect()
}

/// Decodes percent encoding; in a query, `+` is a space.
fn decoded(text: &str, query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        let hex = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            (b'+', _) if query => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
