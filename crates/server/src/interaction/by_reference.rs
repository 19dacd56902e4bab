//! Authorization requests whose parameters stand in a signed object at an address of the client's (RFC 9101 section 5.2,
//! OpenID Connect Core section 6.2). The object is fetched once, when the browser comes with its address, and from then on
//! the request is the one with the object in it: what is shown at the login, at consent and what is answered cannot become
//! another by what the address says later.

use crate::documents::{self, Asked};
use crate::error::Failure;
use crate::outbound::Content;
use crate::request::Request;
use crate::wire::{self, AuthorizationQuery};
use grantd_core::authorize::identify;
use grantd_core::authorize::par::PREFIX;
use grantd_protocol::params::encode_into;
use grantd_protocol::web::WebUrl;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};
use std::borrow::Cow;

/// The longest object, in bytes: it must fit into an address for as long as the user logs in.
const MAX_OBJECT: usize = 5 * 1024;
/// What the page says, whatever the reason: nobody learns from it what this server can reach.
const UNKNOWN: OAuthError = OAuthError::new(
    ErrorCode::InvalidRequestUri,
    "the request_uri is not one of the application's, or no request object could be had from there",
);

/// A query, and the request that it spells.
pub(super) struct Resolved<'q> {
    pub(super) query: Cow<'q, str>,
    pub(super) spelled: AuthorizationQuery,
}

/// The query with the object in it, where it has the address of one; as it is where it has none, or its client has
/// registered none, which the checks then say.
///
/// # Errors
/// For the page: the address is not registered, or what is there is no request object. When the store does not answer, or
/// somebody makes this server fetch too often.
pub(super) async fn resolved<'q>(request: &Request<'_>, query: &'q str) -> Result<Resolved<'q>, Failure> {
    let spelled = wire::authorization_query(request.realm, query)?;
    Ok(match fetched(request, spelled.params()).await? {
        None => Resolved {
            query: Cow::Borrowed(query),
            spelled,
        },
        Some(query) => Resolved {
            spelled: wire::authorization_query(request.realm, &query)?,
            query: Cow::Owned(query),
        },
    })
}

/// The query with the object, where one is to be fetched.
async fn fetched(request: &Request<'_>, params: &RawParams) -> Result<Option<String>, Failure> {
    let Some(uri) = foreign(params) else {
        return Ok(None);
    };
    let client_id = identify::client_id(params)?;
    let client = documents::client(request, client_id).await?;
    let Some(client) = client.filter(|client| client.enabled && !client.openid.request_uris.is_empty()) else {
        return Ok(None);
    };
    // Byte for byte: nobody can be made to fetch anything but what the client registered.
    if !client.openid.request_uris.iter().any(|registered| registered == uri) {
        return Err(UNKNOWN.into());
    }
    let url = WebUrl::parse(uri).map_err(|_| UNKNOWN)?;
    let asked = Asked {
        owner: format!("requests|{}", request.realm.name()).into(),
        url: &url,
        limit: MAX_OBJECT,
        content: Content::RequestObject,
        not_before: request.now,
    };
    let body = documents::fetched(request, &asked).await?;
    let object = body.as_deref().and_then(|body| std::str::from_utf8(body).ok());
    let object = object
        .map(str::trim)
        .filter(|object| !object.is_empty())
        .ok_or(UNKNOWN)?;
    Ok(Some(with_object(client_id, object)))
}

/// The one address that is not of a pushed request. Beside a `request` it is left to the checks, which refuse the two.
fn foreign(params: &RawParams) -> Option<&str> {
    let uri = params.get("request_uri").filter(|uri| !uri.starts_with(PREFIX))?;
    (!params.is_repeated("request_uri") && params.get("request").is_none()).then_some(uri)
}

/// What stands beside the object counts for nothing (RFC 9101 section 6.3).
fn with_object(client_id: &str, object: &str) -> String {
    let mut query = "client_id=".to_owned();
    encode_into(client_id, &mut query);
    query.push_str("&request=");
    encode_into(object, &mut query);
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> RawParams {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        RawParams::from_pairs(pairs.iter().map(own).collect()).unwrap()
    }

    #[test]
    fn one_address_alone_that_is_no_pushed_request_is_looked_at() {
        let uri = ("request_uri", "https://rp.example/r.jwt");
        assert_eq!(foreign(&params(&[uri])), Some(uri.1));
        assert_eq!(foreign(&params(&[])), None);
        assert_eq!(foreign(&params(&[uri, uri])), None);
        assert_eq!(foreign(&params(&[uri, ("request", "a.b.c")])), None);
        let pushed = format!("{PREFIX}abc");
        assert_eq!(foreign(&params(&[("request_uri", pushed.as_str())])), None);
    }

    #[test]
    fn from_then_on_the_request_is_the_object_and_nothing_that_stood_beside_it() {
        assert_eq!(with_object("a&b", "x.y.z"), "client_id=a%26b&request=x.y.z");
        assert_eq!(with_object("a", "x&scope=*"), "client_id=a&request=x%26scope%3D%2A");
    }
}
