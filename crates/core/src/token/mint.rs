//! From an approved grant to tokens and the one change that makes them real. Signing comes after minting and before
//! the commit: a signing failure spends nothing, and a lost race discards tokens that nobody has seen.

use super::claims::ClaimsWriter;
use crate::change::{Change, Guard, Write};
use crate::details::{self, AuthorizationDetails};
use crate::grant::approved::Approved;
use crate::grant::context::Context;
use crate::record::access::Party;
use crate::record::code::Authentication;
use crate::record::{AccessRecord, Binding, ClientRecord, TokenFormat};
use crate::refresh_value::RefreshKey;
use crate::status_list::Listed;
use crate::subject;
use grantd_protocol::id::{AccessId, ChangeId};
use grantd_protocol::{Bearer, Entropy, Namespace, ScopeSet, Seconds, Secret, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The access token, as far as it is made without a signing key.
#[derive(Debug)]
pub enum AccessToken {
    /// Ready to be sent.
    Opaque(Secret),
    /// The payload of a JWT, to be signed with the realm's key for access tokens.
    Jwt(Vec<u8>),
}

/// Everything a token reply is made of, and the change to commit before it is sent.
#[derive(Debug)]
pub struct Minted {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token.
    pub refresh: Option<Secret>,
    /// What the ID token will say, where one is due; it needs the access token's text for `at_hash`.
    pub id_token: Option<IdTokenClaims>,
    /// In how many seconds the refresh token ends unless it is used.
    pub refresh_expires_in: Option<u64>,
    /// `expires_in`.
    pub expires_in: Seconds,
    /// `scope`.
    pub scope: ScopeSet,
    /// `authorization_details`, where the access token has any.
    pub details: Option<AuthorizationDetails>,
    /// `token_type`.
    pub token_type: &'static str,
    /// What to commit.
    pub change: Change,
}

/// What an ID token says, but for `at_hash`.
#[derive(Debug)]
pub struct IdTokenClaims {
    issuer: Arc<str>,
    subject: Arc<str>,
    client_id: Arc<str>,
    issued_at: Timestamp,
    expires_at: Timestamp,
    authentication: Option<Authentication>,
    nonce: Option<String>,
    session: Option<String>,
    claims: Map<String, Value>,
}

/// Makes the tokens.
#[must_use]
pub fn mint(
    mut approved: Approved,
    client: &ClientRecord,
    key: &RefreshKey,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Minted {
    let (realm, now) = (context.realm, context.now);
    let id = AccessId::draw(now, entropy);
    if let Some(party) = realm.may_act_for(&approved.client_id) {
        let sub = Arc::clone(party);
        approved.more.get_or_insert_default().may_act = Some(Party { sub });
    }
    let format = realm.token_format(client, &approved.audience);
    let (access, hash) = match format {
        TokenFormat::Opaque => {
            let (text, hash) = Bearer::mint(Namespace::Access, &realm.access.prefix, *id.as_bytes(), entropy);
            (AccessToken::Opaque(text), Some(hash))
        }
        TokenFormat::Jwt => (AccessToken::Jwt(access_claims(id, &approved, client, context)), None),
    };
    let refresh = match (&approved.family, approved.refresh_generation) {
        (Some(family), Some(generation)) => Some(key.write(family, generation, &realm.refresh.prefix)),
        _ => None,
    };
    let refresh_expires_in = approved.refresh_ends_at.map(|end| end.seconds_since(now));
    let subject = approved.named_subject(client, realm);
    let id_token = approved.id_token.map(|plan| IdTokenClaims {
        issuer: Arc::clone(context.issuer),
        subject,
        client_id: approved.client_id.clone(),
        issued_at: now,
        expires_at: now.plus(realm.id_token.lifetime),
        authentication: approved.authentication.clone(),
        nonce: plan.nonce,
        session: plan.session.map(|session| subject::of_session(realm, client, session)),
        claims: plan.claims,
    });
    let record = AccessRecord {
        id,
        realm: Arc::clone(&realm.name),
        hash,
        client_id: approved.client_id,
        grant: approved.grant,
        family: approved.family.map(|family| family.id).or(approved.hangs_off),
        subject: approved.subject,
        tenant: approved.tenant,
        scope: approved.scope.clone(),
        audience: approved.audience,
        issuer: Arc::clone(context.issuer),
        issued_at: now,
        expires_at: now.plus(approved.lifetime),
        ended_at: None,
        name: None,
        status: approved
            .status
            .filter(|_| format == TokenFormat::Jwt)
            .map(|listed| listed.place),
        more: approved.more,
        bound_to: approved.bound_to,
    };
    let details = record.details().cloned();
    let change = change_for(record, approved.guards, approved.writes);
    Minted {
        access,
        refresh,
        id_token,
        refresh_expires_in,
        expires_in: approved.lifetime,
        scope: approved.scope,
        token_type: token_type(approved.bound_to),
        details,
        change,
    }
}

/// `token_type` of a token that is bound to this, or to nothing (RFC 9449 section 5, RFC 6750). One that is bound to a
/// certificate is sent like a bearer token: what proves it is the connection (RFC 8705 section 3).
pub(super) const fn token_type(bound_to: Option<Binding>) -> &'static str {
    match bound_to {
        Some(Binding::Key(_)) => "DPoP",
        Some(Binding::Certificate(_)) | None => "Bearer",
    }
}

/// The change has the access token's id: no two tokens share one, so no two changes do.
fn change_for(record: AccessRecord, guards: Vec<Guard>, mut writes: Vec<Write>) -> Change {
    let id = ChangeId::from_bytes(*record.id.as_bytes());
    writes.push(Write::InsertAccess(Box::new(record)));
    Change { id, guards, writes }
}

/// The claims of a JWT access token (RFC 9068 section 2.2).
pub(super) fn access_claims(
    id: AccessId,
    approved: &Approved,
    client: &ClientRecord,
    context: &Context<'_>,
) -> Vec<u8> {
    let mut claims = ClaimsWriter::new();
    claims.set_text("iss", context.issuer);
    claims.set_text("sub", &approved.named_subject(client, context.realm));
    claims.set_audience(&approved.audience);
    claims.set_text("client_id", &approved.client_id);
    super::broker::set_rights(&mut claims, &approved.scope, &approved.audience, context.realm);
    claims.set_time("iat", context.now);
    claims.set_time("exp", context.now.plus(approved.lifetime));
    claims.set("jti", &id);
    claims.set_confirmation(approved.bound_to);
    if let Some(more) = &approved.more {
        claims.set_some("act", more.act.as_ref());
        claims.set_some("may_act", more.may_act.as_ref());
        claims.set_some(details::NAME, more.details.as_ref());
    }
    if let Some(authentication) = &approved.authentication {
        claims.set_time("auth_time", authentication.at);
        claims.set_some("acr", authentication.acr.as_deref());
    }
    if let Some(tenant) = &approved.tenant {
        claims.set_text(&context.realm.tenants.claim, tenant);
    }
    claims.set_some("status", approved.status.as_ref().map(Listed::claim));
    claims.finish()
}

impl IdTokenClaims {
    /// The payload of the ID token that accompanies `access_token` (OpenID Connect Core sections 2 and 3.1.3.6).
    /// Every algorithm that signs here hashes with SHA-256 for `at_hash`; EdDSA's Ed25519 is given SHA-512 by the
    /// OpenID Foundation's errata.
    #[must_use]
    pub fn payload(&self, access_token: &str, algorithm: grantd_jose::Algorithm) -> Vec<u8> {
        let mut claims = ClaimsWriter::new();
        claims.set_text("iss", &self.issuer);
        claims.set_text("sub", &self.subject);
        claims.set_text("aud", &self.client_id);
        claims.set_text("azp", &self.client_id);
        claims.set_time("iat", self.issued_at);
        claims.set_time("exp", self.expires_at);
        if let Some(authentication) = &self.authentication {
            claims.set_time("auth_time", authentication.at);
            claims.set_some("acr", authentication.acr.as_deref());
            if !authentication.amr.is_empty() {
                claims.set("amr", &authentication.amr);
            }
        }
        for (name, value) in &self.claims {
            claims.set(name, value);
        }
        claims.set_some("nonce", self.nonce.as_deref());
        claims.set_some("sid", self.session.as_deref());
        claims.set(
            "at_hash",
            &grantd_jose::left_half_hash(algorithm, access_token.as_bytes()),
        );
        claims.finish()
    }
}

#[cfg(test)]
mod tests;
