//! Reading what concerns clients' keys: `[client_assertion]`, `[pushed_requests]`, `[request_objects]`, `[dpop]`, and the
//! keys and duties of demo clients.

use crate::config::kind::{Flag, Parsed, Sensitive, Span, Text};
use crate::config::section::Section;
use grantd_core::client_auth::private_key_jwt::KEY_RULES;
use grantd_core::realm::{AssertionPolicy, DpopPolicy, PushedPolicy, RequestObjectPolicy};
use grantd_core::record::certificate_subject::MEMBERS;
use grantd_core::record::{CertificateSubject, ClientDuties};
use grantd_jose::{Jwk, JwkSet};
use serde_json::{Map, Value};

/// A JWK set as JSON text.
pub(super) const JWKS: Parsed<JwkSet> = Parsed {
    parse: |text| JwkSet::parse_with(text.as_bytes(), KEY_RULES).map_err(|error| format!("is not a JWK set: {error}")),
    sample: "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"..\",\"y\":\"..\"}]}",
    pattern: "",
};
/// A private JWK as JSON text, of which only the public half goes any further than the announcement.
pub(super) const PRIVATE_JWK: Sensitive = Sensitive {
    check: |text| DemoKey::parse(text).map(|_| ()),
};

/// A demo client's own key, private half included: `grantd dev` announces it, so that the client can be tried.
#[derive(Clone)]
pub struct DemoKey {
    /// What is announced.
    pub announced: Map<String, Value>,
    /// What is registered.
    pub public: Jwk,
}

impl std::fmt::Debug for DemoKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("DemoKey").field(&self.public).finish()
    }
}

impl DemoKey {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let announced: Map<String, Value> = serde_json::from_str(text).map_err(|_| "must be a JSON object")?;
        let mut public = announced.clone();
        if public.remove("d").is_none() {
            return Err("must be a private key with a \"d\"");
        }
        for name in ["p", "q", "dp", "dq", "qi"] {
            public.remove(name);
        }
        let public = Jwk::from_value(&Value::Object(public)).map_err(|_| "must be a JWK that can sign")?;
        Ok(Self { announced, public })
    }
}

/// What a realm demands of clients' keys.
pub(super) struct KeyPolicies {
    pub(super) assertions: AssertionPolicy,
    pub(super) pushed: PushedPolicy,
    pub(super) request_objects: RequestObjectPolicy,
    pub(super) dpop: DpopPolicy,
}

/// Reads the four sections.
pub(super) fn policies(section: &mut Section<'_>) -> Option<KeyPolicies> {
    let doc = "What clients sign to prove who they are (private_key_jwt).";
    let assertions = section.section("client_assertion", doc, assertions);
    let doc = "Authorization requests that clients push first (RFC 9126).";
    let pushed = section.section("pushed_requests", doc, pushed);
    let doc = "Authorization requests that clients sign (RFC 9101).";
    let request_objects = section.section("request_objects", doc, request_objects);
    let doc = "Tokens that are bound to a key (RFC 9449).";
    let dpop = section.section("dpop", doc, dpop);
    Some(KeyPolicies {
        assertions: assertions?,
        pushed: pushed?,
        request_objects: request_objects?,
        dpop: dpop?,
    })
}

/// Reads `[client_assertion]`.
fn assertions(section: &mut Section<'_>) -> Option<AssertionPolicy> {
    let leeway = Span { least: 0, most: 60 };
    let leeway = section.or(
        "leeway",
        "How long after its exp an assertion still counts.",
        &leeway,
        "0s",
    );
    let lifetime = Span { least: 1, most: 86_400 };
    let max_lifetime = section.or(
        "max_lifetime",
        "How far in the future the exp of an assertion may lie.",
        &lifetime,
        "1h",
    );
    let token_endpoint_audience = section.or(
        "accept_token_endpoint_audience",
        "Whether aud may be the token endpoint's URL instead of the issuer (OpenID Connect's older rule).",
        &Flag,
        false,
    );
    if token_endpoint_audience == Some(true) {
        section.loosens(
            "accept_token_endpoint_audience",
            "an assertion that was made for another server's misleading metadata can be used here",
        );
    }
    Some(AssertionPolicy {
        leeway: leeway?,
        max_lifetime: max_lifetime?,
        token_endpoint_audience: token_endpoint_audience?,
    })
}

/// Reads `[pushed_requests]`.
fn pushed(section: &mut Section<'_>) -> Option<PushedPolicy> {
    let required = section.or(
        "required",
        "Whether an authorization request that was not pushed is refused.",
        &Flag,
        false,
    );
    let lifetime = Span { least: 60, most: 600 };
    let lifetime = section.or(
        "lifetime",
        "How long after the push a browser may come with it: 60 to 600 seconds.",
        &lifetime,
        "90s",
    );
    Some(PushedPolicy {
        required: required?,
        lifetime: lifetime?,
    })
}

/// Reads `[request_objects]`.
fn request_objects(section: &mut Section<'_>) -> Option<RequestObjectPolicy> {
    let required = section.or(
        "required",
        "Whether an authorization request that is not signed is refused.",
        &Flag,
        false,
    );
    let typ_required = section.or(
        "typ_required",
        "Whether the header must say typ: oauth-authz-req+jwt.",
        &Flag,
        false,
    );
    Some(RequestObjectPolicy {
        required: required?,
        typ_required: typ_required?,
    })
}

/// Reads `[dpop]`.
fn dpop(section: &mut Section<'_>) -> Option<DpopPolicy> {
    let required = section.or(
        "required",
        "Whether every token is bound to a key, whoever asks for it.",
        &Flag,
        false,
    );
    let nonces = section.or(
        "nonces",
        "Whether a proof must carry a nonce of this server.",
        &Flag,
        false,
    );
    Some(DpopPolicy {
        required: required?,
        nonces: nonces?,
    })
}

/// Reads the name that a demo client's certificate has.
#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
pub(super) fn certificate_subject(section: &mut Section<'_>) -> Option<Option<CertificateSubject>> {
    let mut values = [const { None }; MEMBERS.len()];
    for (value, member) in values.iter_mut().zip(MEMBERS) {
        *value = section.optional(member, "The name that its certificate has, for tls_client_auth.", &Text)?;
    }
    match CertificateSubject::of(values) {
        Ok(subject) => Some(subject),
        Err((member, says)) => {
            section.problem(member, says, None);
            None
        }
    }
}

/// Reads what a demo client is held to.
pub(super) fn duties(section: &mut Section<'_>) -> Option<ClientDuties> {
    let pushes = section.or(
        "require_pushed_authorization_requests",
        "Whether it must push its authorization requests.",
        &Flag,
        false,
    );
    let signs = section.or(
        "require_signed_request_object",
        "Whether it must sign its authorization requests.",
        &Flag,
        false,
    );
    let binds = section.or(
        "dpop_bound_access_tokens",
        "Whether its tokens must be bound to a key.",
        &Flag,
        false,
    );
    let binds_to_certificate = section.or(
        "tls_client_certificate_bound_access_tokens",
        "Whether its tokens must be bound to its certificate.",
        &Flag,
        false,
    );
    Some(ClientDuties {
        pushes: pushes?,
        signs: signs?,
        binds: binds?,
        binds_to_certificate: binds_to_certificate?,
    })
}
