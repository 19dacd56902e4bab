//! Rich authorization requests (RFC 9396): what is asked for is said in detail, as objects of types that the realm
//! declares. Here is what can be said at all, who may say it, and what becomes of it on the way: it can be narrowed, and
//! never widened. What a type's members are is said in [`kind`]; nothing here knows what any of them means.

pub mod kind;
pub mod words;

pub use crate::record::details::AuthorizationDetails;
pub use grantd_protocol::readable::is_readable;
pub use kind::{DetailField, DetailType, FieldKind};
pub use words::{DetailWords, WordValue};

use crate::realm::Realm;
use crate::record::ClientRecord;
use grantd_jose::strict_json::{Limits, from_slice};
use grantd_protocol::{ErrorCode, OAuthError};
use kind::type_of;
use serde_json::{Map, Value};

/// The parameter, the claim and the member of replies.
pub const NAME: &str = "authorization_details";
/// The most objects in one request.
pub const MAX_DETAILS: usize = 10;
/// The longest value, in bytes: it travels in codes, tokens and headers.
pub const MAX_BYTES: usize = 4096;
/// The deepest nesting: the list, an object of it, and two levels within.
pub const MAX_DEPTH: usize = 5;
/// The member that names APIs (RFC 9396 section 2.2). It is the one member besides `type` that means something here.
pub const LOCATIONS: &str = "locations";

impl AuthorizationDetails {
    /// What a request by this client says, if it says anything.
    ///
    /// # Errors
    /// `invalid_authorization_details` (section 5): it cannot be read in one way only, is too large, or says something
    /// that its type, the realm or the client's registration does not provide for.
    pub fn read(text: Option<&str>, client: &ClientRecord, realm: &Realm) -> Result<Option<Self>, OAuthError> {
        text.map(|text| Self::parse(text, client, realm)).transpose()
    }

    fn parse(text: &str, client: &ClientRecord, realm: &Realm) -> Result<Self, OAuthError> {
        let limits = Limits {
            max_bytes: MAX_BYTES,
            max_depth: MAX_DEPTH,
        };
        let read = from_slice(text.as_bytes(), limits);
        let Value::Array(entries) = read.map_err(|error| refused(&error.to_string()))? else {
            return Err(refused("must be a JSON array"));
        };
        if entries.is_empty() || entries.len() > MAX_DETAILS {
            return Err(refused("must have one object at least and ten at most"));
        }
        let mut details = Vec::with_capacity(entries.len());
        for entry in entries {
            let Value::Object(mut detail) = entry else {
                return Err(refused("must have objects alone"));
            };
            let kind = type_of(&detail)
                .and_then(|name| permitted(name, client, realm))
                .ok_or_else(|| refused("has a type that this client cannot ask for"))?;
            kind.check(&detail).map_err(|says| refused(&says))?;
            spell_locations(&mut detail, realm)?;
            if details.contains(&detail) {
                return Err(refused("says the same twice"));
            }
            details.push(detail);
        }
        Ok(Self(details))
    }

    /// What of it this request asks for (section 6): all of it, or a part.
    ///
    /// # Errors
    /// `invalid_authorization_details` for more than was allowed.
    pub fn narrowed(allowed: Option<&Self>, asked: Option<&Self>) -> Result<Option<Self>, OAuthError> {
        let Some(asked) = asked else {
            return Ok(allowed.cloned());
        };
        let is_allowed = |one| allowed.is_some_and(|allowed| allowed.0.iter().any(|whole| is_within(one, whole)));
        if asked.0.iter().all(is_allowed) {
            Ok(Some(asked.clone()))
        } else {
            Err(refused("goes beyond what was allowed"))
        }
    }

    /// A part of what was asked, as somebody names it who allows no more than that; `None` where nothing of it is left.
    ///
    /// # Errors
    /// `invalid_authorization_details` for anything beyond, and for saying the same twice.
    pub fn part(asked: Option<&Self>, entries: &[Value]) -> Result<Option<Self>, OAuthError> {
        let mut details: Vec<Map<String, Value>> = Vec::with_capacity(entries.len().min(MAX_DETAILS));
        for entry in entries {
            let Some(detail) = entry.as_object().filter(|_| details.len() < MAX_DETAILS) else {
                return Err(refused("must have objects alone, ten at most"));
            };
            if details.contains(detail) {
                return Err(refused("says the same twice"));
            }
            details.push(detail.clone());
        }
        if details.is_empty() {
            return Ok(None);
        }
        Self::narrowed(asked, Some(&Self(details)))
    }

