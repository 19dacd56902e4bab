//! Pushed authorization requests (RFC 9126): what a client sends from its back end goes through the same checks as what
//! a browser brings, and comes back as a reference that is good for one browser and one answer. Must not know how the
//! reference is sealed, nor where its uses are remembered.

use super::checks::check_on;
use super::identify::{client_id, identify};
use super::request::Way;
use crate::client_auth::AuthenticatedClient;
use crate::grant::context::Context;
use crate::realm::Profile;
use crate::single_use::SingleUse;
use grantd_jose::Thumbprint;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::{Entropy, ErrorCode, OAuthError, RawParams, Seconds, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What every `request_uri` of this server begins with (section 2.2).
pub const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// The parameters of a pushed request together, in bytes: its reference contains them, and must fit into an address.
pub const MAX_PUSHED: usize = 4096;
/// After a browser has opened a request, its user has this long, as with every form.
const OPEN_LIFETIME: Seconds = Seconds(3600);
/// Characters of a request's name: 190 bits.
const ID_CHARS: usize = 32;
/// What proves the client and is no part of the request (section 2.1).
const CREDENTIALS: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// A pushed request, as its reference carries it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PushedRequest {
    id: String,
    client_id: String,
    params: Vec<(String, String)>,
    signed: bool,
    made_at: Timestamp,
    expires_at: Timestamp,
}

/// What a client pushes.
#[derive(Clone, Copy, Debug)]
pub struct Push<'a> {
    /// The parameters, those of a request object already unpacked.
    pub params: &'a RawParams,
    /// Whether they were signed.
    pub signed: bool,
    /// The key of the proof that came along (RFC 9449 section 10.1).
    pub proved_key: Option<Thumbprint>,
}

/// Decides a push.
///
/// # Errors
/// Whatever the authorization endpoint would say of the request; `invalid_request` for a `request_uri` in it, and under
/// FAPI 2.0 for none of `redirect_uri`; `invalid_dpop_proof` for a `dpop_jkt` that is not the key of the proof.
pub fn push(
    push: &Push<'_>,
    client: &AuthenticatedClient,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<PushedRequest, OAuthError> {
    if push.params.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("request_uri must not be pushed"));
    }
    // FAPI 2.0 section 5.3.2.2: also where there is only one to choose from.
    if context.realm.profile == Profile::Fapi2 && push.params.get("redirect_uri").is_none() {
        return Err(OAuthError::invalid_request("redirect_uri is missing"));
    }
    let mut pairs = vec![("client_id".to_owned(), client.client_id.to_string())];
    // A parameter without a value counts as absent (RFC 6749 section 3.1).
    let is_own = |(name, value): &(&str, &str)| !CREDENTIALS.contains(name) && !value.is_empty();
    let own = push.params.iter().filter(is_own);
    pairs.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if let Some(key) = push.proved_key.map(|key| key.to_string()) {
        match push.params.get("dpop_jkt") {
            None => pairs.push(("dpop_jkt".to_owned(), key)),
            Some(named) if named == key => {}
            Some(_) => {
                let sentence = "dpop_jkt is not the key of the DPoP proof";
                return Err(OAuthError::new(ErrorCode::InvalidDpopProof, sentence));
            }
        }
    }
    let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + 8).sum();
    if bytes > MAX_PUSHED {
        return Err(OAuthError::invalid_request("the request is longer than 4096 bytes"));
    }
    let params = RawParams::from_pairs(pairs.clone()).map_err(crate::grant::params::refuse_params)?;
    let identified = identify(&params, Some(Arc::clone(client.record())))?;
    let way = Way {
        pushed: true,
        signed: push.signed,
    };
    check_on(way, identified, &params, context).map_err(|refused| refused.error)?;
    Ok(PushedRequest {
        id: draw_alphanumeric(entropy, ID_CHARS),
        client_id: client.client_id.to_string(),
        params: pairs,
        signed: push.signed,
        made_at: context.now,
        expires_at: context.now.plus(context.realm.pushed.lifetime),
    })
}

impl PushedRequest {
    /// The parameters, for the client that pushed them. What stands beside `request_uri` in the address is ignored
    /// (RFC 9101 section 6.3), but for `client_id`, which must be there and the same.
    ///
    /// # Errors
    /// For the page: `client_id` is missing, or another client's.
    pub fn params(&self, beside: &RawParams) -> Result<RawParams, OAuthError> {
        if *client_id(beside)? != *self.client_id {
            return Err(UNKNOWN);
        }
        RawParams::from_pairs(self.params.clone()).map_err(crate::grant::params::refuse_params)
    }

    /// How the request came.
    #[must_use]
    pub const fn way(&self) -> Way {
        Way {
            pushed: true,
            signed: self.signed,
        }
    }

    /// That its answer is given once.
    #[must_use]
    pub fn answered(&self, realm: &str) -> SingleUse {
        SingleUse::pushed(realm, &self.id, self.end())
    }

    /// That it was opened, and that it was opened by this browser: both are remembered at the first time.
    #[must_use]
    pub fn opened(&self, realm: &str, browser: &str) -> [SingleUse; 2] {
        [
            SingleUse::opened(realm, &self.id, "", self.end()),
            SingleUse::opened(realm, &self.id, browser, self.end()),
        ]
    }

    /// Whether a browser may still open it for the first time.
    #[must_use]
    pub fn may_be_opened(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether the browser that opened it in time may go on with it.
    #[must_use]
    pub fn may_go_on(&self, now: Timestamp) -> bool {
        now < self.end()
    }

    /// Seconds until it can no longer be opened, as the reply says it.
    #[must_use]
    pub fn expires_in(&self) -> u64 {
        self.expires_at.seconds_since(self.made_at)
    }

    fn end(&self) -> Timestamp {
        self.expires_at.plus(OPEN_LIFETIME)
    }
}

/// What the page says of a reference that is not this server's, not this client's, over, or another browser's.
pub const UNKNOWN: OAuthError = OAuthError::new(
    ErrorCode::InvalidRequestUri,
    "this authorization request is unknown, expired or was opened elsewhere",
);

#[cfg(test)]
mod tests;
