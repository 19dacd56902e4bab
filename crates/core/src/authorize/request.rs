//! An authorization request after every check: values that can be trusted to be well-formed and the client's own.

use super::checks::blank;
use super::identify::{Identified, RegisteredRedirect};
use super::level::LevelWish;
use crate::grant::context::Context;
use crate::realm::tightenings::Tightening;
use crate::record::ClientRecord;
use crate::record::ReleasedClaims;
use crate::record::details::AuthorizationDetails;
use crate::single_use::SingleUse;
use grantd_jose::Thumbprint;
use grantd_protocol::pkce::CodeChallenge;
use grantd_protocol::{ScopeSet, Seconds};
use std::sync::Arc;

/// One request that passed all checks.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// The client.
    pub client: Arc<ClientRecord>,
    /// Where the answer goes.
    pub redirect: RegisteredRedirect,
    /// `state`, byte for byte.
    pub state: Option<String>,
    /// How the answer goes there.
    pub response_mode: ResponseMode,
    /// What is asked, within the catalogue and the client's bounds; no role has bounded it yet.
    pub scope: ScopeSet,
    /// The PKCE challenge.
    pub challenge: Option<CodeChallenge>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// The resources in declared spelling, space-separated; the realm's default where none was named.
    pub resource: Arc<str>,
    /// `prompt`.
    pub prompt: Prompt,
    /// `max_age`.
    pub max_age: Option<Seconds>,
    /// The level of authentication that it wishes for.
    pub level: Option<LevelWish>,
    /// The single claims that it wishes for, within what the client may ever have.
    pub claims: ReleasedClaims,
    /// The scopes that stand for those claims and are not asked for by themselves: they are shown and allowed, but no token
    /// has them.
    pub claim_scope: ScopeSet,
    /// The `sub` that its user must have.
    pub subject: Option<String>,
    /// What is asked in detail.
    pub details: Option<AuthorizationDetails>,
    /// `login_hint`.
    pub login_hint: Option<String>,
    /// `ui_locales`.
    pub ui_locales: Option<String>,
    /// `id_token_hint`, unverified.
    pub id_token_hint: Option<String>,
    /// The tenant that the request names, if any.
    pub tenant: Option<String>,
    /// `dpop_jkt`: the key that the code will be bound to (RFC 9449 section 10).
    pub jkt: Option<Thumbprint>,
    /// How the request came.
    pub way: Way,
    /// What its answer spends.
    pub used: Vec<SingleUse>,
    /// The rules that are tried out and that it breaks: they count once a user has allowed it.
    pub broken: Vec<Tightening>,
    /// The issuer identifier that was addressed.
    pub issuer: Arc<str>,
}

impl AuthorizationRequest {
    /// One that nobody made and that asks for nothing yet: for showing what a page would say.
    #[must_use]
    pub fn never_made(identified: Identified, context: &Context<'_>) -> Self {
        blank(identified, context)
    }

    /// Everything that is shown and allowed: what is asked, and what stands for single claims.
    #[must_use]
    pub fn shown_scope(&self) -> ScopeSet {
        self.scope.union(&self.claim_scope)
    }
}

/// How a request came: in the browser's address with nothing to vouch for it, unless it says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Way {
    /// Its client pushed it (RFC 9126).
    pub pushed: bool,
    /// Its client signed it (RFC 9101).
    pub signed: bool,
}

/// How the answer travels (OAuth 2.0 Multiple Response Types, Form Post Response Mode, JARM).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ResponseMode {
    /// In the redirect URI's query.
    #[default]
    Query,
    /// As a form that the browser posts.
    FormPost,
    /// In the query, as a signed JWT.
    QueryJwt,
    /// As a form with a signed JWT.
    FormPostJwt,
}

impl ResponseMode {
    /// Every mode, with the names that ask for it. Nothing ever travels in a fragment, where `jwt` alone would put it for
    /// other response types.
    pub const NAMED: &'static [(&'static str, Self)] = &[
        ("query", Self::Query),
        ("form_post", Self::FormPost),
        ("jwt", Self::QueryJwt),
        ("query.jwt", Self::QueryJwt),
        ("form_post.jwt", Self::FormPostJwt),
    ];

    /// Whether the answer is signed (JARM section 2.3).
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FormPostJwt)
    }

    /// Whether the answer is a form.
    #[must_use]
    pub const fn is_form(self) -> bool {
        matches!(self, Self::FormPost | Self::FormPostJwt)
    }
}

/// `prompt` (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Prompt {
    /// No page may be shown.
    pub none: bool,
    /// The user must log in, even with a session.
    pub login: bool,
    /// The user must be asked, even with a grant.
    pub consent: bool,
    /// The user must be able to choose another account.
    pub select_account: bool,
}
