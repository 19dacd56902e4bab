//! Reading `[[demo.clients]]`. A client's kind decides what is not written.

use super::catalogue::{self, SCOPE};
use super::client_keys::{self, DemoKey, JWKS, PRIVATE_JWK};
use super::client_openid;
use super::demo::{ClientKind, DemoClient};
use super::demo_data::{Surroundings, TENANT, belongs, has_role};
use super::dialects;
use super::registration;
use super::resources::IDENTIFIER;
use super::tokens::{CLIENT_AUTH, GRANT_TYPES};
use crate::config::kind::{Choice, ListOf, Parsed, Sensitive, Text};
use crate::config::section::Section;
use crate::config::suggest;
use grantd_core::record::TokenEndpointAuthMethod as Method;
use grantd_core::record::client::GrantType;
use grantd_jose::JwkSet;
use grantd_protocol::redirect_uri::{ApplicationType, check_registrable};
use grantd_protocol::{ScopeSet, Secret};
use serde_json::json;
use std::sync::Arc;

const KINDS: Choice<ClientKind> = Choice(&[
    ("web", ClientKind::Web),
    ("native", ClientKind::Native),
    ("machine", ClientKind::Machine),
    ("resource-server", ClientKind::ResourceServer),
]);
const CLIENT_ID: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        if is_plain(text, 1) {
            Ok(text.into())
        } else {
            Err("is not 1 to 128 letters, digits and -._~".to_owned())
        }
    },
    sample: "acme-web",
    pattern: "^[A-Za-z0-9._~-]{1,128}$",
};
/// Only characters that HTTP Basic and a form carry alike, encoded or not (RFC 6749 section 2.3.1).
const CLIENT_SECRET: Sensitive = Sensitive {
    check: |text| {
        if is_plain(text, 16) {
            Ok(())
        } else {
            Err("must have 16 to 128 letters, digits and -._~")
        }
    },
};

