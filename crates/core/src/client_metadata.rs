//! Clients whose `client_id` is the address of a document about themselves (OAuth Client ID Metadata Document, and the MCP
//! authorization specification): from the document to the client's record. Must not know how it was fetched.
//!
//! Such a client has no secret with us: it is public, or it signs with keys that stand in the document.

use crate::realm::{DocumentPolicy, Realm};
use crate::record::{ClientOrigin, ClientRecord, TokenEndpointAuthMethod};
use crate::registration::Wanted;
use crate::registration::members::Members;
use grantd_jose::strict_json::{self, Limits};
use grantd_protocol::web::WebUrl;
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet, Seconds, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// The largest document, in bytes.
pub const MAX_DOCUMENT: usize = 5 * 1024;
/// How long a document is kept at least, whatever its server says: asking costs both sides.
const SHORTEST: u32 = 60;
/// How long at most: a document that was changed must not live on here.
const LONGEST: u32 = 24 * 3600;
/// How long where its server says nothing.
const UNSAID: u32 = 300;
/// Members of clients that share a secret with the server. A document is public, so whoever writes one there has lost it.
const SECRETS: &[&str] = &["client_secret", "client_secret_expires_at", "registration_access_token"];
/// Members that a client which registers here may not have. A document is written once for all servers: what it wishes of
/// those that do such things is no reason for the others to refuse it.
const WISHES: &[&str] = &["default_max_age", "default_acr_values"];

/// The address behind a `client_id`, if it is one that this realm would fetch; anything else is an ordinary id.
#[must_use]
pub fn address(client_id: &str, policy: &DocumentPolicy) -> Option<WebUrl> {
    let url = WebUrl::parse(client_id).ok()?;
    (url.as_str() == client_id && url.has_path() && policy.admits(url.host())).then_some(url)
}

/// Whether a client of this id can be gone and come back as the document at that address says, whatever the realm fetches now:
/// what tenants blocked stays blocked.
#[must_use]
pub fn can_come_back(client_id: &str) -> bool {
    WebUrl::parse(client_id).is_ok_and(|url| url.as_str() == client_id && url.has_path())
}

/// How long a document may be used, by its `Cache-Control` (RFC 9111 section 5.2.2).
#[must_use]
pub fn freshness(cache_control: Option<&str>) -> Seconds {
    let directives = || cache_control.unwrap_or_default().split(',').map(str::trim);
    let is = |name: &str| directives().any(|directive| directive.eq_ignore_ascii_case(name));
    if is("no-store") || is("no-cache") {
        return Seconds(SHORTEST);
    }
    let max_age = directives().find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let digits = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty();
        // More digits than fit mean the longest.
        (name.trim().eq_ignore_ascii_case("max-age") && digits).then(|| value.parse().unwrap_or(u32::MAX))
    });
    Seconds(max_age.unwrap_or(UNSAID).clamp(SHORTEST, LONGEST))
}

fn wrong(says: &str) -> OAuthError {
    OAuthError::with_detail(ErrorCode::InvalidClientMetadata, says)
}

/// The client that a document describes. `stored` is what is kept of it from before: its version counts up with each
/// change, and what an operator decided about it stays.
///
/// # Errors
/// `invalid_client_metadata`, `invalid_redirect_uri`: for the log. Users are told no more than that the application is not
/// known.
pub fn describe(
    url: &WebUrl,
    document: &[u8],
    stored: Option<&ClientRecord>,
    realm: &Realm,
    now: Timestamp,
) -> Result<ClientRecord, OAuthError> {
    let mut members = strict_json::object_from_slice(document, Limits::bytes(MAX_DOCUMENT))
        .map_err(|error| wrong(&error.to_string()))?;
    if members.get("client_id").and_then(|id| id.as_str()) != Some(url.as_str()) {
        return Err(wrong("client_id is not the document's own address"));
    }
    if let Some(secret) = SECRETS.iter().find(|name| members.contains_key(**name)) {
        return Err(wrong(&format!("{secret} has no place in a public document")));
    }
    for wish in WISHES {
        members.remove(*wish);
    }
    // The default of RFC 7591 is a secret, which such a client cannot have.
    members
        .entry("token_endpoint_auth_method")
        .or_insert_with(|| json!(TokenEndpointAuthMethod::None.as_str()));
    let wanted = Wanted::read(Members(&members), realm)?;
    if wanted.openid.sector_identifier_uri.is_some() {
        // Nothing fetches the list for a document, which is fetched itself at every turn.
        return Err(wrong("sector_identifier_uri is for clients that register"));
    }
    if wanted.needs_secret() {
        return Err(wrong(
            "token_endpoint_auth_method needs a secret, which nobody can have shared",
        ));
    }
    let before = stored.filter(|stored| stored.origin == ClientOrigin::MetadataDocument);
    if stored.is_some() && before.is_none() {
        return Err(wrong("another kind of client has this id"));
    }
    Ok(match before {
        Some(before) if Wanted::of(before) == wanted => before.clone(),
        Some(before) => changed(before, &wanted, now),
        None => new(url, &wanted, realm, now),
    })
}

/// The next version. Other keys or other addresses mean that somebody else may be behind it: what users allowed before
/// is not shown to them as allowed any more.
fn changed(before: &ClientRecord, wanted: &Wanted, now: Timestamp) -> ClientRecord {
    let mut record = before.clone();
    let changed_hands = record.jwks != wanted.jwks
        || record.openid.jwks_uri != wanted.openid.jwks_uri
        || record.redirect_uris != wanted.redirect_uris;
    wanted.put_into(&mut record);
    record.version += 1;
    record.updated_at = now;
    if changed_hands {
        record.changed_hands_at = Some(now);
    }
    record
}

fn new(url: &WebUrl, wanted: &Wanted, realm: &Realm, now: Timestamp) -> ClientRecord {
    let mut record = ClientRecord {
        realm: Arc::clone(&realm.name),
        client_id: url.as_str().into(),
        version: 1,
        name: String::new(),
        application_type: wanted.application_type,
        origin: ClientOrigin::MetadataDocument,
        verified_domain: None,
        auth_method: TokenEndpointAuthMethod::None,
        secrets: Vec::new(),
        jwks: None,
        certificate_subject: None,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types: Vec::new(),
        scopes: realm.registration.scopes.clone(),
        default_scopes: ScopeSet::empty(),
        optional_scopes: ScopeSet::empty(),
        token_format: None,
        access_lifetime: None,
        tenant: None,
        role: None,
        resources: Vec::new(),
        about: wanted.about.clone(),
        registration_token: None,
        dialect: None,
        duties: crate::record::ClientDuties::default(),
        openid: crate::record::ClientOpenid::default(),
        changed_hands_at: None,
        development: None,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    wanted.put_into(&mut record);
    record
}

#[cfg(test)]
mod tests;
