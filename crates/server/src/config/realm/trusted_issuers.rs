//! Reading `[[trusted_issuers]]`: which other servers vouch for users, and how far each is trusted (RFC 7523, and the
//! identity assertion grant of companies' own logins).

use super::catalogue::SCOPE;
use super::client_keys::JWKS;
use super::issuer::Addresses;
use super::resources::{IDENTIFIER, Resources};
use super::token_exchange::{declared, scopes_are_known};
use crate::config::kind::{Choice, ListOf, Span, Text};
use crate::config::section::Section;
use grantd_core::permission::Catalogue;
use grantd_core::realm::TrustedIssuer;
use grantd_protocol::web::WebUrl;
use serde_json::json;
use std::sync::Arc;

const PROFILES: Choice<bool> = Choice(&[("id-jag", true), ("jwt", false)]);
const USER_BY: Choice<bool> = Choice(&[("username", false), ("id", true)]);
/// A second to an hour: an assertion is used at once.
const LIFETIME: Span = Span { least: 1, most: 3600 };

/// Reads the tables. What has mistakes of its own (catalogue, resources, addresses) is not judged again here.
pub(super) fn read(
    section: &mut Section<'_>,
    catalogue: Option<&Catalogue>,
    resources: Option<&Resources>,
    addresses: Option<&Addresses>,
) -> Option<Vec<TrustedIssuer>> {
    let doc = "Other servers that vouch for users (RFC 7523): whose people, to which clients, for what.";
    let rows = section.each("trusted_issuers", doc, |section| {
        row(section, catalogue, resources, addresses)
    })?;
    let is_twice = |row: &TrustedIssuer| rows.iter().filter(|other| other.issuer == row.issuer).count() > 1;
    if let Some(row) = rows.iter().find(|row| is_twice(row)) {
        let message = format!("\"{}\" is there twice, and only one of them would count", row.issuer);
        section.problem("trusted_issuers", message, None);
        return None;
    }
    Some(rows)
}

fn row(
    section: &mut Section<'_>,
    catalogue: Option<&Catalogue>,
    resources: Option<&Resources>,
    addresses: Option<&Addresses>,
) -> Option<TrustedIssuer> {
    let issuer = section.required("issuer", "What its assertions say as iss, byte for byte.", &Text);
    let keys = keys(section);
    let audience = section.optional(
        "audience",
        "What they say as aud; this realm's issuer when absent.",
        &Text,
    );
    let profile = section.or(
        "profile",
        "\"id-jag\" for identity assertion grants, which name their client; \"jwt\" for plain assertions.",
        &PROFILES,
        "id-jag",
    );
    let user_claim = section.or("user_claim", "The claim that says who the user is.", &Text, "email");
    let user_by = section.or(
        "user_by",
        "Whether that is a username or a user's id here.",
        &USER_BY,
        "username",
    );
    let doc = "The one tenant whose people it vouches for; without, users must be in exactly one.";
    let tenant = section.optional("tenant", doc, &Text);
    let doc = "To which clients: ids, or \"*\" for all that may use the grant.";
    let clients = section.required("clients", doc, &ListOf(Text));
    let doc = "For which of [[resources]]; all when empty.";
    let targets = section.or("resources", doc, &ListOf(IDENTIFIER), json!([]));
    let doc = "The most that comes of it: scopes and patterns.";
    let scopes = section.required("scopes", doc, &ListOf(SCOPE));
    let doc = "How far in the future the exp of an assertion may lie.";
    let max_lifetime = section.or("max_lifetime", doc, &LIFETIME, "5m");
    let (issuer, scopes) = (issuer?, scopes?);
    if addresses.is_some_and(|own| *own.issuer == *issuer || own.aliases.iter().any(|alias| **alias == *issuer)) {
        section.problem("issuer", "is this realm itself", None);
        return None;
    }
    let targets = declared(section, &targets?, resources)?;
    let known = scopes_are_known(section, &scopes, catalogue);
    let (jwks, jwks_uri) = keys?;
    let clients: Vec<Arc<str>> = clients?.into_iter().map(Arc::from).collect();
    if clients.iter().any(|one| &**one == "*") {
        section.loosens(
            "clients",
            "every client that may use the grant gets tokens by this issuer's word",
        );
    }
    known.then_some(TrustedIssuer {
        issuer: issuer.into(),
        jwks,
        jwks_uri,
        audience: audience?.map(Arc::from),
        id_jag: profile?,
        user_claim: user_claim?,
        names_ids: user_by?,
        tenant: tenant?.map(Arc::from),
        clients,
        resources: targets,
        scopes: scopes.iter().map(String::as_str).collect(),
        max_lifetime: max_lifetime?,
    })
}

/// Its keys, by value or at an address: one of the two.
fn keys(section: &mut Section<'_>) -> Option<(Option<grantd_jose::JwkSet>, Option<String>)> {
    let jwks = section.optional("jwks", "Its public keys as a JWK set.", &JWKS);
    let uri = section.optional("jwks_uri", "Where its public keys are, instead of jwks.", &Text);
    let (jwks, uri) = (jwks?, uri?);
    if jwks.is_some() == uri.is_some() {
        section.problem("issuer", "needs its keys: jwks or jwks_uri, one of the two", None);
        return None;
    }
    if let Some(Err(error)) = uri.as_deref().map(WebUrl::parse) {
        section.problem("jwks_uri", error.to_string(), None);
        return None;
    }
    Some((jwks, uri))
}
