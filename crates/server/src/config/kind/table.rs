//! Tables whose keys are data.

use super::{Kind, Mistake, text_of};
use crate::config::document::{Node, Value};
use serde_json::{Map, Value as Json, json};

/// Claims about a user: any JSON that TOML can say, but dates, which claims spell as text.
pub(in crate::config) struct Claims;

impl Kind for Claims {
    type Value = Map<String, Json>;

    fn read(&self, node: &Node) -> Result<Self::Value, Vec<Mistake>> {
        let Value::Table(table) = &node.value else {
            return Err(Mistake::wrong_kind(node, "a table of claims"));
        };
        let reserved = table
            .0
            .iter()
            .find(|(claim, _)| matches!(claim.as_str(), "sub" | "iss" | "aud"));
        if let Some((claim, node)) = reserved {
            return Err(Mistake::at(node, format!("the claim \"{claim}\" is made by the server")).alone());
        }
        match node.to_json() {
            Json::Object(claims) => Ok(claims),
            _ => Err(Mistake::wrong_kind(node, "a table of claims")),
        }
    }

    fn schema(&self) -> Json {
        json!({"type": "object"})
    }
}

/// Names with a name each: `{ acme = "owner", globex = "viewer" }`, in the order of the file.
pub(in crate::config) struct Names;

impl Kind for Names {
    type Value = Vec<(String, String)>;

    fn read(&self, node: &Node) -> Result<Self::Value, Vec<Mistake>> {
        let Value::Table(table) = &node.value else {
            return Err(Mistake::wrong_kind(node, "a table such as { acme = \"owner\" }"));
        };
        let mut names = Vec::new();
        let mut mistakes = Vec::new();
        for (key, node) in &table.0 {
            match text_of(node, "a string") {
                Ok(text) => names.push((key.clone(), text.to_owned())),
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        if mistakes.is_empty() { Ok(names) } else { Err(mistakes) }
    }

    fn schema(&self) -> Json {
        json!({"type": "object", "additionalProperties": {"type": "string"}})
    }
}
