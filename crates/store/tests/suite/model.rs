//! Random histories on the store and on the one in memory: every answer must be the same.
//!
//! `GRANTD_MODEL_CASES` sets the number of histories (24).

mod reading;

use super::Backend;
use super::sample::{REALM, Sample, at};
use grantd_core::change::{Change, CounterKey, Guard, PurgeKind, SeenKey, Write};
use grantd_core::record::{
    AccessRecord, ApiKeyRecord, Binding, CodeRecord, FamilyRecord, GrantRecord, Holder, SessionRecord,
};
use grantd_store::memory::MemoryStore;
use grantd_store::{CommitError, Store};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// One step: which operation, on which of the rows made so far, when.
#[derive(Clone, Debug)]
struct Step {
    operation: u8,
    pick: usize,
    other: usize,
    seconds: i64,
    guards: Vec<(u8, usize, u32)>,
    writes_more: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let guards = prop::collection::vec((0..11_u8, 0..64_usize, 0..3_u32), 0..3);
    let step = (0..30_u8, 0..64_usize, 0..64_usize, 0..1200_i64, guards, any::<bool>());
    let step = step.prop_map(|(operation, pick, other, seconds, guards, writes_more)| Step {
        operation,
        pick,
        other,
        seconds,
        guards,
        writes_more,
    });
    prop::collection::vec(step, 1..60)
}

/// Every row that a history made, whether or not it was committed or is still there.
#[derive(Default)]
struct World {
    sample: Sample,
    grants: Vec<GrantRecord>,
    sessions: Vec<SessionRecord>,
    families: Vec<FamilyRecord>,
    codes: Vec<CodeRecord>,
    tokens: Vec<AccessRecord>,
    api_keys: Vec<ApiKeyRecord>,
}

const USERS: [&str; 3] = ["ada", "bob", "cyd"];
const CLIENTS: [&str; 3] = ["ledger", "books", "till"];

fn of<T>(rows: &[T], pick: usize) -> Option<&T> {
    rows.get(pick % rows.len().max(1))
}

impl World {
    fn change(&mut self, step: &Step) -> Change {
        let mut writes: Vec<Write> = self.write(step).into_iter().collect();
        if step.writes_more {
            let next = Step {
                operation: step.operation.wrapping_mul(7).wrapping_add(3) % 30,
                ..step.clone()
            };
            writes.extend(self.write(&next));
        }
        let guards = step.guards.iter();
        let mut guards: Vec<_> = guards
            .filter_map(|(kind, pick, number)| self.guard(*kind, *pick, *number))
            .collect();
        // Nobody moves a family without having seen where it is.
        let moved = writes.iter().filter_map(|write| match write {
            Write::RotateFamily { id, .. } | Write::TouchFamily { id, .. } => Some(*id),
            _ => None,
        });
        guards.extend(moved.map(|id| Guard::FamilyAt {
            id,
            generation: Some(u32::from(step.pick % 3 == 2)),
        }));
        self.sample.change_at(at(step.seconds), guards, writes)
    }

