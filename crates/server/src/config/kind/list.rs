//! Lists of one kind.

use super::{Kind, Mistake};
use crate::config::document::{Node, Value, parse_value};
use crate::config::problem::Place;
use serde_json::{Value as Json, json};

/// One value alone, or a list of several.
pub(in crate::config) struct OneOrMore<K>(pub(in crate::config) ListOf<K>);

impl<K: Kind> Kind for OneOrMore<K> {
    type Value = Vec<K::Value>;

    fn read(&self, node: &Node) -> Result<Self::Value, Vec<Mistake>> {
        match &node.value {
            Value::List(items) if items.is_empty() => Err(Mistake::at(node, "must not be empty").alone()),
            Value::List(_) => self.0.read(node),
            _ => self.0.0.read(node).map(|value| vec![value]),
        }
    }

    fn schema(&self) -> Json {
        json!({"anyOf": [self.0.0.schema(), self.0.schema()]})
    }

    fn read_environment(&self, text: &str, place: &Place) -> Value {
        self.0.read_environment(text, place)
    }
}

/// A list whose items are all of one kind. In the environment it is a TOML list, or items separated by commas.
pub(in crate::config) struct ListOf<K>(pub(in crate::config) K);

impl<K: Kind> Kind for ListOf<K> {
    type Value = Vec<K::Value>;

    fn read(&self, node: &Node) -> Result<Self::Value, Vec<Mistake>> {
        let Value::List(items) = &node.value else {
            let mistake = Mistake::wrong_kind(node, "a list");
            let fix = matches!(node.value, Value::Text(_)).then(|| "write it in brackets: [\"...\"]".to_owned());
            return Err(mistake
                .into_iter()
                .map(|mistake| mistake.with_fix(fix.clone()))
                .collect());
        };
        let mut values = Vec::with_capacity(items.len());
        let mut mistakes = Vec::new();
        for item in items {
            match self.0.read(item) {
                Ok(value) => values.push(value),
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        let written: Vec<String> = items.iter().map(|item| item.to_json().to_string()).collect();
        for (index, item) in items.iter().enumerate() {
            let text = item.to_json().to_string();
            if written.iter().take(index).any(|before| *before == text) {
                mistakes.push(Mistake::at(item, format!("{text} is listed twice")));
            }
        }
        if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
    }

    fn schema(&self) -> Json {
        json!({"type": "array", "items": self.0.schema(), "uniqueItems": true})
    }

    fn read_environment(&self, text: &str, place: &Place) -> Value {
        if text.trim_start().starts_with('[') {
            return parse_value(text, place).unwrap_or_else(|| Value::Text(text.to_owned()));
        }
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let node = |item: &str| Node {
            value: self.0.read_environment(item, place),
            place: place.clone(),
        };
        Value::List(items.map(node).collect())
    }

    fn is_secret(&self) -> bool {
        self.0.is_secret()
    }
}
