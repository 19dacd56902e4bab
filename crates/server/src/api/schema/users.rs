//! Users.

use super::parts::{flag, instant, members, object, text};
use serde_json::{Value, json};

pub(super) fn users() -> Vec<(&'static str, Value)> {
    let claims =
        json!({ "type": "object", "description": "Standard claims of OpenID Connect, such as name and email." });
    let password = json!({ "type": "string", "minLength": 8, "maxLength": 1024, "writeOnly": true });
    let passkeys = json!({ "type": "integer", "minimum": 0, "description": "How many passkeys they can log in with." });
    let user = json!({ "username": text(), "claims": claims, "enabled": flag() });
    let mut new_user = members(user.clone());
    new_user.insert("password".to_owned(), password.clone());
    vec![
        (
            "User",
            object(
                "Somebody who logs in.",
                &[
                    "id",
                    "username",
                    "has_password",
                    "second_step",
                    "passkeys",
                    "enabled",
                    "created_at",
                ],
                json!({ "id": text(), "username": text(), "has_password": flag(), "second_step": flag(), "passkeys": passkeys, "enabled": flag(), "created_at": instant(), "claims": claims }),
                json!({ "id": "7Yb2QdKx0c5LmNvRt1sUwE", "username": "ada@example.com", "has_password": true, "second_step": false, "passkeys": 1, "enabled": true, "created_at": 1_800_000_000, "claims": { "name": "Ada" } }),
            ),
        ),
        (
            "NewUser",
            object(
                "A new user.",
                &["username"],
                Value::Object(new_user),
                json!({ "username": "ada@example.com", "password": "correct-horse-battery" }),
            ),
        ),
        (
            "UserPatch",
            object(
                "What changes of a user (RFC 7396); claims are replaced as a whole.",
                &[],
                user,
                json!({ "enabled": false }),
            ),
        ),
        (
            "NewPassword",
            object(
                "A password.",
                &["password"],
                json!({ "password": password }),
                json!({ "password": "correct-horse-battery" }),
            ),
        ),
    ]
}
