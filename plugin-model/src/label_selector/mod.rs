//! Kubernetes' label selectors: `app=shop,tier in (front,back),!canary`.
//!
//! Accepts exactly what Velero accepts, which passes the text to `labels.Parse`
//! (`k8s.io/apimachinery/pkg/labels/selector.go`). An invalid selector fails the whole backup or restore
//! (`pkg/plugin/framework/action_resolver.go`, `resolveAction`).

mod error;
mod parser;
mod token;

use std::fmt;
use std::str::FromStr;

pub use error::LabelSelectorError;

/// Parses a label selector. An empty one matches everything.
pub fn parse(text: &str) -> Result<LabelSelector, LabelSelectorError> {
    parser::parse(text)
}

/// A label selector: all requirements must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

/// A requirement on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

/// The operator of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `key`: the label exists.
    Exists,
    /// `!key`: the label does not exist.
    DoesNotExist,
    /// `key=value` or `key==value`.
    Equals,
    /// `key!=value`: another value, or no such label.
    NotEquals,
    /// `key in (value,…)`.
    In,
    /// `key notin (value,…)`: another value, or no such label.
    NotIn,
    /// `key>value`: both are whole numbers.
    GreaterThan,
    /// `key<value`: both are whole numbers.
    LessThan,
}

impl LabelSelector {
    /// The requirements, in order.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether the labels, looked up by key, meet all requirements.
    pub fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.unmet(label).is_none()
    }

    /// Returns the first requirement that the labels do not meet.
    pub fn unmet<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| !requirement.is_met_by(label(&requirement.key)))
    }
}

impl Requirement {
    /// The label's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The values to compare with, sorted: none for [`Operator::Exists`] and [`Operator::DoesNotExist`], one
    /// or more for [`Operator::In`] and [`Operator::NotIn`], otherwise one.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether a label with this value meets the requirement; `None` is an object without the label.
    pub fn is_met_by(&self, value: Option<&str>) -> bool {
        let listed = || value.is_some_and(|value| self.values.iter().any(|one| one == value));
        match self.operator {
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Equals | Operator::In => listed(),
            Operator::NotEquals | Operator::NotIn => !listed(),
            Operator::GreaterThan => self.compared(value, i64::gt),
            Operator::LessThan => self.compared(value, i64::lt),
        }
    }

    fn compared(&self, value: Option<&str>, holds: fn(&i64, &i64) -> bool) -> bool {
        let number = |text: &str| text.parse().ok();
        let ours = self.values.first().and_then(|text| number(text));
        matches!((value.and_then(number), ours), (Some(value), Some(ours)) if holds(&value, &ours))
    }
}

impl FromStr for LabelSelector {
    type Err = LabelSelectorError;

    fn from_str(text: &str) -> Result<Self, LabelSelectorError> {
        parse(text)
    }
}

/// Formats like Kubernetes: without insignificant spaces.
impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, operator, values } = self;
        let values = values.join(",");
        match operator {
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
        }
    }
}

#[cfg(test)]
mod tests;
