//! The claims about a user (OpenID Connect Core section 5.1): which scope stands for each (section 5.4), and where its value
//! comes from. The scope is also what a single claim is asked for, shown and allowed as.

use crate::record::UserRecord;
use serde_json::Value;

/// The name that the user logs in with.
const USERNAME: &str = "preferred_username";

/// The scopes that stand for claims, each with its claims.
pub const BY_SCOPE: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            USERNAME,
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// The scope that stands for a claim; `None` for one that is not about the user, or unknown.
#[must_use]
pub fn scope_of(claim: &str) -> Option<&'static str> {
    let found = BY_SCOPE.iter().find(|(_, claims)| claims.contains(&claim));
    found.map(|(scope, _)| *scope)
}

/// What a claim says of a user; `None` where nobody knows, and never `null`.
#[must_use]
pub fn value_of(user: &UserRecord, claim: &str) -> Option<Value> {
    if claim == USERNAME {
        return Some(Value::from(user.username.clone()));
    }
    user.claims.get(claim).filter(|value| !value.is_null()).cloned()
}
