//! Names of crates, and of the domain that plugin names begin with.

use std::path::Path;

/// Where none is given; it is nobody's.
pub(super) const DOMAIN: &str = "example.io";

/// Cargo refuses these as the name of a binary, or the compiler as the name of a crate.
const RESERVED: [&str; 12] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "plugwright",
    "proc_macro",
    "std",
    "tempfile",
    "test",
    "tokio",
];

/// The 2024 edition's keywords that are in the form of a name.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen \
                        if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
                        trait true try type typeof unsafe unsized use virtual where while yield";

/// The crate's name: the last part of the path.
pub(super) fn of_path(path: &Path) -> Result<String, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| format!("{} has no last part to name the crate by", path.display()))?;
    check(&name).map(|()| name)
}

/// The name of a crate, of the plugin's file and of its image: what all three allow.
pub(super) fn check(name: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("`{name}` cannot be the name of the crate: {why}"));
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return wrong("it begins with a small letter, `a` to `z`");
    }
    if let Some(c) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_')) {
        return wrong(&format!("it has small letters, digits, `-` and `_`, but no {c:?}"));
    }
    if !name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return wrong("it ends with a letter or a digit");
    }
    if name.len() > 64 {
        return wrong("it has at most 64 characters");
    }
    if RESERVED.contains(&name) || KEYWORDS.split_whitespace().any(|keyword| keyword == name) {
        return wrong("Rust or Cargo takes that word for something else");
    }
    Ok(())
}

/// What stands before the `/` of a plugin's name.
pub(super) fn check_domain(domain: &str) -> Result<(), String> {
    match plugwright_model::name::check(&format!("{domain}/x")) {
        _ if domain.contains('/') => Err(format!("`{domain}` is no domain: it has a `/`")),
        Err(error) => Err(format!("`{domain}` is no domain: {error}")),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cargo_and_registries_take() {
        for name in ["my-plugin", "a", "velero_plugin2"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for (name, said) in [
            ("", "begins with"),
            ("My-plugin", "begins with"),
            ("2nd", "begins with"),
            ("my.plugin", "no '.'"),
            ("pluginÜ", "no 'Ü'"),
            ("my-", "ends with"),
            ("match", "something else"),
            ("plugwright", "something else"),
            (&"a".repeat(65), "at most 64"),
        ] {
            let error = check(name).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert_eq!(of_path(Path::new("plugins/mine/")).as_deref(), Ok("mine"));
        assert!(of_path(Path::new("..")).is_err());
    }

    #[test]
    fn domains_are_those_of_plugin_names() {
        assert_eq!(check_domain("velero.example.io"), Ok(()));
        for (domain, said) in [("", "needs a domain"), ("Example.io", "lower case"), ("a/b", "it has a `/`")]
        {
            let error = check_domain(domain).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
