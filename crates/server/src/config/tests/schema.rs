//! The JSON Schemas: they accept the example files, refuse what the reader refuses, and state the true defaults.

use super::examples::EXAMPLES;
use crate::config::{Environment, permissions_schema, realm_schema, server_schema, show_server};
use serde_json::{Value as Json, json};
use std::path::Path;

/// What a value has against a schema, for the part of JSON Schema that is written here.
fn against(schema: &Json, value: &Json, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(kind) = schema["type"].as_str() {
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            other => panic!("unknown type {other}"),
        };
        if !fits {
            wrong.push(format!("{at}: not {kind}"));
        }
    }
    if let Some(any) = schema["anyOf"].as_array()
        && !any.iter().any(|schema| against(schema, value, at).is_empty())
    {
        wrong.push(format!("{at}: none of anyOf"));
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        wrong.push(format!("{at}: not in enum"));
    }
    for item in value.as_array().into_iter().flatten() {
        wrong.extend(against(&schema["items"], item, &format!("{at}[]")));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            wrong.push(format!("{at}: lacks {name}"));
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(schema), _) => wrong.extend(against(schema, value, &at)),
            (None, Json::Bool(false)) => wrong.push(format!("{at}: unknown")),
            (None, Json::Object(_)) => wrong.extend(against(&schema["additionalProperties"], value, &at)),
            (None, _) => {}
        }
    }
    wrong
}

fn example(name: &str) -> Json {
    let text = std::fs::read_to_string(Path::new(EXAMPLES).join(name)).unwrap();
    serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
}

#[test]
fn the_schemas_accept_the_examples() {
    assert_eq!(
        against(&server_schema(), &example("grantd.toml"), ""),
        Vec::<String>::new()
    );
    assert_eq!(
        against(&realm_schema(), &example("realms/demo.toml"), ""),
        Vec::<String>::new()
    );
}

#[test]
fn the_schemas_refuse_unknown_and_missing_keys_and_wrong_values() {
    let mut realm = example("realms/demo.toml");
    realm["colour"] = json!(1);
    realm["pkce"] = json!("plain");
    realm["permissions"][0].as_object_mut().unwrap().remove("risk");
    realm["roles"]["owner"]["permissions"] = json!("*");
    let wrong = against(&realm_schema(), &realm, "").join("\n");
    insta::assert_snapshot!(wrong, @r#"
    .colour: unknown
    .permissions[]: lacks "risk"
    .pkce: not in enum
    .roles.owner.permissions: not array
    "#);
}

/// Every leaf of a schema by its path, with its default.
fn leaves(schema: &Json, at: &str, out: &mut Vec<(String, Option<Json>)>) {
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        let at = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        if schema["properties"].is_object() {
            leaves(schema, &at, out);
        } else {
            out.push((at, schema.get("default").cloned()));
        }
    }
}

#[test]
fn the_example_server_file_shows_every_key_at_its_default() {
    let example = example("grantd.toml");
    let text = std::fs::read_to_string(Path::new(EXAMPLES).join("grantd.toml")).unwrap();
    let mut all = Vec::new();
    leaves(&server_schema(), "", &mut all);
    for (path, default) in all {
        let written = path.split('.').try_fold(&example, |value, key| value.get(key));
        match (written, default) {
            (Some(written), Some(default)) => assert_eq!(*written, default, "{path}"),
            // What has no default is shown as a comment; the master key itself belongs into the environment.
            (None, None) => {
                let key = path.rsplit('.').next().unwrap();
                assert!(key == "master_key" || text.contains(&format!("# {key} = ")), "{path}");
            }
            (written, default) => panic!("{path}: written {written:?}, default {default:?}"),
        }
    }
}

#[test]
fn stated_defaults_are_those_in_force() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("realms")).unwrap();
    std::fs::copy(
        Path::new(EXAMPLES).join("realms/demo.toml"),
        folder.path().join("realms/demo.toml"),
    )
    .unwrap();
    let file = folder.path().join("grantd.toml");
    std::fs::write(&file, "").unwrap();
    let shown = show_server(&file, &Environment::new()).unwrap().json;
    let mut all = Vec::new();
    leaves(&server_schema(), "", &mut all);
    for (path, default) in all.into_iter().filter(|(_, default)| default.is_some()) {
        let leaf = path.split('.').try_fold(&shown, |value, key| value.get(key)).unwrap();
        assert_eq!(leaf["value"], default.unwrap(), "{path}");
        assert_eq!(leaf["from"], "default", "{path}");
    }
}

#[test]
fn every_key_is_described() {
    fn described(schema: &Json, at: &str) {
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(
                schema["description"].as_str().is_some_and(|text| text.len() > 4),
                "{at}.{key}"
            );
            for inner in [schema, &schema["items"], &schema["additionalProperties"]] {
                described(inner, &format!("{at}.{key}"));
            }
        }
    }
    for schema in [server_schema(), realm_schema(), permissions_schema()] {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        described(&schema, "");
    }
}
