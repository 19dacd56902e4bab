//! What the server does around the decisions: loads the facts, decides, mints, commits, and decides again on a
//! conflict. It remembers what clients were given.

mod deeds;
mod requests;

use crate::setting::{self, REDIRECT, Rules, SECRET};
use crate::store::Store;
use crate::{Length, Op, RIGHT, Which, chosen};
use grantd_core::Refusal;
use grantd_core::authorize::consent::allow;
use grantd_core::authorize::decide::Facts;
use grantd_core::authorize::{ConsentAnswer, Duration, Next, checks, decide, identify};
use grantd_core::change::{Change, Write};
use grantd_core::client_auth::{AuthenticatedClient, Presented, Setting, authenticate};
use grantd_core::grant::{Approved, Context, TokenRequest, authorization_code, refresh_token};
use grantd_core::realm::Realm;
use grantd_core::record::code::Authentication;
use grantd_core::record::{ClientRecord, SessionFacts, SessionRecord};
use grantd_core::refresh_value::RefreshKey;
use grantd_core::refresh_value::RefreshText;
use grantd_core::token::{introspect, mint, revoke};
use grantd_protocol::id::{AccessId, ChangeId, CodeId, FamilyId, SessionId};
use grantd_protocol::{Entropy, RawParams, ScopeSet, SecretHash, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const WRONG_VERIFIER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What somebody outside sees.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Refused, nothing written.
    Refused,
    /// Refused, and a family ended.
    Replay,
    Code(Issued),
    Tokens {
        access: AccessId,
        refresh: Option<String>,
    },
    Done,
}

#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) text: String,
    pub(crate) id: CodeId,
    pub(crate) family: FamilyId,
}

/// A decision that is not committed yet.
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    pub(crate) change: Option<Change>,
}

/// A family's id, its client and the refresh tokens that were given out, by generation.
pub(crate) struct Given {
    id: FamilyId,
    client: usize,
    pub(crate) texts: Vec<String>,
}

pub(crate) struct Server {
    realm: Realm,
    clients: Vec<Arc<ClientRecord>>,
    store: Store,
    key: RefreshKey,
    entropy: Drawn,
    now: Timestamp,
    browser: Vec<Option<SessionId>>,
    /// Each with the client it is for.
    pub(crate) codes: Vec<(Issued, usize)>,
    pub(crate) families: Vec<Given>,
    pub(crate) access: Vec<AccessId>,
}

/// Distinct bytes, also across restarts.
struct Drawn(AtomicU64);

impl Entropy for Drawn {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = self
                .0
                .fetch_add(1, Ordering::Relaxed)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for (target, source) in chunk.iter_mut().zip(next.to_be_bytes()) {
                *target = source;
            }
        }
    }
}

impl Server {
    pub(crate) fn new(rules: Rules) -> Self {
        let users = (0..setting::USERS)
            .map(setting::user)
            .map(|user| (Arc::clone(&user.id), user));
        let store = Store {
            users: users.collect(),
            ..Store::default()
        };
        Self {
            realm: setting::realm(rules),
            clients: (0..setting::CLIENTS).map(setting::client).map(Arc::new).collect(),
            store,
            key: RefreshKey::new(&[9; 32]),
            entropy: Drawn(AtomicU64::new(1)),
            now: setting::START,
            browser: vec![None; setting::USERS],
            codes: Vec::new(),
            families: Vec::new(),
            access: Vec::new(),
        }
    }

