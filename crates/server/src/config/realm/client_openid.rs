//! Reading what a demo client has of OpenID Connect and its neighbours beside its redirect URIs. What fits together is judged in the core.

use crate::config::kind::{Choice, Flag, ListOf, Text};
use crate::config::section::Section;
use grantd_core::record::{ClientOpenid, SubjectType};
use grantd_jose::Algorithm;
use serde_json::json;

const SUBJECTS: Choice<SubjectType> = Choice(&[("public", SubjectType::Public), ("pairwise", SubjectType::Pairwise)]);
const SIGNED: Choice<Algorithm> = super::tokens::ALGORITHMS;
/// What clients sign with.
const SIGNS: Choice<Algorithm> = Choice(&[
    ("ES256", Algorithm::ES256),
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("EdDSA", Algorithm::EdDSA),
    ("Ed25519", Algorithm::EdDSA),
    ("ES384", Algorithm::ES384),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
]);

/// Reads the keys that are there.
pub(super) fn read(section: &mut Section<'_>) -> Option<ClientOpenid> {
    let jwks_uri = section.optional("jwks_uri", "Where its public keys are, instead of jwks.", &Text);
    let request_uris = section.or(
        "request_uris",
        "Where its signed authorization requests may be fetched from.",
        &ListOf(Text),
        json!([]),
    );
    let subject_type = section.or(
        "subject_type",
        "How users are named to it: \"public\", or \"pairwise\" for names that only its sector gets.",
        &SUBJECTS,
        "public",
    );
    let sector = section.optional(
        "sector_identifier_uri",
        "Where the redirect URIs of its sector are listed.",
        &Text,
    );
    let signed = section.optional(
        "userinfo_signed_response_alg",
        "With what userinfo is signed for it; not signed when absent.",
        &SIGNED,
    );
    let answers = section.optional(
        "authorization_signed_response_alg",
        "With what answers to its authorization requests are signed where it asks for that.",
        &SIGNED,
    );
    let introspection = section.optional(
        "introspection_signed_response_alg",
        "With what answers to its introspection requests are signed; only where it asks for that when absent.",
        &SIGNED,
    );
    let assertions = section.optional(
        "token_endpoint_auth_signing_alg",
        "With what its assertions are signed, and nothing else; with whatever its keys can when absent.",
        &SIGNS,
    );
    let requests = section.optional(
        "request_object_signing_alg",
        "The same of its signed authorization requests.",
        &SIGNS,
    );
    let details = section.or(
        "authorization_details_types",
        "The types of [[authorization_details]] that it may ask for.",
        &ListOf(Text),
        json!([]),
    );
    let backchannel = section.optional(
        "backchannel_logout_uri",
        "Where this server tells it of a logout.",
        &Text,
    );
    let backchannel_session = section.or(
        "backchannel_logout_session_required",
        "Whether it needs the session's id there. It always gets it.",
        &Flag,
        false,
    );
    let frontchannel = section.optional(
        "frontchannel_logout_uri",
        "A page of its own that the user's browser loads at a logout.",
        &Text,
    );
    let frontchannel_session = section.or(
        "frontchannel_logout_session_required",
        "Whether that page gets the issuer and the session's id.",
        &Flag,
        false,
    );
    Some(ClientOpenid {
        jwks_uri: jwks_uri?,
        request_uris: request_uris?,
        subject_type: subject_type?,
        sector_identifier_uri: sector?,
        userinfo_signed_response_alg: signed?,
        authorization_signed_response_alg: answers?,
        introspection_signed_response_alg: introspection?,
        token_endpoint_auth_signing_alg: assertions?,
        request_object_signing_alg: requests?,
        authorization_details_types: details?,
        backchannel_logout_uri: backchannel?,
        backchannel_logout_session_required: backchannel_session?,
        frontchannel_logout_uri: frontchannel?,
        frontchannel_logout_session_required: frontchannel_session?,
    })
}
