//! Patterns of include and exclude lists.
//!
//! Left out is what differs on purpose, and what never reaches a pattern:
//!
//! - unclosed or empty braces, which we reject because they crash gobwas for some texts;
//! - what gobwas matches wrongly: a `*` or an empty alternative in braces, or braces in a row, of which it computes a
//!   wrong length (`match/any_of.go`, `Len`), and a negated list next to another one or to `*` or `?`, of which it makes a search for
//!   the list's characters as a word (`compiler/compiler.go`, `glueMatchersAsEvery`);
//! - empty and non-ASCII texts: Kubernetes names are neither.

use fastrand::Rng;
use plugwright_model::selector::{IncludesExcludes, check_namespace};
use serde_json::json;

use super::Case;

/// Parts of patterns. Some are whole constructs, which single characters rarely form.
const PARTS: &[&str] = &[
    "a",
    "b",
    "c",
    "-",
    "é",
    "*",
    "*",
    "**",
    "?",
    "[",
    "]",
    "{",
    "}",
    ",",
    "!",
    "\\",
    "^",
    "[a-c]",
    "[!a-b]",
    "[abc]",
    "[!ab]",
    "{a,b}",
    "{a?,?b}",
    "{a,{b,c}}",
    "{,a}",
    "\\*",
    "[\\]]",
    ".apps",
    "pods",
];
const LETTERS: &[&str] = &["a", "b", "c", "-", "!", ",", ".", "*", "[", "^", "\\", "pods"];

fn texts(rng: &mut Rng, parts: &'static [&'static str], longest: usize) -> String {
    (0..=rng.usize(..longest)).filter_map(|_| rng.choice(parts).copied()).collect()
}

/// A pattern, most of the time one that is valid.
pub(super) fn pattern(rng: &mut Rng) -> String {
    loop {
        let pattern = if rng.u8(..3) == 0 { texts(rng, PARTS, 8) } else { texts(rng, &PARTS[17..], 4) };
        if !is_left_out(&pattern) {
            return pattern;
        }
    }
}

fn is_left_out(pattern: &str) -> bool {
    let problem = check_namespace(pattern).err().map(|error| error.to_string()).unwrap_or_default();
    if problem.contains("unclosed `{`") || problem.contains("empty braces") {
        return true;
    }
    let braces = pattern.find('{').zip(pattern.rfind('}')).and_then(|(open, close)| pattern.get(open..close));
    let negated = pattern.matches("[!").count();
    braces.is_some_and(|braces| {
        ["*", "{,", ",,"].iter().any(|part| braces.contains(part)) || braces.ends_with(',')
    }) || pattern.contains("}{")
        || negated > 1
        || (negated == 1 && pattern.contains(['*', '?']))
}

/// A text that may match.
pub(super) fn text(rng: &mut Rng) -> String {
    texts(rng, LETTERS, 5)
}

pub(super) fn case(rng: &mut Rng) -> Case {
    let pattern = pattern(rng);
    let texts: Vec<_> = (0..8).map(|_| text(rng)).collect();
    // Our patterns have no other entry; an invalid one matches nothing, and then the next one is not looked at.
    let probe = IncludesExcludes::new([""; 0], [pattern.as_str(), "\u{10ffff}*"]);
    let is_valid = probe.excludes("\u{10ffff}");
    let ours: Option<Vec<_>> = is_valid.then(|| texts.iter().map(|text| probe.excludes(text)).collect());
    Case::same(json!({"subject": "globs", "pattern": pattern, "texts": texts}), json!({"matches": ours}))
}
