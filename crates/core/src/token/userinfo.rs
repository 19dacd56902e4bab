//! Userinfo (OpenID Connect Core section 5.3): the claims that the token's scopes stand for (section 5.4).

use super::introspect::{is_live, named};
use crate::realm::Realm;
use crate::record::{AccessFacts, ClientRecord, UserRecord};
use grantd_protocol::{ErrorCode, OAuthError, Timestamp};
use serde_json::{Map, Value};

const PROFILE: &[&str] = &[
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
];

/// Answers for a token that was presented and found.
///
/// # Errors
/// `invalid_token` for one that is not good any more, `insufficient_scope` for one without `openid`.
pub fn answer(
    facts: &AccessFacts,
    client: Option<&ClientRecord>,
    user: Option<&UserRecord>,
    realm: &Realm,
    now: Timestamp,
) -> Result<Map<String, Value>, OAuthError> {
    let token = &facts.token;
    if *token.realm != *realm.name || !is_live(facts, client, now) {
        return Err(OAuthError::invalid_token(
            "the access token is expired, revoked or unknown",
        ));
    }
    let user = user.filter(|user| user.enabled && token.grant.is_some());
    let user =
        user.ok_or_else(|| OAuthError::new(ErrorCode::InsufficientScope, "the token does not act for a user"))?;
    if !token.scope.contains("openid") {
        return Err(OAuthError::new(
            ErrorCode::InsufficientScope,
            "the scope openid is needed",
        ));
    }
    let mut claims = Map::new();
    claims.insert("sub".into(), Value::from(&*named(token, client, realm)));
    if token.scope.contains("profile") {
        claims.insert("preferred_username".into(), Value::from(user.username.clone()));
        copy(&mut claims, user, PROFILE);
    }
    for (scope, names) in [
        ("email", &["email", "email_verified"][..]),
        ("address", &["address"][..]),
        ("phone", &["phone_number", "phone_number_verified"][..]),
    ] {
        if token.scope.contains(scope) {
            copy(&mut claims, user, names);
        }
    }
    if let Some(tenant) = &token.tenant {
        claims.insert(realm.tenants.claim.clone(), Value::from(&**tenant));
    }
    Ok(claims)
}

fn copy(claims: &mut Map<String, Value>, user: &UserRecord, names: &[&str]) {
    for name in names {
        if let Some(value) = user.claims.get(*name).filter(|value| !value.is_null()) {
            claims.insert((*name).to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests;
