//! One check for both kinds of credential, access tokens and API keys: whether it is good now, and for what. The
//! introspection endpoint and the gate ask here, so that neither can be more generous than the other.

use super::introspect::{is_live, named};
use crate::api_key;
use crate::realm::Realm;
use crate::record::{AccessFacts, ApiKeyFacts, Binding, ClientRecord, Holder};
use grantd_protocol::id::GrantId;
use grantd_protocol::{ScopeSet, Timestamp};
use std::borrow::Cow;
use std::sync::Arc;

/// A credential that was found, with its facts. The caller has compared the hash or the signature; which of the two it
/// is was decided by its namespace, so that a key presented as a token, or the other way round, is not found.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// An access token, opaque or JWT, and the client it was issued to as it stands now.
    Access(&'a AccessFacts, Option<&'a ClientRecord>),
    /// An API key.
    ApiKey(&'a ApiKeyFacts),
}

/// What a good credential may do, and for whom.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// Whose uses are counted: the client, or the key.
    pub holder: Holder,
    /// For whom it acts: `sub`.
    pub subject: Arc<str>,
    /// The client, where one takes part.
    pub client_id: Option<&'a Arc<str>>,
    /// The tenant it acts in.
    pub tenant: Option<&'a Arc<str>>,
    /// What it permits.
    pub scope: Cow<'a, ScopeSet>,
    /// `aud`, space-separated; `None` for a key, which is good at every API of the realm.
    pub audience: Option<&'a Arc<str>>,
    /// The issuer it was issued under.
    pub issuer: &'a Arc<str>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it dies by itself.
    pub expires_at: Option<Timestamp>,
    /// Its row's id: `jti`.
    pub id: String,
    /// The grant it hangs off, where there is one.
    pub grant: Option<GrantId>,
    /// What it is bound to: worthless without a proof of it.
    pub bound_to: Option<Binding>,
}

/// Judges a credential; `None` for one that is not good at `now`.
#[must_use]
pub fn judge<'a>(credential: Credential<'a>, realm: &'a Realm, now: Timestamp) -> Option<Verdict<'a>> {
    match credential {
        Credential::Access(facts, client) => {
            let token = &facts.token;
            (*token.realm == *realm.name && is_live(facts, client, now)).then(|| Verdict {
                holder: Holder::Client(Arc::clone(&token.client_id)),
                subject: named(token, client, realm),
                client_id: Some(&token.client_id),
                tenant: token.tenant.as_ref(),
                scope: Cow::Borrowed(&token.scope),
                audience: Some(&token.audience),
                issuer: &token.issuer,
                issued_at: token.issued_at,
                expires_at: Some(token.expires_at),
                id: token.id.to_string(),
                grant: token.grant,
                bound_to: token.bound_to,
            })
        }
        Credential::ApiKey(facts) => {
            let key = &facts.key;
            let scope = api_key::permits(key, realm);
            (api_key::is_live(facts, realm, now) && !scope.is_empty()).then(|| {
                let holder = Holder::ApiKey(key.id);
                Verdict {
                    subject: holder.to_string().into(),
                    holder,
                    client_id: None,
                    tenant: key.tenant.as_ref(),
                    scope,
                    audience: None,
                    issuer: &realm.issuer,
                    issued_at: key.created_at,
                    expires_at: key.expires_at,
                    id: key.id.to_string(),
                    grant: None,
                    bound_to: None,
                }
            })
        }
    }
}

impl Verdict<'_> {
    /// Whether the credential holds every one of these permissions.
    #[must_use]
    pub fn permits(&self, needed: &ScopeSet) -> bool {
        self.scope.covers_all(needed)
    }

    /// Which of these permissions count as used: those that the credential holds, as far as the catalogue knows them.
    /// Names that an API made up would otherwise fill the counters.
    #[must_use]
    pub fn used(&self, needed: &ScopeSet, realm: &Realm) -> Vec<Arc<str>> {
        needed
            .iter()
            .filter(|scope| self.scope.covers(scope))
            .filter_map(|scope| realm.catalogue.get(scope))
            .map(|permission| Arc::clone(&permission.name))
            .collect()
    }
}

#[cfg(test)]
mod tests;
