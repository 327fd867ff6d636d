//! Runs the commands in README.md and `docs/from-nothing-to-your-cluster.md` inside the clone, as a reader does, and
//! compares stdout.
#![cfg(target_os = "linux")] // plugins are for Linux

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A command and its expected output.
struct Step {
    command: String,
    expected: Vec<String>,
}

/// The `console` blocks of a page: commands after `$ `, each followed by its output, or only commands.
fn blocks(page: &str) -> Vec<Vec<Step>> {
    let mut blocks: Vec<Vec<Step>> = Vec::new();
    let mut is_console = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
            if is_console {
                blocks.push(Vec::new());
            }
            continue;
        }
        let Some(block) = blocks.last_mut().filter(|_| is_console) else { continue };
        let command = line.strip_prefix("$ ");
        match (command, block.last_mut()) {
            (Some(command), _) => block.push(Step { command: command.to_owned(), expected: Vec::new() }),
            (None, Some(step)) if !step.command.is_empty() => step.expected.push(line.to_owned()),
            // A block of commands without prompts.
            (None, _) => block.push(Step { command: String::new(), expected: vec![line.to_owned()] }),
        }
    }
    blocks
}

/// A reader with an installed `cargo plugwright`, in a folder inside the clone (below `target/tmp`).
struct Reader {
    folder: PathBuf,
}

impl Reader {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    /// Runs a command, which may end in `cd`. Returns stdout and stderr.
    fn run(&mut self, command: &str) -> (String, String) {
        let (command, folder) = match command.rsplit_once("&& cd ") {
            Some((command, folder)) => (command, Some(folder)),
            None => match command.strip_prefix("cd ") {
                Some(folder) => ("true", Some(folder)),
                None => (command, None),
            },
        };
        let bin: PathBuf = Path::new(env!("CARGO_BIN_EXE_cargo-plugwright")).parent().unwrap().into();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&self.folder).env("PATH", &path);
        shell.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target);
        // A faster build: the size of the binary does not matter here.
        for (key, value) in [("LTO", "off"), ("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "16"), ("STRIP", "true")] {
            shell.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
        }
        let output = shell.output().expect("sh runs");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}\n{stdout}{stderr}");
        if let Some(folder) = folder {
            self.folder.push(folder);
            // Use the versions of this workspace, to avoid downloads.
            let lock = Path::new(REPOSITORY).join("Cargo.lock");
            if lock.is_file() {
                fs::copy(lock, self.folder.join("Cargo.lock")).unwrap();
            }
        }
        (stdout, stderr)
    }
}

#[test]
fn readme_commands_work_in_a_clone() {
    let page = fs::read_to_string(Path::new(REPOSITORY).join("README.md")).unwrap();
    let is_new = |line: &String| line.starts_with("cargo plugwright new");
    let blocks = blocks(&page);
    let lines: Vec<_> = blocks.iter().flatten().flat_map(|step| &step.expected).collect();
    let first = lines.iter().position(|line| is_new(line)).expect("README.md creates a crate");
    let commands: Vec<_> =
        lines[first..].iter().take_while(|line| line.starts_with("cargo plugwright")).collect();
    assert!(commands.len() > 1, "{commands:?}");
    let mut reader = Reader::new("readme");
    for command in commands {
        // Another name than in the other page: in a shared target folder, Cargo would reuse the other page's binary.
        reader.run(&command.replace("my-plugin", "readme-plugin"));
    }
}

#[test]
fn from_nothing_to_your_cluster() {
    let page = Path::new(REPOSITORY).join("docs/from-nothing-to-your-cluster.md");
    let page = fs::read_to_string(page).unwrap();
    let steps: Vec<_> = blocks(&page).into_iter().flatten().collect();
    assert!(steps.len() > 5, "expected more than 5 commands, found {}", steps.len());
    let mut reader = Reader::new("docs");
    for Step { command, expected } in steps {
        let (stdout, stderr) = reader.run(&command);
        // `...` matches any number of lines, `[..]` any text within a line.
        let with_end = |text: &str| format!("{}\n", text.trim_end()).into();
        let (actual, expected) = (with_end(&stdout), with_end(&expected.join("\n")));
        let same = snapbox::assert::Assert::new().try_eq(Some(&command), actual, expected);
        if let Err(difference) = same {
            panic!("{difference}\n{stderr}");
        }
    }
}
