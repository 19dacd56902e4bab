//! Another server whose word about users counts (RFC 7523 section 2.1). A rule as a value, no decision.

use grantd_jose::JwkSet;
use grantd_protocol::{ScopeSet, Seconds};
use std::sync::Arc;

/// One issuer of assertions, and how far it is trusted.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// `iss`, byte for byte.
    pub issuer: Arc<str>,
    /// Its keys by value.
    pub jwks: Option<JwkSet>,
    /// Where its keys are, where they are not given by value.
    pub jwks_uri: Option<String>,
    /// The one `aud`, where it is not the issuer identifier that is addressed.
    pub audience: Option<Arc<str>>,
    /// Whether its assertions are identity assertion grants (ID-JAG), which name their client; plain ones otherwise.
    pub id_jag: bool,
    /// The claim that says who the user is.
    pub user_claim: String,
    /// Whether that is a user's id here; a username otherwise.
    pub names_ids: bool,
    /// The one tenant whose people it vouches for.
    pub tenant: Option<Arc<str>>,
    /// To which clients: ids, `*` for all that may use the grant.
    pub clients: Vec<Arc<str>>,
    /// For which resources, in declared spelling; all of the realm's where empty.
    pub resources: Vec<Arc<str>>,
    /// The most that comes of it: scopes and patterns.
    pub scopes: ScopeSet,
    /// How far in the future the `exp` of an assertion may lie.
    pub max_lifetime: Seconds,
}
