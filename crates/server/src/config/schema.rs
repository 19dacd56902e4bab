//! The JSON Schema (2020-12) of a file, from what its reading function asks for. Editors complete and check with it.

use super::field::{Field, Shape};
use serde_json::{Map, Value as Json, json};

/// The schema of a whole file.
pub(super) fn document(title: &str, fields: &[Field]) -> Json {
    let mut schema = object(fields);
    if let Json::Object(members) = &mut schema {
        members.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        members.insert("title".to_owned(), json!(title));
    }
    schema
}

fn object(fields: &[Field]) -> Json {
    let properties: Map<String, Json> = fields
        .iter()
        .map(|field| (field.key.to_owned(), property(field)))
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| is_required(field))
        .map(|field| field.key)
        .collect();
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if let (Json::Object(members), false) = (&mut schema, required.is_empty()) {
        members.insert("required".to_owned(), json!(required));
    }
    schema
}

fn is_required(field: &Field) -> bool {
    matches!(field.shape, Shape::Value { required: true, .. })
}

fn property(field: &Field) -> Json {
    let mut schema = match &field.shape {
        Shape::Value { schema, .. } => schema.clone(),
        Shape::Section(fields) | Shape::Absent(fields) => object(fields),
        Shape::List { item, .. } => json!({"type": "array", "items": object(item)}),
        Shape::Named { item, .. } => json!({"type": "object", "additionalProperties": object(item)}),
    };
    if let Json::Object(members) = &mut schema {
        members.insert("description".to_owned(), json!(field.doc));
        if let Shape::Value {
            default: Some(default), ..
        } = &field.shape
        {
            members.insert("default".to_owned(), default.clone());
        }
    }
    schema
}
