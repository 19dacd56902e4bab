//! What clients prove with their keys: assertions, pushed and signed requests, bound tokens. Rules as values, no decision.

use grantd_protocol::Seconds;

/// Which assertions of clients are accepted (RFC 7523 section 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AssertionPolicy {
    /// How long after its `exp` one still counts.
    pub leeway: Seconds,
    /// How far in the future its `exp` may lie.
    pub max_lifetime: Seconds,
    /// Whether `aud` may be the token endpoint's URL instead of the issuer: a named loosening for clients of OpenID
    /// Connect Core's older rule.
    pub token_endpoint_audience: bool,
}

impl Default for AssertionPolicy {
    fn default() -> Self {
        Self {
            leeway: Seconds(0),
            max_lifetime: Seconds(3600),
            token_endpoint_audience: false,
        }
    }
}

/// How authorization requests are pushed (RFC 9126).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PushedPolicy {
    /// Whether a request that was not pushed is refused, whoever sends it.
    pub required: bool,
    /// How long after the push a browser may come with it: 60 to 600 seconds.
    pub lifetime: Seconds,
}

impl Default for PushedPolicy {
    fn default() -> Self {
        Self {
            required: false,
            lifetime: Seconds(90),
        }
    }
}

/// Which signed authorization requests are accepted (RFC 9101).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RequestObjectPolicy {
    /// Whether a request that is not signed is refused, whoever sends it.
    pub required: bool,
    /// Whether the header must say `typ: oauth-authz-req+jwt` (section 10.8).
    pub typ_required: bool,
}

/// What certificates of clients are good for (RFC 8705).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MtlsPolicy {
    /// Whether they prove clients and bind tokens. Otherwise a certificate is looked at by nobody.
    pub enabled: bool,
}

/// How tokens are bound to keys (RFC 9449).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DpopPolicy {
    /// Whether every token is bound, whoever asks for it.
    pub required: bool,
    /// Whether a proof must carry a nonce of this server (section 8).
    pub nonces: bool,
}
