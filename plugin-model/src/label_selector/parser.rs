use std::ops::Range;

use super::error::{Expected, What};
use super::token::{Token, Tokens};
use super::{LabelSelector, LabelSelectorError, Operator, Requirement};
use crate::label;

type Result<T> = std::result::Result<T, LabelSelectorError>;

/// A value as written, with its range.
type Value<'t> = (&'t str, Range<usize>);

pub(super) fn parse(text: &str) -> Result<LabelSelector> {
    let mut parser = Parser { tokens: Tokens::new(text) };
    let mut requirements = Vec::new();
    if parser.tokens.peek() == Token::End {
        return Ok(LabelSelector { requirements });
    }
    loop {
        requirements.push(parser.requirement()?);
        match parser.tokens.take() {
            (Token::End, _) => return Ok(LabelSelector { requirements }),
            (Token::Comma, _) => {}
            (_, range) => return Err(parser.unexpected(range, Expected::Comma)),
        }
    }
}

struct Parser<'t> {
    tokens: Tokens<'t>,
}

impl<'t> Parser<'t> {
    fn requirement(&mut self) -> Result<Requirement> {
        let negated = self.tokens.peek() == Token::Not;
        if negated {
            self.tokens.take();
        }
        let (token, range) = self.tokens.take();
        let Token::Word(key) = token else {
            return Err(self.unexpected(range, Expected::Key));
        };
        label::check_key(key).map_err(|error| LabelSelectorError::in_label(What::Key, &range, error))?;
        let at_end = matches!(self.tokens.peek(), Token::End | Token::Comma);
        let (operator, values) = match (negated, at_end) {
            // The caller rejects anything after `!key` except a comma or the end.
            (true, _) => (Operator::DoesNotExist, Vec::new()),
            (false, true) => (Operator::Exists, Vec::new()),
            (false, false) => self.restriction()?,
        };
        check_values(operator, &values)?;
        let mut values: Vec<_> = values.into_iter().map(|(value, _)| value.to_owned()).collect();
        values.sort_unstable();
        values.dedup();
        Ok(Requirement { key: key.to_owned(), operator, values })
    }

    fn restriction(&mut self) -> Result<(Operator, Vec<Value<'t>>)> {
        let (token, range) = self.tokens.take();
        let operator = match token {
            Token::Word("in") => Operator::In,
            Token::Word("notin") => Operator::NotIn,
            Token::Equals => Operator::Equals,
            Token::NotEquals => Operator::NotEquals,
            Token::Greater => Operator::GreaterThan,
            Token::Less => Operator::LessThan,
            _ => return Err(self.unexpected(range, Expected::Operator)),
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.set()?,
            _ => vec![self.value()?],
        };
        Ok((operator, values))
    }

    /// The value after `=`; a missing one is the empty value.
    fn value(&mut self) -> Result<Value<'t>> {
        if matches!(self.tokens.peek(), Token::End | Token::Comma) {
            let at = self.tokens.position();
            return Ok(("", at..at));
        }
        match self.tokens.take() {
            (Token::Word(value), range) => Ok((value, range)),
            (_, range) => Err(self.unexpected(range, Expected::Value)),
        }
    }

    /// The set after `in`. As in Kubernetes, `()` contains the empty value, and so does a set with a comma at
    /// its start, at its end or after another comma. A set with two commas at its end is rejected.
    fn set(&mut self) -> Result<Vec<Value<'t>>> {
        let (token, range) = self.tokens.take();
        if token != Token::Open {
            return Err(self.unexpected(range, Expected::Open));
        }
        let mut values = Vec::new();
        if self.tokens.peek() == Token::Close {
            values.push(("", self.tokens.take().1));
            return Ok(values);
        }
        loop {
            let (token, range) = self.tokens.take();
            match token {
                Token::Word(value) => {
                    values.push((value, range));
                    match self.tokens.peek() {
                        Token::Comma => {}
                        Token::Close => break,
                        _ => {
                            let (_, range) = self.tokens.take();
                            return Err(self.unexpected(range, Expected::CommaInSet));
                        }
                    }
                }
                Token::Comma => {
                    if values.is_empty() {
                        values.push(("", range.clone()));
                    }
                    match self.tokens.peek() {
                        Token::Close => {
                            values.push(("", range));
                            break;
                        }
                        Token::Comma => values.push(("", self.tokens.take().1)),
                        _ => {}
                    }
                }
                _ => return Err(self.unexpected(range, Expected::ValueInSet)),
            }
        }
        self.tokens.take();
        Ok(values)
    }

    fn unexpected(&self, range: Range<usize>, expected: Expected) -> LabelSelectorError {
        LabelSelectorError::unexpected(self.tokens.text_of(&range), range, expected)
    }
}

fn check_values(operator: Operator, values: &[Value<'_>]) -> Result<()> {
    for (value, range) in values {
        let number = matches!(operator, Operator::GreaterThan | Operator::LessThan);
        if number && value.parse::<i64>().is_err() {
            return Err(LabelSelectorError::not_a_number(range.clone()));
        }
        label::check_value(value).map_err(|error| LabelSelectorError::in_label(What::Value, range, error))?;
    }
    Ok(())
}
