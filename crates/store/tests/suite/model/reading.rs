//! Everything that a history leaves to be read, as text.

use super::{CLIENTS, USERS, World};
use crate::suite::sample::{NOW, REALM, at};
use crate::suite::{lists, print};
use grantd_core::change::CounterKey;
use grantd_core::record::{Holder, SessionRecord};
use grantd_protocol::Timestamp;
use grantd_store::{AccessFilter, Store};

impl World {
    /// Everything that can be read, as text.
    pub(super) async fn read(&self, store: &impl Store) -> Vec<String> {
        let mut seen = Vec::new();
        for row in &self.tokens {
            seen.push(format!(
                "{:?}",
                store.access(row.id).await.unwrap().as_ref().map(print::access_facts)
            ));
        }
        for row in &self.api_keys {
            let facts = store.api_key(row.id).await.unwrap();
            seen.push(format!("{:?}", facts.as_ref().map(print::api_key)));
            let uses = store.uses(REALM, &Holder::ApiKey(row.id)).await.unwrap();
            seen.push(format!("{uses:?}"));
        }
        for client in CLIENTS {
            let uses = store.uses(REALM, &Holder::Client(client.into())).await.unwrap();
            seen.push(format!("{uses:?}"));
        }
        for row in &self.codes {
            seen.push(format!("{:?}", store.code(row.id).await.unwrap().as_ref().map(code)));
        }
        for row in &self.families {
            seen.push(format!(
                "{:?}",
                store.family(row.id).await.unwrap().as_ref().map(family)
            ));
        }
        for row in &self.sessions {
            seen.push(format!(
                "{:?}",
                store.session(row.id).await.unwrap().as_ref().map(session)
            ));
        }
        for user in USERS {
            seen.push(format!(
                "{:?}",
                store.user(REALM, user).await.unwrap().as_ref().map(print::user)
            ));
            let mut grants = store.grants_of(REALM, user).await.unwrap();
            grants.sort_by_key(|grant| grant.id);
            seen.push(format!("{grants:?}"));
        }
        for live_at in [None, Some(NOW), Some(at(500))] {
            for client_id in [None, Some("ledger".to_owned())] {
                for subject in [None, Some("ada".to_owned()), Some("ledger".to_owned())] {
                    for (tenant, made_by_hand) in [(None, false), (Some("acme".to_owned()), false), (None, true)] {
                        let filter = AccessFilter {
                            client_id: client_id.clone(),
                            subject: subject.clone(),
                            tenant,
                            made_by_hand,
                            live_at,
                        };
                        let rows = lists::listed(store, REALM, &filter, 5).await;
                        seen.push(format!("{filter:?} {rows:?}"));
                    }
                }
            }
        }
        for number in 0..4 {
            seen.push(format!("{:?}", store.attempts(CounterKey([number; 32])).await.unwrap()));
        }
        seen
    }
}

/// A store need not remember which of two ends came first.
fn family(facts: &grantd_core::record::FamilyFacts) -> String {
    let mut facts = facts.clone();
    facts.family.ended_at = facts.family.ended_at.map(|_| NOW);
    facts.session = facts.session.map(without_end);
    print::family_facts(&facts)
}

fn code(facts: &grantd_core::record::CodeFacts) -> String {
    let mut facts = facts.clone();
    facts.session = facts.session.map(without_end);
    print::code_facts(&facts)
}

fn session(facts: &grantd_core::record::SessionFacts) -> String {
    let mut facts = facts.clone();
    facts.session = without_end(facts.session);
    print::session_facts(&facts)
}

fn without_end(mut row: SessionRecord) -> SessionRecord {
    row.ended_at = row.ended_at.map(|_: Timestamp| NOW);
    row
}
