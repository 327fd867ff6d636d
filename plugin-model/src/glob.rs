//! The patterns of Velero's include and exclude lists: those of `github.com/gobwas/glob`, without separators.
//!
//! `*` is any text, `?` any character, `[abc]` or `[a-z]` one of these, `[!a-z]` none of these, `{a,b}` one
//! of these patterns, and `\` escapes the next character.

use std::fmt;
use std::ops::Range;

/// The maximum nesting depth of `{`.
const MAX_DEPTH: usize = 32;

/// A valid pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    nodes: Vec<Node>,
    /// For a pattern like `a*b`.
    ends: Option<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// A character and its position in the pattern.
    Char(char, usize),
    Any,
    One,
    Class(Class),
    AnyOf(Vec<Vec<Node>>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Class {
    negated: bool,
    set: Set,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    Between(char, char),
    OneOf(Vec<char>),
}

impl Glob {
    pub(crate) fn parse(pattern: &str) -> Result<Self, GlobError> {
        Parser { pattern, at: 0 }.parse()
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        if let Some((prefix, suffix)) = &self.ends {
            return text.starts_with(prefix) && text.ends_with(suffix);
        }
        let text: Vec<char> = text.chars().collect();
        let mut start = vec![false; text.len() + 1];
        if let Some(first) = start.first_mut() {
            *first = true;
        }
        after(&self.nodes, &text, start).last().copied().unwrap_or(false)
    }

    /// Whether this is a plain word.
    pub(crate) fn is_literal(&self) -> bool {
        self.nodes.iter().all(|node| matches!(node, Node::Char(..)))
    }

    /// The literal characters with their positions, including those in alternatives but not in classes.
    pub(crate) fn literal_chars(&self) -> Vec<(usize, char)> {
        fn collect(nodes: &[Node], chars: &mut Vec<(usize, char)>) {
            for node in nodes {
                match node {
                    Node::Char(c, at) => chars.push((*at, *c)),
                    Node::AnyOf(patterns) => patterns.iter().for_each(|pattern| collect(pattern, chars)),
                    Node::Any | Node::One | Node::Class(_) => {}
                }
            }
        }
        let mut chars = Vec::new();
        collect(&self.nodes, &mut chars);
        chars
    }
}

/// The texts around the `*` of a pattern like `a*b`. gobwas compares only the beginning and the end of a text
/// (`match/prefix_suffix.go`), so that they may overlap: `a*a` matches `a`.
fn ends(nodes: &[Node]) -> Option<(String, String)> {
    let star = nodes.iter().position(|node| *node == Node::Any)?;
    let (before, rest) = nodes.split_at(star);
    let after = rest.iter().skip_while(|node| **node == Node::Any);
    let text = |nodes: Vec<&Node>| match *nodes.as_slice() {
        // A class of one character is a text, but not a part of a longer one.
        [Node::Class(Class { negated: false, set: Set::OneOf(chars) })] if chars.len() == 1 => {
            Some(chars.iter().collect())
        }
        [_, ..] => {
            nodes.iter().map(|node| if let Node::Char(c, _) = node { Some(*c) } else { None }).collect()
        }
        [] => None,
    };
    Some((text(before.iter().collect())?, text(after.collect())?))
}

/// The positions at which a match of `nodes` can end if it starts at one of the true positions.
fn after(nodes: &[Node], text: &[char], start: Vec<bool>) -> Vec<bool> {
    let mut places = start;
    for node in nodes {
        let step = |takes: &dyn Fn(char) -> bool| {
            let stepped = places.iter().zip(text).map(|(&here, &c)| here && takes(c));
            std::iter::once(false).chain(stepped).collect()
        };
        places = match node {
            Node::Char(own, _) => step(&|c| c == *own),
            Node::One => step(&|_| true),
            Node::Class(class) => step(&|c| class.has(c)),
            Node::Any => places
                .iter()
                .scan(false, |seen, &here| {
                    *seen |= here;
                    Some(*seen)
                })
                .collect(),
            Node::AnyOf(patterns) => patterns
                .iter()
                .map(|pattern| after(pattern, text, places.clone()))
                .reduce(|a, b| a.iter().zip(&b).map(|(a, b)| *a || *b).collect())
                .unwrap_or(places),
        };
    }
    places
}

impl Class {
    fn has(&self, c: char) -> bool {
        let within = match &self.set {
            Set::Between(low, high) => (*low..=*high).contains(&c),
            Set::OneOf(chars) => chars.contains(&c),
        };
        within != self.negated
    }
}

/// The context of an open `{`, and its complete alternatives.
struct Outer {
    nodes: Vec<Node>,
    alternatives: Vec<Vec<Node>>,
    open: usize,
}

struct Parser<'p> {
    pattern: &'p str,
    at: usize,
}

