//! Tests label selectors and names against the results of Kubernetes' and Velero's own code.
//!
//! `conformance/velero/selectors_corpus_test.go` checks the same files with that code (`labels.Parse` of
//! `k8s.io/apimachinery`, Velero's `ValidatePluginName`), so that ours cannot disagree with it.

use plugwright_model::{label_selector, name};

/// The lines of a corpus: `valid` or `invalid`, and the text between two `|`.
fn corpus(lines: &str) -> Vec<(bool, String)> {
    let lines = lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let corpus: Vec<_> = lines
        .map(|line| {
            let (verdict, quoted) = line.split_once(' ').expect("a verdict");
            let text = quoted.trim().strip_prefix('|').and_then(|text| text.strip_suffix('|'));
            let valid = match verdict {
                "valid" => true,
                "invalid" => false,
                other => panic!("unknown verdict {other}"),
            };
            (valid, unescape(text.expect("a text between two `|`")))
        })
        .collect();
    assert!(corpus.iter().filter(|(valid, _)| *valid).count() > 40);
    corpus
}

fn unescape(text: &str) -> String {
    let mut chars = text.chars();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('0') => '\0',
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                other => panic!("unknown escape {other:?}"),
            },
            c => c,
        });
    }
    plain
}

#[track_caller]
fn check<E: std::fmt::Display>(lines: &str, check: impl Fn(&str) -> Result<(), E>) {
    let mut wrong = Vec::new();
    for (valid, text) in corpus(lines) {
        match check(&text) {
            Err(error) if valid => wrong.push(format!("{text:?} is valid, but: {error}")),
            Ok(()) if !valid => wrong.push(format!("{text:?} is invalid, but is taken")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn label_selectors() {
    check(include_str!("selectors.txt"), |text| label_selector::parse(text).map(drop));
}

#[test]
fn names() {
    check(include_str!("names.txt"), name::check);
}
