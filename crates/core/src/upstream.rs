//! Login at another provider (OpenID Connect Core, as its relying party): what the provider is asked, which of its answers
//! count, and who the user is here. Must not know how anything is fetched, sealed or shown.

mod admit;
mod id_token;
pub mod kept;
mod metadata;

pub use admit::{Admitted, Found, Turned, admit, holder_key, link_key, own_name, person};
pub use id_token::{Expected, Flaw, Identity, read};
pub use metadata::Metadata;

use crate::authorize::AuthorizationRequest;
use crate::authorize::response::with_query;
use crate::handover::Handed;
use crate::realm::{OpenidPolicy, Upstream};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::{Entropy, RawParams, Seconds, Timestamp};
use serde::{Deserialize, Serialize};

/// Characters of a nonce and of a PKCE verifier: more than 256 bits.
const RANDOM_CHARS: usize = 48;
/// The longest code that is passed on, in bytes.
const MAX_CODE: usize = 4096;
/// How far the provider's clock may be behind, for a login that must be a new one.
const LEEWAY: Seconds = Seconds(30);
/// Any provider says when the user proved who they are where it is asked for an age (OpenID Connect Core section 3.1.2.1): a
/// year.
const ANY_AGE: Seconds = Seconds(31_536_000);
/// How old a login counts as whose provider does not say: no page that wants a fresh one takes it for one.
const UNSAID: Seconds = Seconds(3600);

/// How long ago the user may have proved who they are to the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// At any time.
    Any,
    /// No longer ago than this.
    Within(Seconds),
    /// For this very login.
    New,
}

impl Freshness {
    /// What an authorization request wants. Where it wishes for a level that can be reached, only a new login tells whether
    /// the user can reach it.
    #[must_use]
    pub fn of(asked: &AuthorizationRequest, policy: &OpenidPolicy) -> Self {
        let level = asked.level.as_ref().filter(|wish| wish.is_attainable(policy));
        let wants_new = asked.prompt.login || asked.prompt.select_account || level.is_some();
        match asked.max_age {
            _ if wants_new => Self::New,
            Some(Seconds(0)) => Self::New,
            Some(max_age) => Self::Within(max_age),
            None => Self::Any,
        }
    }
}

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
    /// How old the login there may be.
    pub freshness: Freshness,
    /// Whether the provider shall have the user prove anew who they are.
    pub prompts: bool,
}

impl Attempt {
    /// A new one. Whoever has a session here (`again`) is there to prove it again, or to be somebody else.
    #[must_use]
    pub fn new(handed: Handed, upstream: &Upstream, freshness: Freshness, again: bool, entropy: &dyn Entropy) -> Self {
        Self {
            handed,
            upstream: upstream.name.to_string(),
            nonce: draw_alphanumeric(entropy, RANDOM_CHARS),
            verifier: draw_alphanumeric(entropy, RANDOM_CHARS),
            freshness,
            prompts: again || freshness == Freshness::New,
        }
    }

    /// The authorization request, as the browser carries it; `state` is this attempt, sealed.
    #[must_use]
    pub fn request(&self, upstream: &Upstream, metadata: &Metadata, redirect_uri: &str, state: String) -> String {
        let max_age = match self.freshness {
            Freshness::Within(max_age) => max_age,
            Freshness::Any | Freshness::New => ANY_AGE,
        };
        let mut members = vec![
            ("response_type", "code".to_owned()),
            ("client_id", upstream.client_id.clone()),
            ("redirect_uri", redirect_uri.to_owned()),
            ("scope", upstream.scopes.join(" ")),
            ("state", state),
            ("nonce", self.nonce.clone()),
            ("code_challenge", base64url_encode(sha256(self.verifier.as_bytes()))),
            ("code_challenge_method", "S256".to_owned()),
            ("max_age", max_age.get().to_string()),
        ];
        if self.prompts {
            members.push(("prompt", "login".to_owned()));
        }
        with_query(&metadata.authorization_endpoint, &members)
    }

    /// When the user proved who they are; `None` where that was too long ago, or the provider does not say and it matters.
    /// Where it does not matter yet, it was a while ago: nothing later that wants a fresh login is satisfied by it.
    #[must_use]
    pub fn proved_at(&self, identity: &Identity, now: Timestamp) -> Option<Timestamp> {
        let asked_at = self.handed.made_at;
        // Whole seconds say nothing of the rest, and clocks differ.
        let new = identity.at.filter(|at| at.plus(LEEWAY) >= asked_at);
        let new = new.map(|at| at.max(asked_at));
        match self.freshness {
            Freshness::Any => new.or(identity.at).or(Some(asked_at.minus(UNSAID))),
            Freshness::New => new,
            Freshness::Within(max_age) => new.or_else(|| identity.at.filter(|at| now <= at.plus(max_age))),
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

/// The methods (RFC 8176) of a login at a provider that a code typed here followed: two steps, whatever the first one was.
#[must_use]
pub fn with_code(methods: &[String]) -> Vec<String> {
    const CODE: [&str; 2] = ["otp", "mfa"];
    let kept = methods.iter().filter(|method| !CODE.contains(&method.as_str()));
    kept.cloned().chain(CODE.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests;
