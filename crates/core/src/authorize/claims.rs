//! The `claims` parameter (OpenID Connect Core section 5.5): single claims that a client wishes for, and two wishes that
//! are about the login itself, `acr` and `sub`. Asking obliges nobody to answer: what is unknown, or nothing that this
//! client may ever have, is left out. What cannot be read is refused.

use super::level::LevelWish;
use crate::permission::Catalogue;
use crate::record::{ClientRecord, ReleasedClaims};
use crate::token::user_claims::scope_of;
use grantd_jose::strict_json::{Limits, object_from_slice};
use grantd_protocol::{OAuthError, ScopeSet};
use serde_json::{Map, Value};

/// The longest parameter, in bytes.
const MAX_BYTES: usize = 4096;
/// The deepest nesting: the document, its two halves, a claim, its list of values, and a value that is an object.
const MAX_DEPTH: usize = 6;
/// The most claims that are looked at in each half.
const MAX_CLAIMS: usize = 64;

impl ReleasedClaims {
    /// The scopes that stand for them.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let names = self.userinfo.iter().chain(&self.id_token);
        names.filter_map(|name| scope_of(name)).collect()
    }

    /// Those whose scope is among these.
    #[must_use]
    pub fn within(&self, allowed: impl Fn(&str) -> bool) -> Self {
        let kept = |names: &[String]| {
            let is_allowed = |name: &&String| scope_of(name).is_some_and(&allowed);
            names.iter().filter(is_allowed).cloned().collect()
        };
        Self {
            userinfo: kept(&self.userinfo),
            id_token: kept(&self.id_token),
        }
    }
}

/// What the parameter says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClaimsRequest {
    /// The claims.
    pub claims: ReleasedClaims,
    /// The level that the login must reach, where `acr` is asked for with a value or as essential.
    pub level: Option<LevelWish>,
    /// The `sub` that the user must have.
    pub subject: Option<String>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` for what is no object of objects, or asks for two different subjects.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let limits = Limits {
            max_bytes: MAX_BYTES,
            max_depth: MAX_DEPTH,
        };
        let members = object_from_slice(text.as_bytes(), limits)
            .map_err(|_| OAuthError::invalid_request("claims must be a JSON object"))?;
        let userinfo = half(&members, "userinfo")?;
        let id_token = half(&members, "id_token")?;
        let mut subject = None;
        for wish in [&userinfo, &id_token].into_iter().filter_map(|half| half.get("sub")) {
            let Some(wanted) = wish.get("value").and_then(Value::as_str) else {
                continue;
            };
            if subject.as_deref().is_some_and(|before| before != wanted) {
                return Err(OAuthError::invalid_request("claims asks for two different users"));
            }
            subject = Some(wanted.to_owned());
        }
        Ok(Self {
            level: id_token.get("acr").and_then(level),
            claims: ReleasedClaims {
                userinfo: known(&userinfo),
                id_token: known(&id_token),
            },
            subject,
        })
    }
}

/// The claims among these that this client may ever have.
#[must_use]
pub fn permitted(claims: &ReleasedClaims, client: &ClientRecord, catalogue: &Catalogue) -> ReleasedClaims {
    claims.within(|scope| catalogue.is_identity_scope(scope) && client.scopes.covers(scope))
}

/// One half of the parameter, each of its members judged.
fn half(members: &Map<String, Value>, name: &'static str) -> Result<Map<String, Value>, OAuthError> {
    let malformed = || OAuthError::invalid_request("claims must have an object of wishes for userinfo and id_token");
    let half = match members.get(name) {
        None => return Ok(Map::new()),
        Some(Value::Object(half)) => half,
        Some(_) => return Err(malformed()),
    };
    let is_wish = |wish: &Value| match wish {
        Value::Null => true,
        Value::Object(wish) => {
            wish.get("essential").is_none_or(Value::is_boolean) && wish.get("values").is_none_or(Value::is_array)
        }
        _ => false,
    };
    if half.len() > MAX_CLAIMS || !half.values().all(is_wish) {
        return Err(malformed());
    }
    Ok(half.clone())
}

/// The claims about the user. Whether one is essential changes nothing: it is told where it is known and allowed.
fn known(half: &Map<String, Value>) -> Vec<String> {
    half.keys().filter(|name| scope_of(name).is_some()).cloned().collect()
}

/// Section 5.5.1.1: `acr` with `value`, `values`, or as essential.
fn level(wish: &Value) -> Option<LevelWish> {
    let essential = wish.get("essential").and_then(Value::as_bool).unwrap_or_default();
    let one = wish.get("value").and_then(Value::as_str).into_iter();
    let several = wish.get("values").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = one
        .chain(several.filter_map(Value::as_str))
        .map(str::to_owned)
        .collect();
    (essential || !names.is_empty()).then_some(LevelWish { names, essential })
}

#[cfg(test)]
mod tests;
