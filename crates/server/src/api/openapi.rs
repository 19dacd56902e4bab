//! The OpenAPI 3.1 document, made from the route table. The one for an example issuer is committed as `spec/openapi.json`
//! and a test holds it against this.

use super::problem::TYPES;
use super::route::{Conditions, Gives, Route, all};
use super::schema;
use serde_json::{Map, Value, json};

/// The document of an API at `server`, with tokens from `token_endpoint`.
#[must_use]
pub fn document(server: &str, token_endpoint: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in all() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_lowercase(), operation(route));
        }
    }
    let scopes: Map<String, Value> = grantd_core::admin::permission::ALL
        .iter()
        .map(|(name, says)| ((*name).to_owned(), json!(says)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "grantd admin API",
            "version": "1",
            "description": "Clients, users, tenants, tokens and everything else that operators and tenants' administrators \
                manage. A token for this API is one with its address as `resource` and the permission that each operation \
                names; `*` covers none of them. A token that acts in a tenant reaches that tenant alone. One that is bound to a \
                key comes as `Authorization: DPoP` with a proof for the operation (RFC 9449), one that is bound to a certificate \
                over a connection with it.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": server }],
        "paths": paths,
        "components": {
            "schemas": schema::all(),
            "parameters": parameters(),
            "headers": headers(),
            "responses": responses(),
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "flows": { "clientCredentials": { "tokenUrl": token_endpoint, "scopes": scopes } },
                },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|piece| piece.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(route.query.iter().map(
        |param| json!({ "name": param.name, "in": "query", "description": param.says, "schema": { "type": "string" } }),
    ));
    let refers = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    if route.is_list() && route.method == "GET" {
        parameters.extend([refers("Cursor"), refers("Limit")]);
    }
    if matches!(route.gives, Gives::Created(_)) {
        parameters.push(refers("IdempotencyKey"));
    }
    match route.conditions {
        Conditions::Unread => {}
        Conditions::Shown => parameters.push(refers("IfNoneMatch")),
        Conditions::Version => parameters.extend([refers("IfMatch"), refers("IfNotMatch")]),
        Conditions::Presence => parameters.extend([refers("IfThere"), refers("IfNotThere")]),
    }
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.says,
        "tags": [tag(route)],
        "security": [{ "oauth2": [route.permission] }],
        "x-tenant-tokens": route.tenants,
        "parameters": parameters,
        "responses": answers(route),
    });
    if let (Some(name), Some(members)) = (route.takes, operation.as_object_mut()) {
        let content = json!({ "schema": schema_ref(name) });
        let mut kinds = json!({ "application/json": content });
        if let (true, Some(kinds)) = (route.method == "PATCH", kinds.as_object_mut()) {
            kinds.insert("application/merge-patch+json".to_owned(), content);
        }
        // The one body that may be left out has nothing that is required.
        let required = name != "SecretRotation";
        members.insert(
            "requestBody".to_owned(),
            json!({ "required": required, "content": kinds }),
        );
    }
    operation
}

fn answers(route: &Route) -> Value {
    let json_of = |schema: Value| json!({ "application/json": { "schema": schema } });
    let etag = json!({ "ETag": { "$ref": "#/components/headers/ETag" } });
    let location = json!({
        "ETag": { "$ref": "#/components/headers/ETag" },
        "Location": { "$ref": "#/components/headers/Location" },
    });
    let (status, answer) = match route.gives {
        Gives::Object(name) => (
            "200",
            json!({ "description": "It.", "content": json_of(schema_ref(name)) }),
        ),
        Gives::Tagged(name) => (
            "200",
            json!({ "description": "It, at the version that ETag names.", "headers": etag, "content": json_of(schema_ref(name)) }),
        ),
        Gives::Created(name) => (
            "201",
            json!({ "description": "It was made.", "headers": location, "content": json_of(schema_ref(name)) }),
        ),
        Gives::Page(name) => (
            "200",
            json!({ "description": "A page. Without `next` it is the last one.", "content": json_of(page_of(name)) }),
        ),
        Gives::Lines(name) => (
            "200",
            json!({ "description": "One object a line.", "content": { "application/jsonl": { "schema": schema_ref(name) } } }),
        ),
        Gives::Nothing => ("204", json!({ "description": "It is done." })),
    };
    let mut all = Map::new();
    all.insert(status.to_owned(), answer);
    if route.conditions == Conditions::Shown {
        all.insert(
            "304".to_owned(),
            json!({ "description": "The caller has this version." }),
        );
    }
    for status in statuses(route) {
        all.insert(
            status.to_string(),
            json!({ "$ref": format!("#/components/responses/{status}") }),
        );
    }
    Value::Object(all)
}

