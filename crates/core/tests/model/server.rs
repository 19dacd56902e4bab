//! What the server does around the decisions: loads the facts, decides, mints, commits, and decides again on a
//! conflict. It remembers what clients were given.

use crate::setting::{self, REDIRECT, Rules, SECRET};
use crate::store::Store;
use crate::{Length, Op, RIGHT, Which};
use grantd_core::Refusal;
use grantd_core::authorize::consent::allow;
use grantd_core::authorize::decide::Facts;
use grantd_core::authorize::{ConsentAnswer, Duration, Next, checks, decide, identify};
use grantd_core::change::{Change, Write};
use grantd_core::client_auth::{AuthenticatedClient, Presented, authenticate};
use grantd_core::grant::{Approved, Context, TokenRequest, authorization_code, refresh_token};
use grantd_core::realm::Realm;
use grantd_core::record::code::Authentication;
use grantd_core::record::{ClientRecord, SessionFacts, SessionRecord};
use grantd_core::refresh_value::RefreshKey;
use grantd_core::token::{introspect, mint, revoke};
use grantd_protocol::bearer::RefreshValue;
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
                code: code % self.codes.len().max(1),
                client,
                right_verifier,
            },
            Op::Refresh { family, which, client } => {
                let family = family % self.families.len().max(1);
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
                let (issued, client) = &self.codes[*code % self.codes.len()];
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
                let texts = &mut self.families[*family % count].texts;
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

    fn context<T>(&self, run: impl FnOnce(&Context<'_>) -> T) -> T {
        run(&Context {
            realm: &self.realm,
            issuer: &self.realm.issuer,
            now: self.now,
        })
    }

    fn authenticated(&self, client: usize) -> Option<AuthenticatedClient> {
        let record = &self.clients[client];
        let mut pairs = vec![("client_id", &*record.client_id)];
        if !record.is_public() {
            pairs.push(("client_secret", SECRET));
        }
        let presented = Presented::read(&params(&pairs), None).unwrap();
        authenticate(&presented, Some(record), &self.realm, self.now).ok()
    }

    fn approve(&self, user: usize, client: usize, offline: bool, length: Length, silent: bool) -> Decision {
        let scope = if offline {
            "openid invoices:read offline_access"
        } else {
            "openid invoices:read"
        };
        let params = params(&[
            ("client_id", &*self.clients[client].client_id),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", scope),
            ("prompt", if silent { "none" } else { "consent" }),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let Ok(identified) = identify(&params, Some(Arc::clone(&self.clients[client]))) else {
            return refused();
        };
        let facts = self.authorize_facts(user, client);
        let answer = ConsentAnswer {
            tenant: None,
            ticked: ScopeSet::empty(),
            duration: match length {
                Length::UntilRemoved => Duration::UntilRemoved,
                Length::ThirtyDays => Duration::ThirtyDays,
                Length::Session => Duration::Session,
            },
        };
        let approval = self.context(|context| {
            let request = checks::check(identified, &params, context).unwrap();
            match decide(&request, &facts, context, &self.entropy) {
                Next::Approve(approval) => Some(*approval),
                Next::Consent(_) => {
                    let session = facts.session.as_ref().unwrap();
                    Some(allow(&request, session, &facts, &answer, context, &self.entropy).unwrap())
                }
                Next::Login { .. } | Next::Refuse(_) => None,
            }
        });
        let Some(approval) = approval else {
            return refused();
        };
        let Some(Write::InsertCode(code)) = approval.change.writes.last() else {
            panic!("{:?}", approval.change);
        };
        let issued = Issued {
            text: approval.code.expose().to_owned(),
            id: code.id,
            family: code.family,
        };
        Decision {
            outcome: Outcome::Code(issued),
            change: Some(approval.change),
        }
    }

    fn authorize_facts(&self, user: usize, client: usize) -> Facts {
        let grant = self
            .store
            .grant_of(&setting::user(user).id, &self.clients[client].client_id);
        Facts {
            session: self.browser[user].and_then(|id| self.store.session(id)),
            grants: grant.cloned().into_iter().collect(),
            ..Facts::default()
        }
    }

    fn exchange(&self, code: usize, client: usize, right_verifier: bool) -> Decision {
        if self.codes.is_empty() {
            return refused();
        }
        let (issued, owner) = &self.codes[code % self.codes.len()];
        let client = if client == RIGHT { *owner } else { client };
        let Some(client) = self.authenticated(client) else {
            return refused();
        };
        let verifier = if right_verifier { VERIFIER } else { WRONG_VERIFIER };
        let params = params(&[
            ("grant_type", "authorization_code"),
            ("code", &issued.text),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ]);
        let Ok(TokenRequest::AuthorizationCode(request)) = TokenRequest::parse(&params) else {
            panic!("it must parse");
        };
        let facts = authorization_code::Facts {
            code: self.store.code(issued.id),
            membership: None,
            salt: grantd_protocol::entropy::draw(&self.entropy),
        };
        let decided = self.context(|context| authorization_code::decide(&request, &client, &facts, context));
        self.minted(decided, &client)
    }

    fn refresh(&self, family: usize, which: Which, client: usize) -> Decision {
        if self.families.is_empty() {
            return refused();
        }
        let given = &self.families[family % self.families.len()];
        let client = if client == RIGHT { given.client } else { client };
        let (Some(client), Some(text)) = (self.authenticated(client), given.text(which)) else {
            return refused();
        };
        let params = params(&[("grant_type", "refresh_token"), ("refresh_token", text)]);
        let Ok(TokenRequest::RefreshToken(request)) = TokenRequest::parse(&params) else {
            panic!("it must parse");
        };
        let facts = refresh_token::Facts {
            family: self.store.family(given.id),
            membership: None,
        };
        let decided = self.context(|context| refresh_token::decide(&request, &client, &facts, &self.key, context));
        self.minted(decided, &client)
    }

    fn minted(&self, decided: Result<Approved, Refusal>, client: &ClientRecord) -> Decision {
        match decided {
            Err(refusal) if refusal.writes.is_empty() => refused(),
            Err(refusal) => Decision {
                outcome: Outcome::Replay,
                change: Some(Change::new(self.change_id(), refusal.writes)),
            },
            Ok(approved) => {
                let minted = self.context(|context| mint::mint(approved, client, &self.key, context, &self.entropy));
                let Some(Write::InsertAccess(record)) = minted.change.writes.last() else {
                    panic!("{:?}", minted.change);
                };
                Decision {
                    outcome: Outcome::Tokens {
                        access: record.id,
                        refresh: minted.refresh.map(|text| text.expose().to_owned()),
                    },
                    change: Some(minted.change),
                }
            }
        }
    }

    /// The changes of everything that is not an authorization or token request.
    fn plain(&self, op: &Op) -> Option<Change> {
        let at = self.now;
        let writes = match *op {
            Op::ChangePassword { user } => self.end_user(user, |user| user.password_changed_at = at),
            Op::SetUser { user, enabled: false } => self.end_user(user, |user| user.enabled = false),
            Op::SetUser { user, enabled: true } => {
                let mut record = self.store.users[&setting::user(user).id].clone();
                record.enabled = true;
                record.version += 1;
                vec![Write::UpdateUser(Box::new(record))]
            }
            Op::EndGrant { user, client } => {
                let grant = self
                    .store
                    .grant_of(&setting::user(user).id, &self.clients[client].client_id)?;
                vec![Write::EndGrant { id: grant.id, at }]
            }
            Op::RevokeAccess { token } => return self.revoke_access(token),
            Op::RevokeRefresh { family, which } => return self.revoke_refresh(family, which),
            ref other => panic!("{other:?} has no change"),
        };
        Some(Change::new(self.change_id(), writes))
    }

    /// Whoever is logged in can log out.
    fn logout(&self, user: usize) -> Decision {
        let session = self.browser[user].and_then(|id| self.store.session(id));
        let may = |facts: &SessionFacts| {
            let user = facts.user.as_ref().unwrap();
            let welcome = user.enabled && user.password_changed_at <= facts.session.created_at;
            welcome && facts.session.is_live(self.now)
        };
        session.filter(may).map_or_else(refused, |facts| {
            let end = Write::EndSession {
                id: facts.session.id,
                at: self.now,
            };
            Decision {
                outcome: Outcome::Done,
                change: Some(Change::new(self.change_id(), vec![end])),
            }
        })
    }

    fn revoke_access(&self, token: usize) -> Option<Change> {
        let id = self.access.get(token % self.access.len().max(1))?;
        let record = self.store.access.get(id)?;
        let owner = (0..setting::CLIENTS).find(|number| self.clients[*number].client_id == record.client_id)?;
        revoke::revoke_access(record, &self.authenticated(owner)?, self.now, self.change_id())
    }

    fn revoke_refresh(&self, family: usize, which: Which) -> Option<Change> {
        let given = self.families.get(family % self.families.len().max(1))?;
        let value = RefreshValue::parse(&self.realm.refresh.prefix, given.text(which)?)?;
        let client = self.authenticated(given.client)?;
        let record = self.store.families.get(&given.id)?;
        revoke::revoke_refresh(record, &value, &client, &self.key, self.now, self.change_id())
    }

    fn end_user(&self, user: usize, change: impl FnOnce(&mut grantd_core::record::UserRecord)) -> Vec<Write> {
        let mut record = self.store.users[&setting::user(user).id].clone();
        change(&mut record);
        let end = Write::EndUser {
            realm: Arc::clone(&record.realm),
            user: Arc::clone(&record.id),
            at: self.now,
        };
        vec![Write::UpdateUser(Box::new(record)), end]
    }

    fn new_session(&self, user: usize) -> SessionRecord {
        SessionRecord {
            id: SessionId::draw(self.now, &self.entropy),
            hash: SecretHash::of(b"cookie"),
            realm: "main".into(),
            user: setting::user(user).id,
            authentication: Authentication {
                at: self.now,
                acr: None,
                amr: Vec::new(),
            },
            created_at: self.now,
            expires_at: self.now.plus(self.realm.session_lifetime),
            ended_at: None,
            user_agent: None,
            address: None,
        }
    }

    fn change_id(&self) -> ChangeId {
        ChangeId::draw(self.now, &self.entropy)
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