fn is_plain(text: &str, least: usize) -> bool {
    (least..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// What a client may be permitted.
pub(super) struct Scopes {
    pub(super) all: ScopeSet,
    pub(super) default: ScopeSet,
}

/// An id and a secret, where they are fixed.
pub(super) struct Credentials {
    pub(super) client_id: Option<Arc<str>>,
    pub(super) client_secret: Option<Secret>,
}

/// Reads one client.
pub(super) fn read(
    section: &mut Section<'_>,
    realm: Surroundings<'_>,
    tenants: Option<&[Arc<str>]>,
) -> Option<DemoClient> {
    let name = section.required("name", "The name that people see.", &Text);
    let kind = section.required(
        "kind",
        "What sort of program it is; decides the defaults below.",
        &KINDS,
    );
    let credentials = credentials(section);
    let auth_method = section.optional(
        "auth_method",
        "How it authenticates; from its kind when absent.",
        &CLIENT_AUTH,
    );
    let keys = keys(section);
    let certificate_subject = client_keys::certificate_subject(section);
    let duties = client_keys::duties(section);
    let openid = client_openid::read(section);
    let grant_types = section.optional(
        "grant_types",
        "What it may do; from its kind when absent.",
        &ListOf(GRANT_TYPES),
    );
    let uris = uris(section);
    let resources = section.or(
        "resources",
        "Its own identifiers as an API: it may introspect tokens for them.",
        &ListOf(IDENTIFIER),
        json!([]),
    );
    let scopes = scopes(section, realm);
    let optional = optional_scopes(section, scopes.as_ref());
    let dialect = dialect(section, realm);
    let service = service(section, realm, tenants);
    let (kind, credentials, scopes, (redirect_uris, after_logout)) = (kind?, credentials?, scopes?, uris?);
    let (private_key, jwks) = keys?;
    let client = DemoClient {
        name: name?,
        kind,
        client_id: credentials.client_id,
        client_secret: credentials.client_secret,
        application_type: if kind == ClientKind::Native {
            ApplicationType::Native
        } else {
            ApplicationType::Web
        },
        auth_method: auth_method?.unwrap_or(method_of(kind)),
        private_key,
        jwks,
        certificate_subject: certificate_subject?,
        duties: duties?,
        openid: openid?,
        redirect_uris,
        post_logout_redirect_uris: after_logout,
        grant_types: grant_types?.unwrap_or_else(|| grants_of(kind)),
        scopes: scopes.all,
        default_scopes: scopes.default,
        optional_scopes: optional?,
        resources: resources?,
        dialect: dialect?,
        service: service?,
    };
    check(section, &client, realm).then_some(client)
}

/// Reads `client_id` and `client_secret`.
pub(super) fn credentials(section: &mut Section<'_>) -> Option<Credentials> {
    let client_id = section.optional("client_id", "A fixed id; drawn when absent.", &CLIENT_ID);
    let client_secret = section.optional("client_secret", "A fixed secret; drawn when absent.", &CLIENT_SECRET);
    Some(Credentials {
        client_id: client_id?,
        client_secret: client_secret?,
    })
}

/// Reads `scopes` alone.
pub(super) fn permissions(section: &mut Section<'_>, realm: Surroundings<'_>) -> Option<ScopeSet> {
    let (all, known) = listed(section, realm)?;
    known.then_some(all)
}

/// Reads `tenant` and `role`, which only a machine has, and both or neither.
#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
fn service(
    section: &mut Section<'_>,
    realm: Surroundings<'_>,
    tenants: Option<&[Arc<str>]>,
) -> Option<Option<(Arc<str>, Arc<str>)>> {
    let tenant = section.optional(
        "tenant",
        "The tenant that a machine acts in, if it acts in one.",
        &TENANT,
    );
    let role = section.optional("role", "Its role there.", &Text);
    match (tenant?, role?) {
        (None, None) => Some(None),
        (Some(tenant), Some(role)) => {
            let known = belongs(section, "tenant", &tenant, tenants) & has_role(section, "role", &role, realm);
            known.then(|| Some((tenant, role.into())))
        }
        (Some(_), None) => {
            section.problem("tenant", "needs a role beside it", None);
            None
        }
        (None, Some(_)) => {
            section.problem("role", "needs a tenant beside it", None);
            None
        }
    }
}

/// Reads `dialect`.
#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
pub(super) fn dialect(section: &mut Section<'_>, realm: Surroundings<'_>) -> Option<Option<Arc<str>>> {
    let dialect = section.optional(
        "dialect",
        "One of [dialects], or \"standard\" for a client that has left them; the realm's when absent.",
        &dialects::NAME,
    )?;
    let unknown = dialect
        .as_deref()
        .zip(realm.dialects)
        .filter(|(name, dialects)| !dialects.knows(name));
    if let Some((name, dialects)) = unknown {
        let fix = suggest::fix(name, dialects.iter().map(|dialect| &*dialect.name));
        section.problem("dialect", format!("\"{name}\" is not one of [dialects]"), fix);
        return None;
    }
    Some(dialect.map(Arc::from))
}

/// Reads `scopes` and `default_scopes`.
pub(super) fn scopes(section: &mut Section<'_>, realm: Surroundings<'_>) -> Option<Scopes> {
    let all = listed(section, realm);
    let default = section.or(
        "default_scopes",
        "What a request without scope asks for.",
        &ListOf(SCOPE),
        json!([]),
    );
    let ((all, known), default) = (all?, default?.iter().map(String::as_str).collect());
    (within(section, "default_scopes", &default, &all) && known).then_some(Scopes { all, default })
}

/// The scopes, and whether the catalogue knows all of them.
fn listed(section: &mut Section<'_>, realm: Surroundings<'_>) -> Option<(ScopeSet, bool)> {
    let all = section.or(
        "scopes",
        "The most it may ever be permitted: permissions and patterns.",
        &ListOf(SCOPE),
        json!([]),
    )?;
    let mut known = true;
    for (index, scope) in all.iter().enumerate() {
        if let Some((message, fix)) = realm
            .catalogue
            .and_then(|catalogue| catalogue::unknown(catalogue, scope))
        {
            section.problem_in("scopes", index, message, fix);
            known = false;
        }
    }
    Some((all.iter().map(String::as_str).collect(), known))
}

/// Reads `private_jwk` and `jwks`.
fn keys(section: &mut Section<'_>) -> Option<(Option<DemoKey>, Option<JwkSet>)> {
    let private_key = section.optional(
        "private_jwk",
        "A key of its own as a JWK with its private half, which is announced: for demonstrations only.",
        &PRIVATE_JWK,
    );
    let jwks = section.optional("jwks", "Its public keys as a JWK set.", &JWKS);
    let private_key = private_key?.and_then(|text| DemoKey::parse(text.expose()).ok());
    let jwks = jwks?;
    if private_key.is_some() && jwks.is_some() {
        section.problem("jwks", "excludes private_jwk, which has the public key too", None);
        return None;
    }
    let own = private_key.as_ref().map(|key| JwkSet::new(vec![key.public.clone()]));
    Some((private_key, jwks.or(own)))
}

fn optional_scopes(section: &mut Section<'_>, scopes: Option<&Scopes>) -> Option<ScopeSet> {
    let optional = section.or(
        "optional_scopes",
        "What a user may leave out at consent.",
        &ListOf(SCOPE),
        json!([]),
    )?;
    let optional = optional.iter().map(String::as_str).collect::<ScopeSet>();
    let fits = scopes.is_none_or(|scopes| within(section, "optional_scopes", &optional, &scopes.all));
    fits.then_some(optional)
}

/// Where browsers may be sent: with codes, and after logout.
fn uris(section: &mut Section<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let kind = ListOf(Text);
    let redirect_uris = section.or("redirect_uris", "Where codes may be sent.", &kind, json!([]));
    let after_logout = section.or(
        "post_logout_redirect_uris",
        "Where the browser may return to after logout.",
        &kind,
        json!([]),
    );
    Some((redirect_uris?, after_logout?))
}

/// Whether every scope of `set` is permitted by `all`; reports those that are not.
fn within(section: &Section<'_>, key: &str, set: &ScopeSet, all: &ScopeSet) -> bool {
    let mut good = true;
    for (index, scope) in set.iter().enumerate() {
        if !all.covers(scope) {
            let fix = Some(format!("add \"{scope}\" to scopes, or take it out here"));
            section.problem_in(key, index, format!("\"{scope}\" is not within scopes"), fix);
            good = false;
        }
    }
    good
}

const fn method_of(kind: ClientKind) -> Method {
    match kind {
        ClientKind::Native => Method::None,
        _ => Method::ClientSecretBasic,
    }
}

fn grants_of(kind: ClientKind) -> Vec<GrantType> {
    match kind {
        ClientKind::Web | ClientKind::Native => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ClientKind::Machine => vec![GrantType::ClientCredentials],
        ClientKind::ResourceServer => Vec::new(),
    }
}

/// Judges the client as a whole.
fn check(section: &Section<'_>, client: &DemoClient, realm: Surroundings<'_>) -> bool {
    let is_public = client.auth_method == Method::None;
    let uses = |grant| client.grant_types.contains(&grant);
    let mut wrong: Vec<(&str, String)> = Vec::new();
    if !client.auth_method.has_secret() && client.client_secret.is_some() {
        let message = match client.auth_method {
            Method::None => "a public client has no secret".to_owned(),
            other => format!("a client with auth_method {} has no secret", other.as_str()),
        };
        wrong.push(("client_secret", message));
    }
    wrong.extend(client.openid.mistakes(&client.redirect_uris));
    wrong.extend(client.openid.unusable(client.jwks.as_ref()));
    let types = registration::has_types(section, &client.openid.authorization_details_types, realm.details);
    let has_keys = client.jwks.is_some() || client.openid.jwks_uri.is_some();
    if client.auth_method.has_keys() && !has_keys {
        let message = format!("{} needs jwks, jwks_uri or private_jwk", client.auth_method.as_str());
        wrong.push(("auth_method", message));
    }
    if (client.auth_method == Method::TlsClientAuth) != client.certificate_subject.is_some() {
        let message = "tls_client_auth goes with the name of a certificate (tls_client_auth_...)";
        wrong.push(("auth_method", message.to_owned()));
    }
    if client.jwks.is_some() && client.openid.jwks_uri.is_some() {
        wrong.push(("jwks_uri", "excludes jwks and private_jwk".to_owned()));
    }
    if is_public && uses(GrantType::ClientCredentials) {
        wrong.push((
            "grant_types",
            "client_credentials is for clients that authenticate".to_owned(),
        ));
    }
    if client.service.is_some() && client.kind != ClientKind::Machine {
        wrong.push(("tenant", "is for machines; people choose theirs at consent".to_owned()));
    }
    if uses(GrantType::AuthorizationCode) && client.redirect_uris.is_empty() {
        wrong.push(("redirect_uris", "authorization_code needs at least one".to_owned()));
    }
    if uses(GrantType::RefreshToken) && !client.grant_types.iter().any(|grant| grant.has_user()) {
        let message = "refresh_token comes with authorization_code or device_code";
        wrong.push(("grant_types", message.to_owned()));
    }
    for grant in &client.grant_types {
        if realm.grant_types.is_some_and(|accepted| !accepted.contains(grant)) {
            wrong.push((
                "grant_types",
                format!("the realm's grant_types do not have {}", grant.as_str()),
            ));
        }
    }
    if realm
        .auth_methods
        .is_some_and(|accepted| !accepted.contains(&client.auth_method))
    {
        let message = format!("the realm's client_auth does not have {}", client.auth_method.as_str());
        wrong.push(("auth_method", message));
    }
    for (key, message) in &wrong {
        section.problem(key, message.as_str(), None);
    }
    uris_are_good(section, client) && types && wrong.is_empty()
}

fn uris_are_good(section: &Section<'_>, client: &DemoClient) -> bool {
    let lists = [
        ("redirect_uris", &client.redirect_uris),
        ("post_logout_redirect_uris", &client.post_logout_redirect_uris),
    ];
    let mut good = true;
    for (key, uris) in lists {
        for (index, uri) in uris.iter().enumerate() {
            if let Err(error) = check_registrable(uri, client.application_type) {
                section.problem_in(
                    key,
                    index,
                    format!("{}: {error}", crate::config::kind::quoted(uri)),
                    None,
                );
                good = false;
            }
        }
    }
    good
}