    /// Makes or changes a row; `None` where there is none to change.
    fn write(&mut self, step: &Step) -> Option<Write> {
        let (pick, at) = (step.pick, at(step.seconds));
        let (user, client) = (USERS[pick % 3], CLIENTS[step.other % 3]);
        Some(match step.operation {
            0..=8 => self.insert(step, user, client),
            9 => Write::EndAccess {
                id: of(&self.tokens, pick)?.id,
                at,
            },
            10 => Write::SpendCode {
                id: of(&self.codes, pick)?.id,
                at,
                keep_until: at,
            },
            11 => Write::RotateFamily {
                id: of(&self.families, pick)?.id,
                to: u32::try_from(step.other % 3).unwrap(),
                at,
                rotated_for: Binding::from_bytes(&[u8::try_from(step.other % 3).unwrap(); 32])
                    .filter(|_| !step.other.is_multiple_of(3)),
                idle_expires_at: at,
            },
            12 => Write::TouchFamily {
                id: of(&self.families, pick)?.id,
                idle_expires_at: at,
            },
            13 => Write::EndFamily {
                id: of(&self.families, pick)?.id,
                at,
            },
            14 => Write::EndGrant {
                id: of(&self.grants, pick)?.id,
                at,
            },
            15 => Write::EndSession {
                id: of(&self.sessions, pick)?.id,
                at,
            },
            16 => Write::EndUser {
                realm: REALM.into(),
                user: user.into(),
                at,
            },
            17 => Write::DeleteClient {
                realm: REALM.into(),
                client_id: client.into(),
                keeps_blocks: pick % 2 == 0,
                at,
            },
            18 => Write::Remember {
                key: SeenKey([u8::try_from(pick % 4).unwrap(); 32]),
                expires_at: at,
            },
            19 => Write::SetAttempts {
                key: CounterKey([u8::try_from(pick % 4).unwrap(); 32]),
                tat: at,
                expires_at: at,
            },
            20 => {
                let grant = of(&self.grants, pick)?;
                Write::UpdateGrant {
                    id: grant.id,
                    scope: super::sample::scope("a b"),
                    resource: "r".into(),
                    redirect_uri: String::new(),
                    at,
                    expires_at: step.other.is_multiple_of(2).then_some(at),
                    session: None,
                }
            }
            24..=29 => self.write_keys(step, user, client)?,
            _ => Write::Purge {
                kind: PurgeKind::ALL[step.other % PurgeKind::ALL.len()],
                before: at,
                // Which rows go first where there are more is a store's own affair.
                limit: 1000,
            },
        })
    }

    /// API keys, uses, tokens made by hand, and what these hang off.
    fn write_keys(&mut self, step: &Step, user: &str, client: &str) -> Option<Write> {
        let (pick, at) = (step.pick, at(step.seconds));
        Some(match step.operation {
            24 => self.make_by_hand(step, user, client),
            25 => {
                let row = self.sample.api_key_at(pick.is_multiple_of(2).then_some("acme"), at);
                self.api_keys.push(row.clone());
                Write::InsertApiKey(Box::new(row))
            }
            26 => Write::EndApiKey {
                id: of(&self.api_keys, pick)?.id,
                at,
            },
            27 => {
                let holder = match of(&self.api_keys, pick) {
                    Some(row) if step.other.is_multiple_of(2) => Holder::ApiKey(row.id),
                    _ => Holder::Client(client.into()),
                };
                let permission = pick.is_multiple_of(3).then_some("invoices:read");
                let row = self.sample.uses(holder, permission, step.seconds);
                Write::CountUses(vec![row.clone(), row])
            }
            28 => {
                let mut tenant = self.sample.tenant("acme");
                tenant.enabled = !pick.is_multiple_of(3);
                Write::PutTenant(Box::new(tenant))
            }
            _ => {
                let place = self.sample.membership(user, &self.sample.tenant("acme"), "admin");
                Write::PutMembership(Box::new(place))
            }
        })
    }

    fn make_by_hand(&mut self, step: &Step, user: &str, client: &str) -> Write {
        let tenant = step.other.is_multiple_of(2).then_some("acme");
        let token = AccessRecord {
            id: self.sample.own_access_at(client, at(step.seconds)).id,
            expires_at: at(step.seconds + 100),
            ..self.sample.access_by_hand(client, user, tenant)
        };
        self.tokens.push(token.clone());
        Write::InsertAccess(Box::new(token))
    }

    fn insert(&mut self, step: &Step, user: &str, client: &str) -> Write {
        let mut consent = self.sample.consent(user, client);
        match step.operation {
            0 => Write::InsertUser(Box::new(consent.user)),
            1 => Write::InsertClient(Box::new(self.sample.client(client))),
            2 => {
                self.grants.push(consent.grant.clone());
                Write::InsertGrant(Box::new(consent.grant))
            }
            3 => {
                self.sessions.push(consent.session.clone());
                Write::InsertSession(Box::new(consent.session))
            }
            4 => {
                let mut token = self.sample.own_access_at(client, at(step.seconds));
                token.expires_at = at(step.seconds + 100);
                self.tokens.push(token.clone());
                Write::InsertAccess(Box::new(token))
            }
            kind => {
                consent.grant = of(&self.grants, step.pick).cloned().unwrap_or(consent.grant);
                consent.user.id = consent.grant.user.clone();
                consent.session = of(&self.sessions, step.other).cloned().unwrap_or(consent.session);
                self.hang_off(kind, step, &super::sample::Consent { ..consent })
            }
        }
    }