    /// Refuses what needs somebody to allow it.
    ///
    /// # Errors
    /// `invalid_authorization_details`.
    pub fn require_without_user(&self, realm: &Realm) -> Result<(), OAuthError> {
        let is_free = |name: &str| {
            realm
                .details
                .iter()
                .any(|kind| *kind.name == *name && kind.without_user)
        };
        if self.0.iter().all(|detail| type_of(detail).is_some_and(is_free)) {
            Ok(())
        } else {
            Err(refused("has a type that a user must allow"))
        }
    }

    /// What of it still counts: of types that the realm has and the client may ask for now.
    #[must_use]
    pub fn still_permitted(&self, client: &ClientRecord, realm: &Realm) -> Option<Self> {
        self.filtered(|detail| type_of(detail).is_some_and(|name| permitted(name, client, realm).is_some()))
    }

    /// What of it concerns a token for these APIs, space-separated: what names others is none of their business (section
    /// 9.1).
    #[must_use]
    pub fn concerning(&self, audience: &str) -> Option<Self> {
        self.filtered(|detail| match locations(detail) {
            None => true,
            Some(mut named) => named.any(|location| audience.split(' ').any(|one| one == location)),
        })
    }

    fn filtered(&self, keep: impl Fn(&Map<String, Value>) -> bool) -> Option<Self> {
        let kept: Vec<_> = self.0.iter().filter(|detail| keep(detail)).cloned().collect();
        (!kept.is_empty()).then_some(Self(kept))
    }
}

/// The type, where the realm has it and the client registered that it asks for it. What a client that nobody vouches for
/// registered by itself counts as far as the realm lets such clients have it now.
fn permitted<'a>(name: &str, client: &ClientRecord, realm: &'a Realm) -> Option<&'a DetailType> {
    let named = |names: &[String]| names.iter().any(|one| one == name);
    let may_have = client.origin.is_vouched_for() || named(&realm.registration.details);
    let of_realm = realm.details.iter().find(|kind| *kind.name == *name);
    of_realm.filter(|_| may_have && named(&client.openid.authorization_details_types))
}

fn locations(detail: &Map<String, Value>) -> Option<impl Iterator<Item = &str>> {
    let named = detail.get(LOCATIONS)?.as_array()?;
    Some(named.iter().filter_map(Value::as_str))
}

/// The APIs that an object names, in their declared spelling: they are compared with the audiences of tokens.
fn spell_locations(detail: &mut Map<String, Value>, realm: &Realm) -> Result<(), OAuthError> {
    let Some(Value::Array(named)) = detail.get_mut(LOCATIONS) else {
        return Ok(());
    };
    for location in named {
        let declared = location.as_str().and_then(|asked| realm.resource(asked));
        let declared = declared.ok_or_else(|| refused("names a location that is not one of this server's"))?;
        *location = Value::from(&*declared.identifier);
    }
    Ok(())
}

/// Whether one object permits nothing beyond another: the same members with the same values, but that a list may have
/// fewer entries. A member that is left out could mean "any", so it is not left out.
fn is_within(one: &Map<String, Value>, whole: &Map<String, Value>) -> bool {
    let fits = |(name, value): (&String, &Value)| match (value, whole.get(name)) {
        (Value::Array(part), Some(Value::Array(all))) => !part.is_empty() && part.iter().all(|one| all.contains(one)),
        (value, other) => other == Some(value),
    };
    one.len() == whole.len() && one.iter().all(fits)
}

/// What is wrong, in words that repeat nothing of the request but names the realm itself gave.
pub(crate) fn refused(says: &str) -> OAuthError {
    OAuthError::with_detail(
        ErrorCode::InvalidAuthorizationDetails,
        &format!("authorization_details {says}"),
    )
}

#[cfg(test)]
mod tests;
