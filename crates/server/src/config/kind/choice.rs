//! One of a few names.

use super::{Kind, Mistake, quoted, text_of};
use crate::config::document::{Node, Value};
use crate::config::problem::Place;
use crate::config::suggest;
use serde_json::{Value as Json, json};

/// One of a closed list of names, each with what it means.
pub(in crate::config) struct Choice<T: 'static>(pub(in crate::config) &'static [(&'static str, T)]);

impl<T: Copy> Choice<T> {
    fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.0.iter().map(|(name, _)| *name)
    }
}

impl<T: Copy> Kind for Choice<T> {
    type Value = T;

    fn read(&self, node: &Node) -> Result<T, Vec<Mistake>> {
        let names: Vec<String> = self.names().map(quoted).collect();
        let text = text_of(node, &format!("one of {}", names.join(", ")))?;
        let found = self.0.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let message = format!("{} is not one of {}", quoted(text), names.join(", "));
            let fix = suggest::nearest(text, self.names()).map(|near| format!("did you mean \"{near}\"?"));
            Mistake::at(node, message).with_fix(fix).alone()
        })
    }

    fn schema(&self) -> Json {
        json!({"enum": self.names().collect::<Vec<_>>()})
    }

    fn read_environment(&self, text: &str, _place: &Place) -> Value {
        Value::Text(text.to_owned())
    }
}