    fn hang_off(&mut self, kind: u8, step: &Step, consent: &super::sample::Consent) -> Write {
        match kind {
            5 => {
                let code = self.sample.code(consent);
                self.codes.push(code.clone());
                Write::InsertCode(Box::new(code))
            }
            6 => {
                let family = self.sample.family(consent);
                self.families.push(family.clone());
                Write::InsertFamily(Box::new(family))
            }
            _ => {
                let family = of(&self.families, step.pick).cloned();
                let token = self
                    .sample
                    .access(&family.unwrap_or_else(|| self.sample.family(consent)));
                self.tokens.push(token.clone());
                Write::InsertAccess(Box::new(token))
            }
        }
    }

    fn guard(&self, kind: u8, pick: usize, number: u32) -> Option<Guard> {
        let small = u8::try_from(pick % 4).unwrap();
        Some(match kind {
            0 => Guard::CodeUnspent(of(&self.codes, pick)?.id),
            1 => Guard::FamilyAt {
                id: of(&self.families, pick)?.id,
                generation: Some(number),
            },
            2 => Guard::GrantLive(of(&self.grants, pick)?.id),
            3 => Guard::GrantAt {
                id: of(&self.grants, pick)?.id,
                version: u64::from(number),
            },
            4 => Guard::SessionLive(of(&self.sessions, pick)?.id),
            5 => Guard::AccessLive(of(&self.tokens, pick)?.id),
            6 => Guard::Unseen(SeenKey([small; 32])),
            7 => Guard::UserAt {
                realm: REALM.into(),
                id: USERS[pick % 3].into(),
                version: u64::from(number),
            },
            10 => Guard::ApiKeyAt {
                id: of(&self.api_keys, pick)?.id,
                version: u64::from(number),
            },
            8 => Guard::ClientIdFree {
                realm: REALM.into(),
                client_id: CLIENTS[pick % 3].into(),
            },
            _ => Guard::NoGrant {
                realm: REALM.into(),
                user: USERS[pick % 3].into(),
                client_id: CLIENTS[number as usize].into(),
                tenant: None,
            },
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a flag of the test run, not configuration")]
fn cases() -> u32 {
    std::env::var("GRANTD_MODEL_CASES").map_or(24, |cases| cases.parse().unwrap())
}

pub async fn any_history_reads_the_same_as_in_memory<B: Backend>(_: &B) {
    // A fixed seed, so that a failure is the same the next time; more cases by the flag.
    let config = Config {
        rng_seed: RngSeed::Fixed(20_261_121),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    for case in 0..cases() {
        let history = steps().new_tree(&mut runner).unwrap().current();
        let backend = B::fresh().await;
        let store = backend.open().await;
        let reference = MemoryStore::new();
        let mut world = World::default();
        for (place, step) in history.iter().enumerate() {
            let change = world.change(step);
            let purges_notes = change.writes.iter().any(|write| {
                let kind = PurgeKind::Applied;
                matches!(write, Write::Purge { kind: purged, .. } if *purged == kind)
            });
            let expected = outcome(reference.commit(change.clone()).await, purges_notes);
            let seen = outcome(store.commit(change.clone()).await, purges_notes);
            assert_eq!(seen, expected, "case {case}, step {place}: {change:?}");
            if step.pick.is_multiple_of(8) {
                store.index_behind(5).await.unwrap();
            }
            if place % 10 == 9 || place + 1 == history.len() {
                let (seen, expected) = (world.read(&store).await, world.read(&reference).await);
                for (seen, expected) in seen.iter().zip(&expected) {
                    assert_eq!(seen, expected, "case {case}, after step {place}: {change:?}");
                }
            }
        }
    }
}

/// How many notes a store keeps is its own affair.
fn outcome(result: Result<u64, CommitError>, purges_notes: bool) -> String {
    match result {
        Ok(_) if purges_notes => "applied".to_owned(),
        Ok(removed) => format!("applied, {removed} removed"),
        Err(CommitError::Conflict) => "conflict".to_owned(),
        Err(CommitError::Fault(_)) => "fault".to_owned(),
    }
}
