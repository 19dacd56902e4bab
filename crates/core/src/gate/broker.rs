//! Whether a client may connect to a message broker that asks about each one, and what it may do there. Tokens and keys are
//! judged as everywhere; a broker is told a list of rules, the last of which refuse everything. Must not know how it asks.

use super::decide::{Way, accept, is_for};
use super::route::Need;
use crate::dpop::Shown;
use crate::realm::{Broker, Realm, Resource};
use crate::record::Holder;
use crate::token::credential::Credential;
use grantd_protocol::Timestamp;
use std::sync::Arc;

/// What a broker is told of a client that may connect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// For whom it acts.
    pub subject: Arc<str>,
    /// The client, where one takes part.
    pub client_id: Option<Arc<str>>,
    /// The tenant it acts in.
    pub tenant: Option<Arc<str>>,
    /// When the credential ends, and the connection with it.
    pub expires_at: Option<Timestamp>,
    /// What it may do, verb and topic: `publish`, `subscribe`, `all`.
    pub topics: Vec<(&'static str, String)>,
    /// Whose credential it is.
    pub holder: Holder,
}

const VERBS: [&str; 3] = ["publish", "subscribe", "all"];

/// Decides about a client with this credential; `None` for one that may not connect. A credential that is bound to a key
/// is refused: a broker hands on no proof.
#[must_use]
pub fn admit(
    found: Option<Credential<'_>>,
    resource: &Resource,
    broker: &Broker,
    realm: &Realm,
    now: Timestamp,
) -> Option<Admitted> {
    let shown = Shown {
        proof: None,
        certificate: None,
    };
    let need = Need {
        resource: Some(Arc::clone(&resource.identifier)),
        ..Need::default()
    };
    let verdict = accept(Way::Bearer, found, shown, realm, now).ok()?;
    if !is_for(&verdict, &need, realm) {
        return None;
    }
    let allowed = |verb| {
        let topics = broker.topics_of(&verdict.scope, verb).into_iter();
        topics.map(move |topic| (verb, topic.to_owned()))
    };
    Some(Admitted {
        topics: VERBS.into_iter().flat_map(allowed).collect(),
        subject: Arc::clone(&verdict.subject),
        client_id: verdict.client_id.cloned(),
        tenant: verdict.tenant.cloned(),
        expires_at: verdict.expires_at,
        holder: verdict.holder,
    })
}
