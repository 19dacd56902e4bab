//! Roles.

use super::parts::{flag, instant, object, one_of, text, texts};
use serde_json::{Value, json};

fn role() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let holders = json!({
        "type": "object", "required": ["members", "service_accounts", "api_keys"], "additionalProperties": false,
        "description": "How many have it, in all tenants.",
        "properties": { "members": count(), "service_accounts": count(), "api_keys": count() },
    });
    let mut hides = flag();
    if let Some(members) = hides.as_object_mut() {
        let says = "Whether the database has a role of the same name, which does not count.";
        members.insert("description".to_owned(), says.into());
    }
    object(
        "A named set of permissions and patterns.",
        &["name", "permissions", "source"],
        json!({
            "name": text(), "permissions": texts(), "source": one_of(&["file", "database"]), "description": text(),
            "created_at": instant(), "hides_stored": hides, "holders": holders,
        }),
        json!({ "name": "viewer", "permissions": ["invoices:read"], "source": "file", "hides_stored": false }),
    )
}

/// A body that describes one.
fn described(says: &str, required: &[&str], with_name: bool) -> Value {
    let mut properties = json!({
        "description": { "type": ["string", "null"], "maxLength": 200 },
        "permissions": {
            "type": "array", "items": text(), "maxItems": 1000,
            "description": "Permissions and patterns; at most those of the server's own that the caller holds.",
        },
    });
    let mut example = json!({ "description": "The front desk", "permissions": ["invoices:*", "customers:read"] });
    if let (Some(properties), Some(example)) = (properties.as_object_mut(), example.as_object_mut())
        && with_name
    {
        let name = json!({ "type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$" });
        properties.insert("name".to_owned(), name);
        example.insert("name".to_owned(), "clerk".into());
    }
    object(says, required, properties, example)
}

pub(super) fn roles() -> Vec<(&'static str, Value)> {
    vec![
        ("Role", role()),
        (
            "NewRole",
            described("A role to make in the database.", &["name", "permissions"], true),
        ),
        ("RolePatch", described("What of a role shall change.", &[], false)),
    ]
}
