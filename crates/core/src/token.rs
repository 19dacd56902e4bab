//! Tokens once a grant is approved: how they are minted, described to resource servers, and ended.

mod broker;
pub mod by_hand;
pub mod claims;
pub mod credential;
pub mod introspect;
pub mod mint;
pub mod revoke;
pub mod user_claims;
pub mod userinfo;
pub mod why_not;

/// Claims that tokens have of their own (RFC 9068 section 2.2, OpenID Connect Core section 2, RFC 7662): neither a user's to
/// carry nor free for what a realm calls its tenants.
pub const OWN_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "sid",
    "scope",
    "client_id",
    "cnf",
    "act",
    "active",
    "token_type",
];
