//! Effective values: as TOML with a comment that says where each came from, and as JSON. Secrets are left out.

use super::field::{Field, Shape};
use super::problem::Place;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

const REDACTED: &str = "(redacted)";

/// The values as TOML. What is redacted or absent stands there as a comment.
pub(super) fn toml(fields: &[Field]) -> String {
    let mut out = String::new();
    table(&mut out, "", fields);
    out
}

fn table(out: &mut String, path: &str, fields: &[Field]) {
    for field in fields {
        let Shape::Value {
            secret,
            effective: Some((value, place)),
            ..
        } = &field.shape
        else {
            continue;
        };
        let line = if *secret {
            format!("# {} = {REDACTED}", field.key)
        } else {
            format!("{} = {}", field.key, literal(value))
        };
        let _ = writeln!(out, "{line}  # {place}");
    }
    for field in fields {
        let path = if path.is_empty() {
            field.key.to_owned()
        } else {
            format!("{path}.{}", field.key)
        };
        match &field.shape {
            Shape::Value { .. } | Shape::Absent(_) => {}
            Shape::Section(fields) => headed(out, &format!("[{path}]"), &path, fields),
            Shape::List { items, .. } => {
                for fields in items {
                    headed(out, &format!("[[{path}]]"), &path, fields);
                }
            }
            Shape::Named { entries, .. } => {
                for (name, fields) in entries {
                    let path = format!("{path}.{}", key(name));
                    headed(out, &format!("[{path}]"), &path, fields);
                }
            }
        }
    }
}

fn headed(out: &mut String, header: &str, path: &str, fields: &[Field]) {
    let _ = writeln!(out, "\n{header}");
    table(out, path, fields);
}

/// A key, quoted where it has to be.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { name.to_owned() } else { string(name) }
}

/// JSON's escapes are TOML's too, but for DEL, which TOML does not take as it is.
fn string(text: &str) -> String {
    Json::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => string(text),
        Json::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let pairs = entries
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), literal(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The values as JSON: each leaf is `{"value": .., "from": ..}`.
pub(super) fn json(fields: &[Field]) -> Json {
    let member = |field: &Field| {
        let shown = match &field.shape {
            Shape::Value { effective: None, .. } | Shape::Absent(_) => return None,
            Shape::Value {
                secret,
                effective: Some((value, place)),
                ..
            } => leaf(value, place, *secret),
            Shape::Section(fields) => json(fields),
            Shape::List { items, .. } => items.iter().map(|fields| json(fields)).collect(),
            Shape::Named { entries, .. } => Json::Object(
                entries
                    .iter()
                    .map(|(name, fields)| (name.clone(), json(fields)))
                    .collect(),
            ),
        };
        Some((field.key.to_owned(), shown))
    };
    Json::Object(fields.iter().filter_map(member).collect::<Map<_, _>>())
}

fn leaf(value: &Json, place: &Place, secret: bool) -> Json {
    let shown = if secret { &Json::from(REDACTED) } else { value };
    json!({"value": shown, "from": place.to_string()})
}
