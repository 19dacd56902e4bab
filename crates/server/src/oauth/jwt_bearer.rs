//! Assertions about users at the token endpoint (RFC 7523 section 2.1): the issuer's keys, the user out of the store. What
//! an assertion is good for is decided in the core.

use crate::client_keys;
use crate::error::Failure;
use crate::interaction::facts;
use crate::request::Request;
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::grant::Context;
use grantd_core::grant::jwt_bearer::{Asserted, Facts, Request as Asked, User};
use grantd_core::record::client::GrantType;
use grantd_store::Store;

/// What the assertion of a request says, if it is good. Keys are fetched for clients alone that may use the grant.
///
/// # Errors
/// Those of [`Asked::read`]; a limit where somebody makes this server fetch too often.
pub async fn read<'r>(
    request: &Request<'_>,
    asked: &Asked,
    client: &AuthenticatedClient,
    context: &Context<'r>,
) -> Result<Asserted<'r>, Failure> {
    let may_ask = client.may_use(GrantType::JwtBearer) && !client.is_public();
    let uri = asked
        .issuer(context.realm)
        .and_then(|issuer| issuer.jwks_uri.as_deref());
    let keys = match uri.filter(|_| may_ask) {
        Some(uri) => {
            let wanted = asked.key_id();
            client_keys::at(request, uri, |key| wanted.is_none() || key.kid() == wanted.as_deref()).await?
        }
        None => None,
    };
    Ok(asked.read(client, keys.as_ref(), context)?)
}

/// The user that it names, and what there is of them.
///
/// # Errors
/// When the store does not answer.
pub async fn facts_of(
    request: &Request<'_>,
    asserted: &Asserted<'_>,
    client: &AuthenticatedClient,
) -> Result<Facts, Failure> {
    let (store, realm) = (&request.app.store, request.realm.name());
    let user = match asserted.user() {
        User::Id(id) => store.user(realm, id).await?,
        User::Name(key) => store.user_by_key(realm, &key).await?,
    };
    let Some(user) = user else {
        return Ok(Facts::default());
    };
    let mut grants = store.grants_of(realm, &user.id).await?;
    grants.retain(|grant| grant.client_id == client.client_id);
    let mut sessions = Vec::new();
    for id in grants.iter().filter_map(|grant| grant.session) {
        sessions.extend(store.session(id).await?.map(|facts| facts.session));
    }
    let memberships = store.memberships(realm, &user.id).await?;
    Ok(Facts {
        apps: facts::apps(request, &memberships, &user.id, client).await?,
        memberships,
        user: Some(user),
        grants,
        sessions,
    })
}
