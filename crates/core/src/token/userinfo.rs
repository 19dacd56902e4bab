//! Userinfo (OpenID Connect Core section 5.3): the claims that the token's scopes stand for (section 5.4), and those that
//! were asked for one by one (section 5.5).

use super::introspect::{is_live, named};
use super::user_claims::{BY_SCOPE, value_of};
use crate::realm::Realm;
use crate::record::{AccessFacts, ClientRecord, UserRecord};
use grantd_protocol::{ErrorCode, OAuthError, Timestamp};
use serde_json::{Map, Value};

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
    for (scope, names) in BY_SCOPE {
        if token.scope.contains(scope) {
            tell(&mut claims, user, names.iter().copied());
        }
    }
    tell(&mut claims, user, token.claims().iter().map(String::as_str));
    if let Some(tenant) = &token.tenant {
        claims.insert(realm.tenants.claim.clone(), Value::from(&**tenant));
    }
    Ok(claims)
}

fn tell<'a>(claims: &mut Map<String, Value>, user: &UserRecord, names: impl Iterator<Item = &'a str>) {
    for name in names {
        if let Some(value) = value_of(user, name) {
            claims.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests;