    pub(crate) fn run(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Clock { seconds } => self.now = Timestamp::from_millis(self.now.millis() + seconds * 1000),
            Op::Restart => self.restart(),
            Op::Login { user } => {
                let session = self.new_session(*user);
                self.browser[*user] = Some(session.id);
                let change = Change::new(self.change_id(), vec![Write::InsertSession(Box::new(session))]);
                self.store.commit(change).unwrap();
            }
            Op::Purge => self.store.purge(self.now, setting::IDLE_SECONDS),
            Op::SetClient { client, enabled } => {
                let mut record = setting::client(*client);
                record.enabled = *enabled;
                self.clients[*client] = Arc::new(record);
            }
            op => {
                let decision = self.decide(op);
                return self.finish(op, decision);
            }
        }
        Outcome::Done
    }

    /// Everything that is not in the store is lost, but for the master key.
    fn restart(&mut self) {
        self.key = RefreshKey::new(&[9; 32]);
        let drawn = self.entropy.0.load(Ordering::Relaxed);
        self.entropy = Drawn(AtomicU64::new(drawn + 1_000_003));
    }

    pub(crate) fn decide(&self, op: &Op) -> Decision {
        match *op {
            Op::Approve {
                user,
                client,
                offline,
                length,
                silent,
            } => self.approve(user, client, offline, length, silent),
            Op::Exchange {
                code,
                client,
                right_verifier,
            } => self.exchange(code, client, right_verifier),
            Op::Refresh { family, which, client } => self.refresh(family, which, client),
            Op::Logout { user } => self.logout(user),
            ref op => Decision {
                outcome: Outcome::Done,
                change: self.plain(op),
            },
        }
    }

    /// The same operation with what it names named for good.
    pub(crate) fn resolved(&self, op: &Op) -> Op {
        match *op {
            Op::Exchange {
                code,
                client,
                right_verifier,
            } => Op::Exchange {
                code: chosen(code, self.codes.len().max(1)),
                client,
                right_verifier,
            },
            Op::Refresh { family, which, client } => {
                let family = chosen(family, self.families.len().max(1));
                let generation = self.families.get(family).and_then(|given| given.generation(which));
                Op::Refresh {
                    family,
                    which: generation.map_or(which, |generation| {
                        Which::Generation(u32::try_from(generation).unwrap())
                    }),
                    client,
                }
            }
            ref other => other.clone(),
        }
    }

    /// Commits; on a conflict loads and decides again.
    pub(crate) fn finish(&mut self, op: &Op, mut decision: Decision) -> Outcome {
        for _ in 0..3 {
            let Some(change) = decision.change else {
                return decision.outcome;
            };
            if self.store.commit(change).is_ok() {
                self.remember(op, &decision.outcome);
                return decision.outcome;
            }
            decision = self.decide(op);
        }
        panic!("{op:?} conflicts with itself");
    }

    fn remember(&mut self, op: &Op, outcome: &Outcome) {
        match (op, outcome) {
            (Op::Approve { client, .. }, Outcome::Code(issued)) => self.codes.push((issued.clone(), *client)),
            (Op::Exchange { code, .. }, Outcome::Tokens { access, refresh }) => {
                let (issued, client) = &self.codes[chosen(*code, self.codes.len())];
                self.families.push(Given {
                    id: issued.family,
                    client: *client,
                    texts: refresh.iter().cloned().collect(),
                });
                self.access.push(*access);
            }
            (
                Op::Refresh { family, .. },
                Outcome::Tokens {
                    access,
                    refresh: Some(text),
                },
            ) => {
                self.access.push(*access);
                let count = self.families.len();
                let texts = &mut self.families[chosen(*family, count)].texts;
                if texts.last() != Some(text) {
                    // A retry gets the very same successor, so whatever is new is the next generation.
                    assert!(!texts.contains(text), "an older refresh token came back");
                    texts.push(text.clone());
                }
            }
            _ => {}
        }
    }

    pub(crate) fn is_live(&self, token: usize) -> bool {
        let facts = self.store.access(self.access[token]);
        facts.is_some_and(|facts| {
            let issued_to = self
                .clients
                .iter()
                .find(|client| client.client_id == facts.token.client_id);
            introspect::is_live(&facts, issued_to.map(|client| &**client), self.now)
        })
    }
}

impl Given {
    fn text(&self, which: Which) -> Option<&str> {
        self.texts.get(self.generation(which)?).map(String::as_str)
    }

    fn generation(&self, which: Which) -> Option<usize> {
        match which {
            Which::Back(back) => self.texts.len().checked_sub(1 + back as usize),
            Which::Generation(generation) => Some(generation as usize),
        }
    }
}

fn refused() -> Decision {
    Decision {
        outcome: Outcome::Refused,
        change: None,
    }
}

fn params(pairs: &[(&str, &str)]) -> RawParams {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RawParams::from_pairs(pairs.iter().map(own).collect()).unwrap()
}