/// Which problems a route can end in.
fn statuses(route: &Route) -> Vec<u16> {
    let mut statuses = vec![400, 401, 403, 429, 500, 503];
    if route.path.contains('{') {
        statuses.push(404);
    }
    if route.takes.is_some() {
        statuses.extend([413, 415, 422]);
    }
    if route.method != "GET" {
        statuses.push(409);
    } else if route.path.ends_with("/{challenge}") {
        // A question that was answered is not shown any more.
        statuses.push(409);
    }
    if matches!(route.conditions, Conditions::Version | Conditions::Presence) {
        statuses.push(412);
    }
    statuses.sort_unstable();
    statuses
}

fn responses() -> Value {
    let mut all: Map<String, Value> = Map::new();
    for (name, status) in TYPES {
        let describes = format!("urn:grantd:problem:{name}");
        let entry = all.entry(status.to_string()).or_insert_with(|| {
            json!({ "description": describes, "content": { "application/problem+json": { "schema": schema_ref("Problem") } } })
        });
        if let Some(Value::String(text)) = entry.get_mut("description").filter(|text| **text != describes) {
            text.push_str(" or ");
            text.push_str(&describes);
        }
    }
    Value::Object(all)
}

fn parameters() -> Value {
    let header = |name: &str, says: &str| json!({ "name": name, "in": "header", "description": says, "schema": { "type": "string" } });
    json!({
        "Cursor": { "name": "cursor", "in": "query", "description": "`next` of the page before, with the same filters.", "schema": { "type": "string" } },
        "Limit": { "name": "limit", "in": "query", "description": "Items of a page.", "schema": { "type": "integer", "minimum": 1, "maximum": 200, "default": 50 } },
        "IfMatch": header("If-Match", "Only if the object is at the version of this ETag; else 412."),
        "IfNoneMatch": header("If-None-Match", "304 if the object is still at the version of this ETag."),
        "IfNotMatch": header("If-None-Match", "Only if the object is at another version than that of this ETag; else 412."),
        "IfThere": header("If-Match", "`*`: only if there is something at this address already; else 412. It has no ETag, so that every other value is 412."),
        "IfNotThere": header("If-None-Match", "`*`: only if there is nothing at this address yet; else 412."),
        "IdempotencyKey": header("Idempotency-Key", "For 24 hours the same key with the same request gives the same reply, the secret in it too; 409 for who can do other things by now."),
    })
}

fn headers() -> Value {
    json!({
        "ETag": { "description": "The object's version.", "schema": { "type": "string" } },
        "Location": { "description": "The object's address.", "schema": { "type": "string" } },
    })
}

fn page_of(name: &str) -> Value {
    json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": schema_ref(name) },
            "next": { "type": "string", "description": "The cursor of the next page; absent on the last one." },
        },
        "additionalProperties": false,
    })
}

fn schema_ref(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// `get_clients_client_id`: unique, since method and path are.
fn operation_id(route: &Route) -> String {
    let path = route.path.replace(['{', '}'], "").replace(['/', '-'], "_");
    format!("{}{path}", route.method.to_lowercase())
}

fn tag(route: &Route) -> &str {
    route.permission.split(':').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://id.example/api/v1";
    const TOKENS: &str = "https://id.example/token";

    #[test]
    fn the_committed_document_is_this_one() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/openapi.json");
        let wanted = serde_json::to_string_pretty(&document(SERVER, TOKENS)).unwrap() + "\n";
        if std::env::var_os("GRANTD_UPDATE_SPEC").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == wanted,
            "spec/openapi.json differs from the route table; GRANTD_UPDATE_SPEC=1 cargo test -p grantd --lib openapi writes it"
        );
    }

    #[test]
    fn every_reference_resolves_and_every_route_is_there() {
        let document = document(SERVER, TOKENS);
        let mut references = Vec::new();
        collect(&document, &mut references);
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        for route in all() {
            let operation = &document["paths"][route.path][route.method.to_lowercase()];
            assert_eq!(
                operation["security"][0]["oauth2"][0], route.permission,
                "{} {}",
                route.method, route.path
            );
        }
    }

    #[test]
    fn no_shape_is_left_that_no_route_uses() {
        let text = document(SERVER, TOKENS).to_string();
        for name in schema::all().keys() {
            assert!(text.contains(&format!("#/components/schemas/{name}\"")), "{name}");
        }
    }

    #[test]
    fn ids_of_operations_are_unique() {
        let mut ids: Vec<_> = all().map(operation_id).collect();
        ids.sort();
        let before = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), before);
    }

    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    into.push(reference.clone());
                }
                members.values().for_each(|member| collect(member, into));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            _ => {}
        }
    }
}
