//! Whether a reply is what the OpenAPI document says. It knows the part of JSON Schema that the document uses, and
//! refuses words it does not know rather than passing over them.

use serde_json::{Map, Value};

/// The operation of the document that a request reaches: pattern and operation.
pub(crate) fn operation<'d>(document: &'d Value, method: &str, path: &str) -> Option<(&'d str, &'d Value)> {
    let paths = document["paths"].as_object().unwrap();
    let pieces: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == pieces.len()
            && pattern
                .iter()
                .zip(&pieces)
                .all(|(wanted, piece)| wanted.starts_with('{') || wanted == piece)
    };
    // A fixed piece goes before a name.
    let mut found: Vec<_> = paths.iter().filter(|(pattern, _)| fits(pattern)).collect();
    found.sort_by_key(|(pattern, _)| pattern.matches('{').count());
    let (pattern, operations) = found.first()?;
    let operation = operations.get(method.to_lowercase())?;
    Some((pattern.as_str(), operation))
}

/// Asserts that a reply is one that the document promises.
#[track_caller]
pub(crate) fn holds(document: &Value, method: &str, path: &str, status: u16, kind: &str, body: &str) {
    let Some((pattern, operation)) = operation(document, method, path) else {
        return;
    };
    let what = format!("{method} {pattern} {status}");
    let answer = &operation["responses"][status.to_string()];
    assert!(answer.is_object(), "{what} is not in the document: {body}");
    let answer = resolved(document, answer);
    let Some(content) = answer.get("content") else {
        assert_eq!(body, "", "{what} has no body");
        return;
    };
    let essence = kind.split(';').next().unwrap();
    let schema = &content[essence]["schema"];
    assert!(schema.is_object(), "{what} is not of the type {kind}");
    let documents: Vec<&str> = if essence == "application/jsonl" {
        body.lines().collect()
    } else {
        vec![body]
    };
    for text in documents {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{what} is no JSON: {text}"));
        if let Err(wrong) = check(document, schema, &value, "") {
            panic!("{what}: {wrong}\n{value}");
        }
    }
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Whether a value is of a shape; else where and why not.
pub(crate) fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolved(document, schema).as_object().unwrap();
    for (word, rule) in schema {
        match word.as_str() {
            "type" => is_type(rule, value).then_some(()).ok_or(format!("{at} is no {rule}"))?,
            "enum" => {
                let listed = rule.as_array().unwrap();
                listed
                    .contains(value)
                    .then_some(())
                    .ok_or(format!("{at} is none of {rule}"))?;
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    let name = name.as_str().unwrap();
                    value.get(name).map(drop).ok_or(format!("{at}/{name} is missing"))?;
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, rule, item, &format!("{at}/{index}"))?;
                }
            }
            "properties" | "additionalProperties" => members(document, schema, value, at)?,
            "minimum" | "maximum" | "minLength" | "maxLength" | "description" | "example" | "writeOnly" => {}
            unknown => return Err(format!("the test does not know the word {unknown}")),
        }
    }
    Ok(())
}

fn members(document: &Value, schema: &Map<String, Value>, value: &Value, at: &str) -> Result<(), String> {
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, member) in value.as_object().into_iter().flatten() {
        match known.and_then(|known| known.get(name)) {
            Some(shape) => check(document, shape, member, &format!("{at}/{name}"))?,
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                return Err(format!("{at}/{name} is not in the document"));
            }
            None => {}
        }
    }
    Ok(())
}

fn is_type(rule: &Value, value: &Value) -> bool {
    match rule {
        Value::Array(rules) => rules.iter().any(|rule| is_type(rule, value)),
        Value::String(name) => match name.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "null" => value.is_null(),
            _ => false,
        },
        _ => false,
    }
}

#[test]
fn a_shape_refuses_what_it_does_not_describe() {
    let document = serde_json::json!({});
    let shape = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": { "a": { "type": "string", "enum": ["x"] }, "b": { "type": ["integer", "null"] } },
    });
    let fits = |value: Value| check(&document, &shape, &value, "").is_ok();
    assert!(fits(serde_json::json!({ "a": "x", "b": null })));
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({ "a": "y" }),
        serde_json::json!({ "a": "x", "c": 1 }),
        serde_json::json!({ "a": "x", "b": "1" }),
        serde_json::json!([]),
    ] {
        assert!(!fits(wrong.clone()), "{wrong}");
    }
}