impl Parser<'_> {
    fn parse(mut self) -> Result<Glob, GlobError> {
        // The current pattern and those around it, each with its earlier alternatives.
        let mut nodes: Vec<Node> = Vec::new();
        let mut around: Vec<Outer> = Vec::new();
        while let Some((at, c)) = self.next() {
            match c {
                '*' => nodes.push(Node::Any),
                '?' => nodes.push(Node::One),
                '[' => nodes.push(Node::Class(self.class(at)?)),
                '{' if around.len() == MAX_DEPTH => return self.fault(Fault::Depth, at),
                '{' => {
                    around.push(Outer {
                        nodes: std::mem::take(&mut nodes),
                        alternatives: Vec::new(),
                        open: at,
                    });
                }
                ',' | '}' => match around.pop() {
                    None => nodes.push(Node::Char(c, at)),
                    Some(mut outer) => {
                        outer.alternatives.push(std::mem::take(&mut nodes));
                        if c == ',' {
                            around.push(outer);
                        } else if outer.alternatives.iter().all(Vec::is_empty) {
                            return self.fault(Fault::EmptyBraces, outer.open);
                        } else {
                            nodes = outer.nodes;
                            nodes.push(Node::AnyOf(outer.alternatives));
                        }
                    }
                },
                '\\' => {
                    if let Some((at, c)) = self.next() {
                        nodes.push(Node::Char(c, at));
                    }
                }
                c => nodes.push(Node::Char(c, at)),
            }
        }
        match around.pop() {
            Some(outer) => self.fault(Fault::OpenBrace, outer.open),
            None => Ok(Glob { ends: ends(&nodes), nodes }),
        }
    }

    /// Parses after the `[`. Either one range or one list: `[a-z0-9]` is rejected.
    fn class(&mut self, start: usize) -> Result<Class, GlobError> {
        let negated = self.peek() == Some('!');
        if negated {
            self.next();
        }
        let mut ahead = self.pattern.get(self.at..).unwrap_or_default().chars();
        let set = if let (Some(low), Some('-')) = (ahead.next(), ahead.next()) {
            self.next();
            self.next();
            let Some((_, high)) = self.next() else {
                return self.fault(Fault::Unclosed, start);
            };
            if high < low {
                return self.fault(Fault::Backwards, start);
            }
            Set::Between(low, high)
        } else {
            let mut chars = Vec::new();
            while let Some(c) = self.peek().filter(|c| *c != ']') {
                self.next();
                match c {
                    '\\' => chars.extend(self.next().map(|(_, c)| c)),
                    c => chars.push(c),
                }
            }
            Set::OneOf(chars)
        };
        match self.next() {
            None => self.fault(Fault::Unclosed, start),
            Some((_, ']')) if set == Set::OneOf(Vec::new()) => self.fault(Fault::Empty, start),
            Some((_, ']')) => Ok(Class { negated, set }),
            Some(_) => {
                self.at = self
                    .pattern
                    .get(self.at..)
                    .and_then(|rest| rest.find(']'))
                    .map_or(self.at, |to| self.at + to + 1);
                self.fault(Fault::Mixed, start)
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.pattern.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<(usize, char)> {
        let c = self.peek()?;
        let at = self.at;
        self.at += c.len_utf8();
        Some((at, c))
    }

    fn fault<T>(&self, fault: Fault, start: usize) -> Result<T, GlobError> {
        Err(GlobError { fault, range: start..self.at })
    }
}

/// An invalid pattern.
///
/// Velero reports no error. If the pattern does not compile, it and all later patterns in the sorted list
/// match nothing (`globStringSet.match` in `pkg/util/collections/includes_excludes.go`); if a `{` is not
/// closed, or the braces are empty, some texts make the matcher panic, which ends the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GlobError {
    fault: Fault,
    range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Unclosed,
    Empty,
    Mixed,
    Backwards,
    OpenBrace,
    EmptyBraces,
    Depth,
}

impl GlobError {
    /// Returns the byte range of the error.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            Fault::Unclosed => "unclosed `[`",
            Fault::Empty => {
                "`[]` matches nothing; write characters between the brackets: `[abc]` or `[a-z]`"
            }
            Fault::Mixed => {
                "expected either characters, `[abc]`, or one range, `[a-z]`, in brackets; for more use `{[a-z],[0-9]}`"
            }
            Fault::Backwards => "the range in brackets ends before it starts",
            Fault::OpenBrace => "unclosed `{`",
            Fault::EmptyBraces => "empty braces match nothing; write alternatives: `{a,b}`",
            Fault::Depth => "too many nested `{`",
        })
    }
}

