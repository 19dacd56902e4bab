//! What a key's value can be: how it is read, what is said when it is something else, and its JSON Schema. One value
//! of [`Kind`] is the only definition of each. Must not know any key.

mod choice;
mod duration;
mod list;
mod rate;
mod scalar;
mod table;

pub(super) use choice::Choice;
pub(super) use duration::Span;
pub(super) use list::{ListOf, OneOrMore};
pub(super) use rate::RateOrOff;
pub(super) use scalar::{Count, Flag, Parsed, Sensitive, Text};
pub(super) use table::{Claims, Names};

use super::document::{Node, Value, parse_value};
use super::problem::Place;
use serde_json::Value as Json;

/// A kind of value.
pub(super) trait Kind {
    /// What it becomes.
    type Value;

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn read(&self, node: &Node) -> Result<Self::Value, Vec<Mistake>>;

    /// Its JSON Schema, without description and default.
    fn schema(&self) -> Json;

    /// An environment variable's text as if it had been written in the file: like a TOML value, or else as a string.
    fn read_environment(&self, text: &str, place: &Place) -> Value {
        parse_value(text, place).unwrap_or_else(|| Value::Text(text.to_owned()))
    }

    /// What may be shown of it, where it is not secret as a whole.
    fn shown(&self, node: &Node) -> Json {
        node.to_json()
    }

    /// Whether it is a secret, never to be shown.
    fn is_secret(&self) -> bool {
        false
    }
}

/// What is wrong with a value.
pub(super) struct Mistake {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) fix: Option<String>,
}

impl Mistake {
    pub(super) fn at(node: &Node, message: impl Into<String>) -> Self {
        Self {
            place: node.place.clone(),
            message: message.into(),
            fix: None,
        }
    }

    pub(super) fn with_fix(mut self, fix: Option<String>) -> Self {
        self.fix = fix;
        self
    }

    /// One mistake as a whole list.
    pub(super) fn alone(self) -> Vec<Self> {
        vec![self]
    }

    /// The mistake of writing another kind of value.
    pub(super) fn wrong_kind(node: &Node, expected: &str) -> Vec<Self> {
        Self::at(node, format!("must be {expected}, not {}", node.kind())).alone()
    }
}

/// The string in a node, or the mistake of there being none.
pub(super) fn text_of<'a>(node: &'a Node, expected: &str) -> Result<&'a str, Vec<Mistake>> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(Mistake::wrong_kind(node, expected)),
    }
}

/// At most 60 characters of what was written, quoted, on one line: it goes to a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
