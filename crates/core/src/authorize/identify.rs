//! The first two questions: which client, and is this redirect URI one of its own. Until both are answered nothing
//! may be sent anywhere: the user sees a page of this server, with status 400 (OAuth 2.1 section 4.1.2.1).

use crate::record::ClientRecord;
use grantd_protocol::redirect_uri::matches;
use grantd_protocol::{OAuthError, RawParams};
use std::sync::Arc;

/// A redirect URI that its client registered. Only [`identify`] makes one (and a stored code's, when read back).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisteredRedirect(String);

impl RegisteredRedirect {
    /// The URI as the request sent it: with a loopback port of its own, where that is allowed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a request whose answer goes nowhere through a browser: a device asks for it. It is like no registered one.
    pub(super) const fn nowhere() -> Self {
        Self(String::new())
    }
}

/// A request whose client and redirect URI are certain; errors may go to the client from here on.
#[derive(Clone, Debug)]
pub struct Identified {
    /// The client.
    pub client: Arc<ClientRecord>,
    /// Where the answer goes.
    pub redirect: RegisteredRedirect,
}

/// Unknown, disabled and forbidden look alike.
const UNKNOWN_CLIENT: OAuthError = OAuthError::invalid_client("this application is not known here");
const BAD_REDIRECT: OAuthError =
    OAuthError::invalid_request("the application asked to return to an address that it has not registered");

/// The `client_id` to look up.
///
/// # Errors
/// For the page: it is missing or there are two.
pub fn client_id(params: &RawParams) -> Result<&str, OAuthError> {
    if params.is_repeated("client_id") {
        return Err(OAuthError::invalid_request("client_id was sent twice"));
    }
    params.get("client_id").ok_or(UNKNOWN_CLIENT)
}

/// Decides who asks and where the answer may go.
///
/// # Errors
/// For the page, never for a redirect.
pub fn identify(params: &RawParams, client: Option<Arc<ClientRecord>>) -> Result<Identified, OAuthError> {
    let client = client.filter(|client| client.enabled).ok_or(UNKNOWN_CLIENT)?;
    if params.is_repeated("redirect_uri") {
        return Err(BAD_REDIRECT);
    }
    let redirect = match (params.get("redirect_uri"), client.redirect_uris.as_slice()) {
        (Some(sent), registered) => {
            let is_registered = registered.iter().any(|uri| matches(uri, sent, client.application_type));
            is_registered.then(|| sent.to_owned()).ok_or(BAD_REDIRECT)?
        }
        (None, [only]) => only.clone(),
        (None, _) => return Err(BAD_REDIRECT),
    };
    Ok(Identified {
        client,
        redirect: RegisteredRedirect(redirect),
    })
}

#[cfg(test)]
mod tests;
