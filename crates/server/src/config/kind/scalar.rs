//! Single values.

use super::{Kind, Mistake, quoted, text_of};
use crate::config::document::{Node, Value};
use crate::config::problem::Place;
use grantd_protocol::Secret;
use serde_json::{Value as Json, json};

/// `true` or `false`.
pub(in crate::config) struct Flag;

impl Kind for Flag {
    type Value = bool;

    fn read(&self, node: &Node) -> Result<bool, Vec<Mistake>> {
        match node.value {
            Value::Boolean(flag) => Ok(flag),
            _ => Err(Mistake::wrong_kind(node, "true or false")),
        }
    }

    fn schema(&self) -> Json {
        json!({"type": "boolean"})
    }
}

/// A whole number within bounds.
pub(in crate::config) struct Count {
    pub(in crate::config) least: u32,
    pub(in crate::config) most: u32,
}

impl Kind for Count {
    type Value = usize;

    fn read(&self, node: &Node) -> Result<usize, Vec<Mistake>> {
        let Value::Integer(number) = node.value else {
            return Err(Mistake::wrong_kind(node, "an integer"));
        };
        u32::try_from(number)
            .ok()
            .filter(|number| (self.least..=self.most).contains(number))
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| {
                Mistake::at(node, format!("{number} is not within {} and {}", self.least, self.most)).alone()
            })
    }

    fn schema(&self) -> Json {
        json!({"type": "integer", "minimum": self.least, "maximum": self.most})
    }
}

/// A line of text for people.
pub(in crate::config) struct Text;

impl Kind for Text {
    type Value = String;

    fn read(&self, node: &Node) -> Result<String, Vec<Mistake>> {
        let text = text_of(node, "a string")?;
        if text.trim().is_empty() {
            return Err(Mistake::at(node, "must not be empty").alone());
        }
        if text.chars().count() > 400 || text.chars().any(char::is_control) {
            return Err(Mistake::at(node, "must be one line of at most 400 characters").alone());
        }
        Ok(text.to_owned())
    }

    fn schema(&self) -> Json {
        json!({"type": "string", "minLength": 1, "maxLength": 400})
    }

    fn read_environment(&self, text: &str, _place: &Place) -> Value {
        Value::Text(text.to_owned())
    }
}

/// A string with a form of its own.
pub(in crate::config) struct Parsed<T> {
    /// Turns the text into a value, or says in a sentence's second half what is wrong: "is not ...".
    pub(in crate::config) parse: fn(&str) -> Result<T, String>,
    /// A sample, shown when the value has another kind.
    pub(in crate::config) sample: &'static str,
    /// What the form is, as a regular expression; empty where none tells it.
    pub(in crate::config) pattern: &'static str,
}

impl<T> Kind for Parsed<T> {
    type Value = T;

    fn read(&self, node: &Node) -> Result<T, Vec<Mistake>> {
        let text = text_of(node, &format!("a string such as \"{}\"", self.sample))?;
        (self.parse)(text).map_err(|wrong| Mistake::at(node, format!("{} {wrong}", quoted(text))).alone())
    }

    fn schema(&self) -> Json {
        match self.pattern {
            "" => json!({"type": "string", "examples": [self.sample]}),
            pattern => json!({"type": "string", "pattern": pattern, "examples": [self.sample]}),
        }
    }

    fn read_environment(&self, text: &str, _place: &Place) -> Value {
        Value::Text(text.to_owned())
    }
}

/// A secret text. Mistakes never repeat it.
pub(in crate::config) struct Sensitive {
    /// What is wrong with it, if anything.
    pub(in crate::config) check: fn(&str) -> Result<(), &'static str>,
}

impl Kind for Sensitive {
    type Value = Secret;

    fn read(&self, node: &Node) -> Result<Secret, Vec<Mistake>> {
        let text = text_of(node, "a string")?;
        (self.check)(text).map_err(|wrong| Mistake::at(node, wrong).alone())?;
        Ok(Secret::new(text.to_owned()))
    }

    fn schema(&self) -> Json {
        json!({"type": "string", "writeOnly": true})
    }

    fn read_environment(&self, text: &str, _place: &Place) -> Value {
        Value::Text(text.to_owned())
    }

    fn is_secret(&self) -> bool {
        true
    }
}
