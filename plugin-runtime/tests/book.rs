//! The pages of the book: each is in the table of contents and tested, and each link leads to a file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All Markdown files below a folder.
fn markdown(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "bin" && name != "template" && name != ".git" {
                markdown(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The targets of the links in a text, outside code blocks.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose
        .flat_map(|prose| prose.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')').map(|(to, _)| to))
}

/// The anchor of a title, as GitHub and mdBook make it.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn every_page_is_in_the_contents_and_tested() {
    let docs = repository().join("docs");
    let mut files = Vec::new();
    markdown(&docs, &mut files);
    let pages: BTreeSet<_> = files
        .iter()
        .map(|file| file.strip_prefix(&docs).expect("a page").to_str().expect("UTF-8").to_owned())
        .filter(|page| page != "SUMMARY.md")
        .collect();
    let summary = read(&docs.join("SUMMARY.md"));
    assert_eq!(links(&summary).map(ToOwned::to_owned).collect::<BTreeSet<_>>(), pages, "docs/SUMMARY.md");
    let tested = read(&repository().join("plugin-runtime/src/book.rs"));
    let tested = tested.split("\"docs/").skip(1).filter_map(|rest| rest.split_once('"'));
    assert_eq!(tested.map(|(page, _)| page.to_owned()).collect::<BTreeSet<_>>(), pages, "src/book.rs");
}

#[test]
fn every_link_leads_somewhere() {
    let mut files = Vec::new();
    markdown(&repository(), &mut files);
    assert!(files.len() > 20, "{files:?}");
    let mut broken = Vec::new();
    for file in files {
        for link in links(&read(&file)).filter(|link| !link.contains("://") && !link.contains(' ')) {
            let (to, title) = link.split_once('#').unwrap_or((link, ""));
            let target = if to.is_empty() { file.clone() } else { file.with_file_name("").join(to) };
            let has_title = || {
                let text = read(&target);
                text.lines()
                    .any(|line| line.starts_with('#') && anchor(line.trim_start_matches(['#', ' '])) == title)
            };
            if !target.exists() || !title.is_empty() && !has_title() {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_readme_is_short() {
    let lines = read(&repository().join("README.md")).lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; expected at most 150");
}
