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
            "UpstreamLink",
            object(
                "Somebody at another provider who is a user here.",
                &["id", "upstream", "issuer", "subject", "linked_at"],
                json!({ "id": text(), "upstream": { "type": "string", "description": "The provider's name in the configuration, when they last came." }, "issuer": text(), "subject": text(), "address": { "type": "string", "description": "Their mail address, as the provider says." }, "linked_at": instant(), "last_login_at": instant() }),
                json!({ "id": "9VnQ0Yf3kz1c5mZL2wq8uT7xR4sB6dE0aJhGpKoNiMc", "upstream": "corp", "issuer": "https://login.nordwind.example", "subject": "248289761001", "address": "ada@nordwind.example", "linked_at": 1_800_000_000, "last_login_at": 1_800_086_400 }),
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
