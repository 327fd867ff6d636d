use std::ops::Range;

/// A word or symbol of a label selector. `in` and `notin` are words: only the parser can tell whether they
/// are operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Word(&'t str),
    Comma,
    Open,
    Close,
    Not,
    Equals,
    NotEquals,
    Greater,
    Less,
    End,
}

/// The tokens of a text, with one token of lookahead; at the end, always [`Token::End`].
pub(super) struct Tokens<'t> {
    text: &'t str,
    next: (Token<'t>, Range<usize>),
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, next: scan(text, 0) }
    }

    pub(super) fn peek(&self) -> Token<'t> {
        self.next.0
    }

    /// The start of the next token.
    pub(super) fn position(&self) -> usize {
        self.next.1.start
    }

    pub(super) fn take(&mut self) -> (Token<'t>, Range<usize>) {
        let (token, range) = &self.next;
        let rest = self.text.get(range.end..).unwrap_or_default();
        // Kubernetes' lexer treats NUL as the end: of the text where a token could start, otherwise only of
        // the token.
        let from = if *token != Token::End && rest.starts_with('\0') { range.end + 1 } else { range.end };
        std::mem::replace(&mut self.next, scan(self.text, from))
    }

    /// The token as written.
    pub(super) fn text_of(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

fn scan(text: &str, from: usize) -> (Token<'_>, Range<usize>) {
    let rest = text.get(from..).unwrap_or_default();
    let token = rest.trim_start_matches(is_space);
    let start = text.len() - token.len();
    let sign = |token, len| (token, start..start + len);
    let mut chars = token.chars();
    match (chars.next(), chars.next()) {
        (None | Some('\0'), _) => sign(Token::End, 0),
        (Some(','), _) => sign(Token::Comma, 1),
        (Some('('), _) => sign(Token::Open, 1),
        (Some(')'), _) => sign(Token::Close, 1),
        (Some('>'), _) => sign(Token::Greater, 1),
        (Some('<'), _) => sign(Token::Less, 1),
        (Some('='), Some('=')) => sign(Token::Equals, 2),
        (Some('='), _) => sign(Token::Equals, 1),
        (Some('!'), Some('=')) => sign(Token::NotEquals, 2),
        (Some('!'), _) => sign(Token::Not, 1),
        _ => {
            let ends = |c| is_space(c) || matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<' | '\0');
            let word = token.split(ends).next().unwrap_or_default();
            (Token::Word(word), start..start + word.len())
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
