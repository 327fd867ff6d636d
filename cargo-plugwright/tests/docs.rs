//! Runs `docs/from-nothing-to-your-cluster.md` as a person would, and compares what is printed on stdout.
#![cfg(target_os = "linux")] // plugins are for Linux

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command of the page, and what is to be printed.
struct Step {
    command: String,
    expected: Vec<String>,
}

/// The blocks that begin with "```console".
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_console = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if is_console {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), expected: Vec::new() }),
                (None, Some(step)) => step.expected.push(line.to_owned()),
                (None, None) => panic!("output without a command: {line}"),
            }
        }
    }
    steps
}

/// `...` is any number of lines, `[..]` any text in a line.
fn matches(expected: &[String], lines: &[&str]) -> bool {
    match expected {
        [] => lines.is_empty(),
        [any, rest @ ..] if any == "..." => (0..=lines.len()).any(|from| matches(rest, &lines[from..])),
        [first, rest @ ..] => lines.split_first().is_some_and(|(line, lines)| {
            let mut parts = first.split("[..]");
            let mut at = parts.next().and_then(|begin| line.strip_prefix(begin));
            let mut ends = !first.contains("[..]");
            for part in parts {
                ends = part.is_empty();
                at = at.and_then(|text| text.find(part).map(|found| &text[found + part.len()..]));
            }
            at.is_some_and(|text| text.is_empty() || ends && first.contains("[..]")) && matches(rest, lines)
        }),
    }
}

#[test]
fn from_nothing_to_your_cluster() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(repository.join("docs/from-nothing-to-your-cluster.md")).unwrap();
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut folder = temporary.join("docs");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    // A workspace of its own in ours, with the versions of ours, so that nothing is downloaded.
    fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"my-plugin\"]\n")
        .unwrap();
    fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();

    let bin: PathBuf = Path::new(env!("CARGO_BIN_EXE_cargo-plugwright")).parent().unwrap().into();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let steps = steps(&page);
    assert!(steps.len() > 5, "the page has hardly any commands");
    for Step { command, expected } in steps {
        if let Some(to) = command.strip_prefix("cd ") {
            folder.push(to);
            continue;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).current_dir(&folder).env("PATH", &path);
        // A quick build does here: the page is about commands, and not about the size of the binary.
        for (key, value) in [
            ("CARGO_NET_OFFLINE", "true"),
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ("CARGO_PROFILE_RELEASE_STRIP", "true"),
            ("CARGO_TARGET_DIR", temporary.parent().unwrap().to_str().unwrap()),
        ] {
            shell.env(key, value);
        }
        let output = shell.output().expect("sh runs");
        let (said, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command}\n{said}{errors}");
        let lines: Vec<_> = said.lines().collect();
        let mut expected = expected;
        // What separates one command from the next on the page is not printed.
        while expected.last().is_some_and(String::is_empty) {
            expected.pop();
        }
        assert!(
            matches(&expected, &lines),
            "{command}\nprints\n{said}and not\n{}\n{errors}",
            expected.join("\n")
        );
    }
}
