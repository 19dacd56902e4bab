//! Login at another provider (OpenID Connect Core, as its relying party): what the provider is asked, which of its answers
//! count, and who the user is here. Whoever logs in there is known by issuer and subject together, never by a mail address.
//! Must not know how anything is fetched, sealed or shown.

mod admit;
mod id_token;
mod metadata;

pub use admit::{Admitted, admit, user_id};
pub use id_token::{Expected, Flaw, Identity, read};
pub use metadata::Metadata;

use crate::authorize::response::with_query;
use crate::handover::Handed;
use crate::realm::Upstream;
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::{Entropy, RawParams, Timestamp};
use serde::{Deserialize, Serialize};

/// Characters of a nonce and of a PKCE verifier: more than 256 bits.
const RANDOM_CHARS: usize = 48;
/// The longest code that is passed on, in bytes.
const MAX_CODE: usize = 4096;

/// One login at a provider under way: what `state` stands for. It has no `Debug`, for it holds secrets.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// For which browser, and where it goes on.
    pub handed: Handed,
    /// The provider's name.
    pub upstream: String,
    /// What the ID token must repeat.
    pub nonce: String,
    /// What proves at the token endpoint that the code is this attempt's (RFC 7636).
    pub verifier: String,
}

impl Attempt {
    /// A new one.
    #[must_use]
    pub fn new(handed: Handed, upstream: &Upstream, entropy: &dyn Entropy) -> Self {
        Self {
            handed,
            upstream: upstream.name.to_string(),
            nonce: draw_alphanumeric(entropy, RANDOM_CHARS),
            verifier: draw_alphanumeric(entropy, RANDOM_CHARS),
        }
    }

    /// The authorization request, as the browser carries it; `state` is this attempt, sealed. `more` are wishes of the
    /// request that led here.
    #[must_use]
    pub fn request(
        &self,
        upstream: &Upstream,
        metadata: &Metadata,
        redirect_uri: &str,
        state: String,
        more: &[(&'static str, String)],
    ) -> String {
        let mut members = vec![
            ("response_type", "code".to_owned()),
            ("client_id", upstream.client_id.clone()),
            ("redirect_uri", redirect_uri.to_owned()),
            ("scope", upstream.scopes.join(" ")),
            ("state", state),
            ("nonce", self.nonce.clone()),
            ("code_challenge", base64url_encode(sha256(self.verifier.as_bytes()))),
            ("code_challenge_method", "S256".to_owned()),
        ];
        members.extend_from_slice(more);
        with_query(&metadata.authorization_endpoint, &members)
    }

    /// When the user proved who they are. Where the provider does not say, it was before the login was asked for: no request
    /// that wants a fresh one is satisfied by it. Whole seconds say nothing of the rest.
    #[must_use]
    pub fn proved_at(&self, identity: &Identity) -> Timestamp {
        let asked_at = self.handed.made_at;
        match identity.at {
            Some(at) if at.secs() == asked_at.secs() => asked_at,
            Some(at) => at,
            None => Timestamp::from_millis(asked_at.millis() - 1),
        }
    }

    /// The form for the token endpoint.
    #[must_use]
    pub fn redemption<'a>(&'a self, code: &'a str, redirect_uri: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", &self.verifier),
        ]
    }
}

/// What the browser brings back from a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Callback {
    /// A code.
    Code(String),
    /// The user, or the provider, said no.
    Refused,
    /// Nothing that counts: another provider's answer, or none at all.
    Unusable,
}

impl Callback {
    /// Reads it. The answer of another provider is none (RFC 9207): it would be redeemed at the wrong one.
    #[must_use]
    pub fn read(params: &RawParams, upstream: &Upstream, metadata: &Metadata) -> Self {
        let named = params.get("iss");
        let is_its = match named {
            Some(named) => *named == *upstream.issuer,
            None => !metadata.names_issuer,
        };
        let is_repeated = ["code", "error", "iss", "state"]
            .iter()
            .any(|name| params.is_repeated(name));
        if !is_its || is_repeated {
            return Self::Unusable;
        }
        match (params.get("code"), params.get("error")) {
            (Some(code), None) if (1..=MAX_CODE).contains(&code.len()) => Self::Code(code.to_owned()),
            (None, Some(_)) => Self::Refused,
            _ => Self::Unusable,
        }
    }
}

#[cfg(test)]
mod tests;