impl std::error::Error for GlobError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_like_gobwas() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("", "a", false),
            ("kube-system", "kube-system", true),
            ("kube", "kube-system", false),
            ("*", "", true),
            ("kube-*", "kube-system", true),
            ("kube-*", "kube", false),
            ("*.apps", "deployments.apps", true),
            ("**", "a/b.c", true),
            // The texts around one `*` may overlap.
            ("a*a", "a", true),
            ("pod*ods", "pods", true),
            ("[a]**a", "a", true),
            ("a*b", "a", false),
            ("a*b", "b", false),
            ("a[a]*a", "a", false),
            ("[ab]*c", "bxc", true),
            ("[ab]*c", "abx", false),
            ("a*b*a", "aba", true),
            ("a*b*a", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[abc]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[b-b]", "b", true),
            ("[!a-c]x", "dx", true),
            ("[!abc]x", "ax", false),
            ("{a,b*}-ns", "bcd-ns", true),
            ("{a,b*}-ns", "c-ns", false),
            ("{a,}b", "b", true),
            ("{a{b,c},d}", "ac", true),
            ("a}", "a}", true),
            ("a,b", "a,b", true),
            ("a]", "a]", true),
            (r"\*", "*", true),
            (r"\*", "a", false),
            (r"[\]]", "]", true),
            ("[]-a]", "^", true),
            ("[-a]", "-", true),
        ] {
            let glob = Glob::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(glob.matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn rejects_what_gobwas_rejects() {
        for (pattern, fault, range) in [
            ("a[", Fault::Unclosed, 1..2),
            ("a[b", Fault::Unclosed, 1..3),
            ("a[b-", Fault::Unclosed, 1..4),
            ("a[]", Fault::Empty, 1..3),
            ("[!]", Fault::Empty, 0..3),
            ("[a-z0-9]", Fault::Mixed, 0..8),
            ("[a-z0", Fault::Mixed, 0..5),
            ("[z-a]", Fault::Backwards, 0..4),
            ("a{b", Fault::OpenBrace, 1..3),
            ("{a{b}", Fault::OpenBrace, 0..5),
            ("a{}", Fault::EmptyBraces, 1..3),
            ("{a,{,}}", Fault::EmptyBraces, 3..6),
        ] {
            assert_eq!(Glob::parse(pattern), Err(GlobError { fault, range }), "{pattern}");
        }
        let nested = |depth| Glob::parse(&("{".repeat(depth) + "a" + &"}".repeat(depth)));
        assert!(nested(MAX_DEPTH).is_ok());
        assert!(nested(MAX_DEPTH + 1).is_err());
    }

    #[test]
    fn errors_contain_the_fix() {
        for (pattern, text) in [
            ("a[]", "write characters between the brackets: `[abc]` or `[a-z]`"),
            ("[a-z0-9]", "for more use `{[a-z],[0-9]}`"),
            ("a{}", "write alternatives: `{a,b}`"),
        ] {
            let error = Glob::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(text), "{pattern}: {error}");
        }
    }

    #[test]
    fn lists_its_literal_characters() {
        let glob = Glob::parse(r"a{b,[c]}\d?").expect("valid");
        assert_eq!(glob.literal_chars(), [(0, 'a'), (2, 'b'), (9, 'd')]);
        assert!(!glob.is_literal());
        assert!(Glob::parse("a-b").expect("valid").is_literal());
    }
}
