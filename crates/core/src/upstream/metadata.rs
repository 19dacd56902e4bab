//! What a provider publishes of itself (OpenID Connect Discovery section 3). It is believed about the issuer that was asked
//! for and no other.

use crate::realm::Upstream;
use grantd_jose::strict_json::{Limits, object_from_slice};
use serde_json::{Map, Value};

/// The parts that matter here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metadata {
    /// Where the browser goes.
    pub authorization_endpoint: String,
    /// Where codes are redeemed.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Whether its answers name their issuer (RFC 9207 section 3).
    pub names_issuer: bool,
    /// Whether it takes the secret in the form alone, and not as HTTP Basic, which all do that say nothing.
    pub wants_secret_in_form: bool,
}

impl Metadata {
    /// Reads a document; `None` for one that is another issuer's, or lacks something.
    #[must_use]
    pub fn read(body: &[u8], upstream: &Upstream) -> Option<Self> {
        let members = object_from_slice(body, Limits::default()).ok()?;
        if *text(&members, "issuer")? != *upstream.issuer {
            return None;
        }
        Some(Self {
            authorization_endpoint: address(&members, "authorization_endpoint", upstream)?,
            token_endpoint: address(&members, "token_endpoint", upstream)?,
            jwks_uri: address(&members, "jwks_uri", upstream)?,
            names_issuer: members.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
            wants_secret_in_form: takes(&members, "client_secret_post") && !takes(&members, "client_secret_basic"),
        })
    }
}

fn takes(members: &Map<String, Value>, method: &str) -> bool {
    let methods = members
        .get("token_endpoint_auth_methods_supported")
        .and_then(Value::as_array);
    methods.is_some_and(|methods| methods.iter().any(|one| one == method))
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}

/// An address of the provider's. Over plain http nothing is believed, but of one that is on this very computer itself.
fn address(members: &Map<String, Value>, name: &str, upstream: &Upstream) -> Option<String> {
    let address = text(members, name)?;
    let scheme = upstream.issuer.split_once("://")?.0;
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic()) && !address.contains('#');
    let is_its_kind = address
        .split_once("://")
        .is_some_and(|(own, _)| own == "https" || own == scheme);
    (is_plain && is_its_kind).then(|| address.to_owned())
}
