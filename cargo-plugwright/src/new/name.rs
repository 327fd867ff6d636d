//! Checks crate names, and the domain that plugin names begin with.

use std::path::Path;

/// The default domain, reserved for documentation.
pub(super) const DOMAIN: &str = "example.io";

/// Names that Cargo rejects for a binary, or the compiler for a crate.
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

/// Keywords of the 2024 edition.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen \
                        if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
                        trait true try type typeof unsafe unsized use virtual where while yield";

/// The crate's name: the last part of the path.
pub(super) fn of_path(path: &Path) -> Result<String, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| {
        format!("{} does not end in a folder name, which would be the crate's name", path.display())
    })?;
    check(&name).map(|()| name)
}

/// Checks a name by the rules for crates, binaries and images.
pub(super) fn check(name: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("`{name}` is not a valid crate name: {why}"));
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return wrong("it must begin with a lower-case letter, `a` to `z`");
    }
    if let Some(c) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_')) {
        return wrong(&format!("expected lower-case letters, digits, `-` and `_`, found {c:?}"));
    }
    if !name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return wrong("it must end with a letter or digit");
    }
    if name.len() > 64 {
        return wrong("it must have at most 64 characters");
    }
    if RESERVED.contains(&name) || KEYWORDS.split_whitespace().any(|keyword| keyword == name) {
        return wrong("Rust or Cargo reserves this word");
    }
    Ok(())
}

/// The part of a plugin's name before the `/`.
pub(super) fn check_domain(domain: &str) -> Result<(), String> {
    match plugwright_model::name::check(&format!("{domain}/x")) {
        _ if domain.contains('/') => Err(format!("`{domain}` is not a valid domain: it contains a `/`")),
        Err(error) => Err(format!("`{domain}` is not a valid domain: {error}")),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crate_names_are_checked() {
        for name in ["my-plugin", "a", "velero_plugin2"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for (name, said) in [
            ("", "begin with"),
            ("My-plugin", "begin with"),
            ("2nd", "begin with"),
            ("my.plugin", "found '.'"),
            ("pluginÜ", "found 'Ü'"),
            ("my-", "end with"),
            ("match", "reserves"),
            ("plugwright", "reserves"),
            (&"a".repeat(65), "at most 64"),
        ] {
            let error = check(name).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert_eq!(of_path(Path::new("plugins/mine/")).as_deref(), Ok("mine"));
        assert!(of_path(Path::new("..")).is_err());
    }

    #[test]
    fn domains_are_checked() {
        assert_eq!(check_domain("velero.example.io"), Ok(()));
        for (domain, said) in
            [("", "expected a domain"), ("Example.io", "lower case"), ("a/b", "contains a `/`")]
        {
            let error = check_domain(domain).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
