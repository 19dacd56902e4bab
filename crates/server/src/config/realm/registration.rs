//! Reading `[registration]`: whether clients may register themselves (RFC 7591), and the most they may have.

use super::catalogue::{self, SCOPE};
use super::tokens::GRANT_TYPES;
use crate::config::kind::{Choice, ListOf, Span, Text};
use crate::config::section::Section;
use grantd_core::permission::Catalogue;
use grantd_core::record::client::GrantType;
use grantd_core::registration::{RegistrationMode, RegistrationPolicy, StatementIssuer};
use grantd_jose::JwkSet;
use grantd_protocol::ScopeSet;
use serde_json::json;

const MODES: Choice<RegistrationMode> = Choice(&[
    ("off", RegistrationMode::Off),
    ("open", RegistrationMode::Open),
    ("initial-access-token", RegistrationMode::InitialAccessToken),
    ("software-statement", RegistrationMode::SoftwareStatement),
]);
/// An hour at least: somebody may be about to log in.
const UNUSED: Span = Span {
    least: 3600,
    most: 1_900_000_000,
};
/// The most keys of one issuer of software statements.
const MAX_KEYS: usize = 20;

/// Reads the section. Without a catalogue (it has mistakes of its own) only the form of scopes is judged.
pub(super) fn read(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<RegistrationPolicy> {
    let doc = "Clients that register themselves (RFC 7591), as MCP clients do.";
    section.section("registration", doc, |section| {
        let mode = section.or(
            "mode",
            "Who may register: nobody, everybody, holders of a token that you hand out, or of a signed statement.",
            &MODES,
            "off",
        );
        let scopes = scopes(section, catalogue);
        let grant_types = section.or(
            "grant_types",
            "What such clients may do at the token endpoint.",
            &ListOf(GRANT_TYPES),
            json!(["authorization_code", "refresh_token"]),
        );
        let statement_issuers = section.each(
            "statement_issuers",
            "Whose software statements are believed.",
            statement_issuer,
        );
        let unused_lifetime = section.or(
            "unused_lifetime",
            "How long a registration stays that nobody uses and no program repeats.",
            &UNUSED,
            "90d",
        );
        let policy = RegistrationPolicy {
            unused_lifetime: Some(unused_lifetime?),
            mode: mode?,
            scopes: scopes?,
            grant_types: grant_types?,
            statement_issuers: statement_issuers?,
        };
        is_consistent(section, &policy).then_some(policy)
    })
}

fn scopes(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<ScopeSet> {
    let written = section.or(
        "scopes",
        "The most that such a client may ever be permitted: scopes and patterns.",
        &ListOf(SCOPE),
        json!([]),
    )?;
    let mut good = true;
    for (index, scope) in written.iter().enumerate() {
        if scope.starts_with("grantd:") {
            let message =
                format!("\"{scope}\": the server's own permissions are not for clients that nobody vouches for");
            section.problem_in("scopes", index, message, None);
            good = false;
        } else if let Some((message, fix)) = catalogue.and_then(|catalogue| catalogue::unknown(catalogue, scope)) {
            section.problem_in("scopes", index, message, fix);
            good = false;
        }
    }
    good.then(|| written.iter().map(String::as_str).collect())
}

fn statement_issuer(section: &mut Section<'_>) -> Option<StatementIssuer> {
    let issuer = section.required("issuer", "What the statement's `iss` says.", &Text)?;
    let written = section.required("jwks", "Its keys, as the JSON text of a JWK set.", &Text)?;
    match JwkSet::parse(written.as_bytes(), MAX_KEYS) {
        Ok(keys) if !keys.keys().is_empty() => Some(StatementIssuer { issuer, keys }),
        Ok(_) => {
            section.problem("jwks", "has no key", None);
            None
        }
        Err(error) => {
            section.problem("jwks", format!("is not a set of public keys: {error}"), None);
            None
        }
    }
}

fn is_consistent(section: &Section<'_>, policy: &RegistrationPolicy) -> bool {
    if !policy.is_on() {
        return true;
    }
    if policy.scopes.is_empty() {
        let fix = Some("name what such clients may be permitted, such as [\"openid\", \"invoices:read\"]".to_owned());
        section.problem(
            "scopes",
            "is empty, so nothing could be permitted to any such client",
            fix,
        );
        return false;
    }
    if policy.mode == RegistrationMode::SoftwareStatement && policy.statement_issuers.is_empty() {
        section.problem("statement_issuers", "is empty, so no statement would be believed", None);
        return false;
    }
    if policy.mode == RegistrationMode::Open && policy.grant_types.contains(&GrantType::ClientCredentials) {
        let fix = Some("use mode = \"initial-access-token\", or leave client_credentials out".to_owned());
        section.problem(
            "grant_types",
            "would give tokens to everybody, with no user to allow it",
            fix,
        );
        return false;
    }
    true
}
