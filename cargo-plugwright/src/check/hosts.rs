//! The C libraries in the hosts' images, from their Dockerfiles.

use super::elf::Facts;
use super::finding::Finding;

/// The image of a host's server.
struct Image {
    host: &'static str,
    glibc: Option<(u32, u32)>,
}

/// The base images in the Dockerfiles of these versions: Alpine 3.8; Ubuntu 18.04 and 20.04; Debian 11 (distroless); Ubuntu
/// 22.04 (run-jammy-tiny). EphemeralAccess uses distroless's `static`, which has no C library.
const IMAGES: [Image; 6] = [
    Image { host: "Heptio Ark", glibc: None },
    Image { host: "Velero 1.0 to 1.2", glibc: Some((2, 27)) },
    Image { host: "Velero 1.5", glibc: Some((2, 31)) },
    Image { host: "Velero 1.9 to 1.12", glibc: Some((2, 31)) },
    Image { host: "Velero 1.14 to 1.18", glibc: Some((2, 35)) },
    Image { host: "EphemeralAccess", glibc: None },
];

/// The libraries that glibc contains.
const OF_GLIBC: [&str; 6] =
    ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux"];

pub(super) fn findings(facts: &Facts, for_velero: bool, for_access: bool) -> Vec<Finding> {
    const CURE: &str = "Build a static binary, as `cargo plugwright image` does";
    let mut findings = Vec::new();
    let Facts { architecture, interpreter, .. } = facts;
    findings.push(match architecture.as_str() {
        "amd64" | "arm64" => Finding::note(format!("for linux/{architecture}; nodes must use this platform")),
        other => Finding::error(
            format!("Unsupported architecture: {other}"),
            "Build it for linux/amd64 or linux/arm64",
        ),
    });
    let Some(interpreter) = interpreter else {
        findings.push(Finding::fine("static: independent of the C library in the host's image"));
        return findings;
    };
    if interpreter.contains("musl") {
        findings.push(Finding::error(
            format!("It requires musl's loader {interpreter}, which only Heptio Ark's image has"),
            CURE,
        ));
        return findings;
    }
    let needs = facts.glibc.unwrap_or_default();
    let (major, minor) = needs;
    let is_served = |image: &&Image| match image.host {
        "EphemeralAccess" => for_access,
        _ => for_velero,
    };
    let fits = |image: &&Image| image.glibc.is_some_and(|glibc| glibc >= needs);
    let names = |images: &mut dyn Iterator<Item = &Image>| {
        images.map(|image| image.host).collect::<Vec<_>>().join(", ")
    };
    let runs = names(&mut IMAGES.iter().filter(is_served).filter(fits));
    let fails = names(&mut IMAGES.iter().filter(is_served).filter(|image| !fits(image)));
    let what = format!("It requires glibc {major}.{minor} or later in the host's image");
    if runs.is_empty() && !fails.is_empty() {
        findings.push(Finding::error(format!("{what}, which is missing in: {fails}"), CURE));
    } else if !fails.is_empty() {
        findings.push(Finding::warning(format!("{what}: present in {runs}, missing in {fails}"), CURE));
    } else {
        findings.push(Finding::warning(what, CURE));
    }
    let others: Vec<_> =
        facts.libraries.iter().map(String::as_str).filter(|library| !of_glibc(library)).collect();
    if !others.is_empty() {
        let others = others.join(", ");
        let what = format!("It requires shared libraries that small images lack: {others}");
        findings.push(Finding::warning(what, CURE));
    }
    findings
}

fn of_glibc(library: &str) -> bool {
    OF_GLIBC.iter().any(|own| library.starts_with(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Level;

    fn worst(facts: &Facts, for_velero: bool, for_access: bool) -> (Level, String) {
        let findings = findings(facts, for_velero, for_access);
        let worst = findings.into_iter().max_by_key(|finding| finding.level).unwrap();
        (worst.level, format!("{worst:?}"))
    }

    fn dynamic(interpreter: &str, glibc: (u32, u32)) -> Facts {
        Facts {
            architecture: "amd64".into(),
            interpreter: Some(interpreter.into()),
            libraries: vec!["libc.so.6".into()],
            glibc: Some(glibc),
            ..Facts::default()
        }
    }

    #[test]
    fn a_static_binary_runs_everywhere() {
        let facts = Facts { architecture: "arm64".into(), ..Facts::default() };
        assert_eq!(worst(&facts, true, true).0, Level::Note);
        let facts = Facts { architecture: "processor 243".into(), ..Facts::default() };
        assert_eq!(worst(&facts, true, true).0, Level::Error);
    }

    #[test]
    fn a_dynamic_binary_requires_a_new_enough_glibc() {
        let loader = "/lib64/ld-linux-x86-64.so.2";
        let (level, said) = worst(&dynamic(loader, (2, 34)), true, false);
        assert_eq!(level, Level::Warning);
        assert!(
            said.contains("present in Velero 1.14 to 1.18, missing in Heptio Ark, Velero 1.0 to 1.2"),
            "{said}"
        );
        assert_eq!(worst(&dynamic(loader, (2, 39)), true, false).0, Level::Error);
        assert_eq!(worst(&dynamic(loader, (2, 17)), false, true).0, Level::Error);
        assert_eq!(worst(&dynamic("/lib/ld-musl-x86_64.so.1", (2, 17)), true, false).0, Level::Error);
        let mut facts = dynamic(loader, (2, 17));
        facts.libraries.push("libssl.so.3".into());
        assert!(
            findings(&facts, true, false)
                .iter()
                .any(|finding| format!("{finding:?}").contains("libssl.so.3"))
        );
    }
}
