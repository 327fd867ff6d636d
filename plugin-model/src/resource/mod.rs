//! Resources, as listed by an API server's discovery, and the resolution of their names.

mod table;

pub use table::{BUILT_IN, BuiltIn};

impl BuiltIn {
    /// `secrets`, `deployments.apps`.
    pub fn group_resource(&self) -> String {
        group_resource(self.plural, self.group)
    }

    /// Case-sensitive only for short names.
    fn has_name(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        self.plural == lower || self.kind.eq_ignore_ascii_case(name) || self.short_names.contains(&name)
    }
}

/// `secrets` without a group, else `deployments.apps`.
pub fn group_resource(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

/// Splits a name at the first dot into resource and group (apimachinery's `schema.ParseGroupResource`).
pub fn split(word: &str) -> (&str, &str) {
    word.split_once('.').unwrap_or((word, ""))
}

/// The plural of a kind, as guessed by `kubectl` without discovery (apimachinery's
/// `UnsafeGuessKindToResource`).
pub fn guess_plural(kind: &str) -> String {
    let singular = kind.to_ascii_lowercase();
    if singular.ends_with("endpoints") {
        singular
    } else if singular.ends_with('s') {
        format!("{singular}es")
    } else if let Some(stem) = singular.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        format!("{singular}s")
    }
}

/// Resolves a word to a built-in resource: plural and singular in any case, or short name, alone or with a
/// group or a prefix of it (apimachinery's `DefaultRESTMapper`).
pub fn built_in(word: &str) -> Option<&'static BuiltIn> {
    let (name, group) = split(word);
    let named = || BUILT_IN.iter().filter(|resource| resource.has_name(name));
    match group {
        "" => named().next(),
        group => named()
            .find(|resource| resource.group == group)
            .or_else(|| named().find(|resource| resource.group.starts_with(group))),
    }
}

/// Whether a word refers to a resource that is not built in, as far as can be decided without a cluster:
/// plural, or a singular with a guessable plural, alone or with a group or a prefix of it.
pub fn means(word: &str, plural: &str, of_group: &str) -> bool {
    let (name, group) = split(word);
    (name.eq_ignore_ascii_case(plural) || guess_plural(name) == plural) && of_group.starts_with(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guess_matches_built_in_names() {
        let odd: Vec<_> = BUILT_IN
            .iter()
            .filter(|known| guess_plural(known.kind) != known.plural)
            .map(|k| k.kind)
            .collect();
        assert_eq!(odd, [] as [&str; 0]);
    }

    #[test]
    fn words_for_built_in_resources() {
        for (word, resolved) in [
            ("secret", "secrets"),
            ("Secret", "secrets"),
            ("SECRETS", "secrets"),
            ("po", "pods"),
            ("deploy", "deployments.apps"),
            ("deployment.apps", "deployments.apps"),
            ("deployments.ap", "deployments.apps"),
            ("events", "events"),
            ("events.events.k8s.io", "events.events.k8s.io"),
        ] {
            assert_eq!(built_in(word).map(BuiltIn::group_resource).as_deref(), Some(resolved), "{word}");
        }
        for word in ["Deployment.Apps", "PO", "pods.apps", "VMs", "*", "*.apps", ""] {
            assert!(built_in(word).is_none(), "{word}");
        }
    }

    #[test]
    fn words_for_other_resources() {
        let is_vm = |word| means(word, "virtualmachines", "kubevirt.io");
        for word in
            ["virtualmachines", "VirtualMachine", "virtualmachine.kubevirt", "virtualmachines.kubevirt.io"]
        {
            assert!(is_vm(word), "{word}");
        }
        for word in ["vm", "virtualmachines.kubevirt.com", "virtualmachineinstances", "*", ""] {
            assert!(!is_vm(word), "{word}");
        }
    }
}
