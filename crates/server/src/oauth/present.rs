//! A credential that somebody presents, an access token or an API key: which row it names, if it was made here. Signatures and checksums are
//! checked before the store is asked; whether the token is still good is decided in the core.

use crate::error::Failure;
use crate::request::Request;
use grantd_core::api_key::imported_id;
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::gate::ticket::StandsFor;
use grantd_core::realm::Realm;
use grantd_core::record::{AccessFacts, ApiKeyFacts, ClientRecord};
use grantd_core::token::credential::{Credential, Verdict, judge};
use grantd_jose::{Jws, sha256};
use grantd_protocol::id::{AccessId, ApiKeyId};
use grantd_protocol::{Bearer, Namespace, SecretHash, Timestamp};
use grantd_store::Store;
use std::sync::Arc;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// A credential that was made here, with its facts. Whether it is good is for [`Found::verdict`] to say.
pub enum Found {
    /// An access token, and the client it was issued to as it stands now.
    Access(Box<AccessFacts>, Option<Arc<ClientRecord>>),
    /// An API key.
    ApiKey(Box<ApiKeyFacts>),
}

impl Found {
    /// What it may do, if it is good at `now`.
    #[must_use]
    pub fn verdict<'a>(&'a self, realm: &'a Realm, now: Timestamp) -> Option<Verdict<'a>> {
        judge(self.credential(), realm, now)
    }

    /// The credential, to be judged.
    #[must_use]
    pub fn credential(&self) -> Credential<'_> {
        match self {
            Self::Access(facts, client) => Credential::Access(facts, client.as_deref()),
            Self::ApiKey(facts) => Credential::ApiKey(facts),
        }
    }
}

/// The credential that a text is: each kind has its namespace, so a text is at most one of them, whatever header or
/// parameter it came in. `caller` saves a look at the client of its own tokens.
///
/// # Errors
/// When the store does not answer.
pub async fn credential(
    request: &Request<'_>,
    text: &str,
    caller: Option<&AuthenticatedClient>,
) -> Result<Option<Found>, Failure> {
    let realm = &request.realm.config.realm;
    if let Some(bearer) = Bearer::parse(Namespace::ApiKey, &realm.api_keys.prefix, text) {
        let facts = request.app.store.api_key(ApiKeyId::from_bytes(bearer.id)).await?;
        let facts = facts.filter(|facts| same(&facts.key.hash, &bearer.hash));
        return Ok(facts.map(|facts| Found::ApiKey(Box::new(facts))));
    }
    let Some(facts) = access(request, text).await? else {
        return imported(request, text).await;
    };
    issued_to(request, facts, caller).await.map(Some)
}

/// The credential that a connection ticket stands for.
///
/// # Errors
/// When the store does not answer.
pub async fn behind(request: &Request<'_>, stands_for: StandsFor) -> Result<Option<Found>, Failure> {
    match stands_for {
        StandsFor::ApiKey(id) => {
            let facts = request.app.store.api_key(id).await?;
            Ok(facts.map(|facts| Found::ApiKey(Box::new(facts))))
        }
        StandsFor::Access(id) => {
            let found = request.app.store.access(id).await?;
            match with_fate(request, found).await? {
                Some(facts) => issued_to(request, facts, None).await.map(Some),
                None => Ok(None),
            }
        }
    }
}

async fn issued_to(
    request: &Request<'_>,
    facts: AccessFacts,
    caller: Option<&AuthenticatedClient>,
) -> Result<Found, Failure> {
    let client_id = &facts.token.client_id;
    let client = match caller.filter(|caller| caller.client_id == *client_id) {
        Some(caller) => Some(Arc::clone(caller.record())),
        None => request.app.client(request.realm.name(), client_id).await?,
    };
    Ok(Found::Access(Box::new(facts), client))
}

/// An API key that another server made: known by the SHA-256 of its whole text, since that text has no form of ours.
async fn imported(request: &Request<'_>, text: &str) -> Result<Option<Found>, Failure> {
    let realm = &request.realm.config.realm;
    if !realm.api_keys.enabled || text.len() > MAX_TOKEN {
        return Ok(None);
    }
    let digest = sha256(text.as_bytes());
    let facts = request.app.store.api_key(imported_id(&realm.name, &digest)).await?;
    let facts = facts.filter(|facts| same(&facts.key.hash, &SecretHash::from_bytes(digest)));
    Ok(facts.map(|facts| Found::ApiKey(Box::new(facts))))
}

fn same(stored: &SecretHash, presented: &SecretHash) -> bool {
    grantd_jose::constant_time_eq(stored.as_bytes(), presented.as_bytes())
}

/// The row of a presented access token; `None` for a text that is none of this realm's. A token that was exchanged for
/// another has the fate of that one, too, and one that was made by hand permits what its maker's role permits now.
///
/// # Errors
/// When the store does not answer.
pub async fn access(request: &Request<'_>, text: &str) -> Result<Option<AccessFacts>, Failure> {
    let found = own_row(request, text).await?;
    with_fate(request, found).await
}

async fn with_fate(request: &Request<'_>, found: Option<AccessFacts>) -> Result<Option<AccessFacts>, Failure> {
    let Some(facts) = found else { return Ok(None) };
    let realm = &request.realm.config.realm;
    Ok(Some(request.app.fates(realm, request.now).of(facts).await?))
}

async fn own_row(request: &Request<'_>, text: &str) -> Result<Option<AccessFacts>, Failure> {
    if text.len() > MAX_TOKEN {
        return Ok(None);
    }
    let realm = &request.realm.config.realm;
    if let Some(bearer) = Bearer::parse(Namespace::Access, &realm.access.prefix, text) {
        let facts = request.app.store.access(AccessId::from_bytes(bearer.id)).await?;
        return Ok(facts.filter(|facts| {
            let stored = facts.token.hash.as_ref();
            stored.is_some_and(|hash| same(hash, &bearer.hash))
        }));
    }
    let Some(id) = verified_jti(request, text) else {
        return Ok(None);
    };
    let facts = request.app.store.access(id).await?;
    Ok(facts.filter(|facts| facts.token.hash.is_none()))
}

/// The `jti` of a JWT that this realm signed as an access token. The header's `typ` keeps ID tokens out (RFC 9068
/// section 4); where a realm gives its access tokens `typ: JWT`, the `client_id` claim, which no ID token has, does.
fn verified_jti(request: &Request<'_>, text: &str) -> Option<AccessId> {
    let realm = &request.realm.config.realm;
    let (ring, checked) = (&request.realm.ring, &request.realm.checked);
    let digest = sha256(text.as_bytes());
    if let Some(id) = checked.id(&digest, |kid| ring.verifying_key(kid)) {
        return Some(id);
    }
    let jws = Jws::parse(text, &grantd_jose::HeaderPolicy::STRICT).ok()?;
    if !jws.header().typ_is(&realm.access.typ) {
        return None;
    }
    let kid = jws.header().kid()?;
    let key = ring.verifying_key(kid)?;
    let claims = jws.verify(&key).ok()?.claims().ok()?;
    let issued_here = claims.required_str("iss").is_ok_and(|issuer| realm.answers_to(issuer));
    if !issued_here || claims.required_str("client_id").is_err() {
        return None;
    }
    let id = AccessId::parse(claims.required_str("jti").ok()?)?;
    checked.keep(digest, id, kid, Arc::clone(&key));
    Some(id)
}
