//! What tokens are for: the resources that a request names (RFC 8707).

use crate::realm::{BrokerKind, Realm};
use grantd_protocol::OAuthError;
use grantd_protocol::resource::is_well_formed;
use std::sync::Arc;

/// The resources that a request names, in declared spelling and once each (RFC 8707 section 2).
///
/// # Errors
/// `invalid_target` for one that is malformed or not declared in the realm, and for a second EMQX: the topics of its tokens
/// do not say at which broker, so a token for two would be good for the topics of both at each.
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
    let brokers = declared.iter().flat_map(|one| realm.brokers_in(one));
    if brokers.filter(|(_, broker)| broker.kind == BrokerKind::Emqx).count() > 1 {
        return Err(OAuthError::invalid_target("a token can be for one EMQX only"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{API, OTHER_API, realm};
    use crate::realm::Broker;
    use grantd_protocol::ErrorCode;

    fn with_brokers(kinds: [BrokerKind; 2]) -> Realm {
        let mut realm = realm();
        for (identifier, kind) in [API, OTHER_API].into_iter().zip(kinds) {
            let resource = realm.resources.iter_mut().find(|one| &*one.identifier == identifier);
            resource.unwrap().broker = Some(Broker { kind, rights: vec![] });
        }
        realm
    }

    #[test]
    fn a_request_names_one_emqx_at_most() {
        use BrokerKind::{Emqx, RabbitMq};
        let realm = with_brokers([Emqx, Emqx]);
        let refused = declared_resources(&realm, [API, OTHER_API].into_iter());
        assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidTarget);
        // The same one twice is one, and each by itself is as before.
        for (asked, found) in [([API, API], API), ([OTHER_API, OTHER_API], OTHER_API)] {
            let declared = declared_resources(&realm, asked.into_iter()).unwrap();
            assert_eq!(declared, [Arc::from(found)]);
        }
        for kinds in [[Emqx, RabbitMq], [RabbitMq, Emqx], [RabbitMq, RabbitMq]] {
            let realm = with_brokers(kinds);
            let declared = declared_resources(&realm, [API, OTHER_API].into_iter());
            assert_eq!(declared.unwrap().len(), 2, "{kinds:?}");
        }
    }

    #[test]
    fn what_was_allowed_for_two_emqx_is_narrowed_to_one() {
        let realm = with_brokers([BrokerKind::Emqx, BrokerKind::Emqx]);
        let allowed: Arc<str> = format!("{API} {OTHER_API}").into();
        let one = narrowed_audience(&realm, &allowed, &[OTHER_API.to_owned()]).unwrap();
        assert_eq!(&*one, OTHER_API);
        let both = [API.to_owned(), OTHER_API.to_owned()];
        let refused = narrowed_audience(&realm, &allowed, &both).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidTarget);
    }
}
