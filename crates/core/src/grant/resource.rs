//! What tokens are for: the resources that a request names (RFC 8707).

use crate::realm::Realm;
use grantd_protocol::OAuthError;
use grantd_protocol::resource::is_well_formed;
use std::sync::Arc;

/// The resources that a request names, in declared spelling and once each (RFC 8707 section 2).
///
/// # Errors
/// `invalid_target` for one that is malformed or not declared in the realm.
pub fn declared_resources<'a>(
    realm: &Realm,
    asked: impl Iterator<Item = &'a str>,
) -> Result<Vec<Arc<str>>, OAuthError> {
    let mut declared: Vec<Arc<str>> = Vec::new();
    for resource in asked {
        let known = is_well_formed(resource).then(|| realm.resource(resource)).flatten();
        let known = known.ok_or_else(|| OAuthError::invalid_target("the resource is not one of this server's"))?;
        if !declared.contains(&known.identifier) {
            declared.push(Arc::clone(&known.identifier));
        }
    }
    Ok(declared)
}

/// The same for a request that says what all of its tokens are for: in a realm that asks for it, it names a resource.
///
/// # Errors
/// `invalid_target`, also where none is named and one must be.
pub fn named_resources<'a>(realm: &Realm, asked: impl Iterator<Item = &'a str>) -> Result<Vec<Arc<str>>, OAuthError> {
    let named = declared_resources(realm, asked)?;
    if named.is_empty() && realm.tightenings.audience_required {
        return Err(OAuthError::invalid_target("the request must name a resource"));
    }
    Ok(named)
}

/// Joins resources to the space-separated form of records; the realm's default where none was named.
#[must_use]
pub fn audience(realm: &Realm, resources: &[Arc<str>]) -> Arc<str> {
    match resources {
        [] => Arc::clone(&realm.default_resource),
        [one] => Arc::clone(one),
        many => many.join(" ").into(),
    }
}

/// What of a delegation's audience this request asks for (RFC 8707 section 2.2: the same or fewer).
///
/// # Errors
/// `invalid_target` for a resource that the user did not allow.
pub(crate) fn narrowed_audience(realm: &Realm, allowed: &Arc<str>, asked: &[String]) -> Result<Arc<str>, OAuthError> {
    if asked.is_empty() {
        return Ok(Arc::clone(allowed));
    }
    let declared = declared_resources(realm, asked.iter().map(String::as_str))?;
    if declared
        .iter()
        .all(|resource| allowed.split(' ').any(|one| one == &**resource))
    {
        Ok(audience(realm, &declared))
    } else {
        Err(OAuthError::invalid_target("the resource was not allowed by the user"))
    }
}
