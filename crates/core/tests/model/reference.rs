//! What must be true, in as few words as possible. What ended is marked at the event that ended it, and never comes
//! back; what ends by time is compared with the clock. It knows nothing of records, guards or changes.

mod applying;

use crate::server::Outcome;
use crate::setting::{self, ACCESS_SECONDS, CODE_SECONDS, IDLE_SECONDS, Rules, SESSION_SECONDS};
use crate::{Length, Op, RIGHT, Which, chosen};

/// What an operation must come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Expected {
    Good,
    Refused,
    /// Refused, and the family ends.
    Replay,
}

/// How far a clock may have stepped back before what is not yet made counts as dead, and how much of a family's life
/// such a step takes from nobody.
const STEP_BACK: i64 = 300;
const THIRTY_DAYS: i64 = 30 * 24 * 3600;

struct User {
    enabled: bool,
    password_changed_at: i64,
    /// The session of the user's browser.
    session: Option<usize>,
}

struct Session {
    user: usize,
    created_at: i64,
    ended: bool,
}

struct Grant {
    user: usize,
    client: usize,
    ended: bool,
    expires_at: Option<i64>,
    ends_with: Option<usize>,
    offline_allowed: bool,
}

/// What a code and the family that comes from it share.
#[derive(Clone, Copy)]
struct Origin {
    grant: usize,
    session: usize,
    offline: bool,
    created_at: i64,
    logged_out: bool,
}

struct Code {
    origin: Origin,
    family: Option<usize>,
}

struct Family {
    origin: Origin,
    generation: u32,
    rotated_at: i64,
    idle_end: i64,
    absolute_end: Option<i64>,
    ended: bool,
}

impl Family {
    /// How far behind the present generation; `None` for a token that was never given out.
    fn back(&self, which: Which) -> Option<u32> {
        match which {
            Which::Back(back) => (back <= self.generation).then_some(back),
            Which::Generation(generation) => self.generation.checked_sub(generation),
        }
    }
}

struct Access {
    family: usize,
    expires_at: i64,
    revoked: bool,
}

pub(crate) struct Reference {
    rules: Rules,
    now: i64,
    /// After a purge a good thing may be gone; a bad one must still never be good.
    pub(crate) has_forgotten: bool,
    users: Vec<User>,
    clients_enabled: Vec<bool>,
    sessions: Vec<Session>,
    grants: Vec<Grant>,
    codes: Vec<Code>,
    families: Vec<Family>,
    access: Vec<Access>,
}

impl Reference {
    pub(crate) fn new(rules: Rules) -> Self {
        let user = |_| User {
            enabled: true,
            password_changed_at: 0,
            session: None,
        };
        Self {
            rules,
            now: setting::START.secs(),
            has_forgotten: false,
            users: (0..setting::USERS).map(user).collect(),
            clients_enabled: vec![true; setting::CLIENTS],
            sessions: Vec::new(),
            grants: Vec::new(),
            codes: Vec::new(),
            families: Vec::new(),
            access: Vec::new(),
        }
    }

    pub(crate) fn expect(&self, op: &Op) -> Expected {
        match *op {
            Op::Approve {
                user,
                client,
                offline,
                silent,
                ..
            } => {
                let may_silently = || {
                    self.grant_to_widen(user, client)
                        .is_some_and(|grant| !offline || self.grants[grant].offline_allowed)
                };
                good_if(self.is_logged_in(user) && self.clients_enabled[client] && (!silent || may_silently()))
            }
            Op::Exchange {
                code,
                client,
                right_verifier,
            } if !self.codes.is_empty() => self.expect_exchange(chosen(code, self.codes.len()), client, right_verifier),
            Op::Refresh { family, which, client } if !self.families.is_empty() => {
                self.expect_refresh(chosen(family, self.families.len()), which, client)
            }
            Op::Exchange { .. } | Op::Refresh { .. } => Expected::Refused,
            Op::Logout { user } => good_if(self.is_logged_in(user)),
            _ => Expected::Good,
        }
    }

    fn expect_exchange(&self, code: usize, client: usize, right_verifier: bool) -> Expected {
        let code = &self.codes[code];
        if !self.comes_from(client, self.grants[code.origin.grant].client) || !right_verifier {
            return Expected::Refused;
        }
        if code.family.is_some() {
            return Expected::Replay;
        }
        let made = code.origin.created_at;
        let in_time = (made - STEP_BACK..made + CODE_SECONDS).contains(&self.now);
        good_if(in_time && self.stands(&code.origin))
    }

    fn expect_refresh(&self, family: usize, which: Which, client: usize) -> Expected {
        let family = &self.families[family];
        let is_its = self.comes_from(client, self.grants[family.origin.grant].client);
        let Some(back) = family.back(which).filter(|_| is_its && !family.ended) else {
            return Expected::Refused;
        };
        let grace = i64::from(self.rules.grace);
        let since = self.now - family.rotated_at;
        let in_grace = grace > 0 && (-STEP_BACK..grace).contains(&since);
        if back > 1 || (back == 1 && !in_grace) {
            return Expected::Replay;
        }
        let end = family.absolute_end.unwrap_or(i64::MAX).min(family.idle_end);
        good_if(self.now < end && self.stands(&family.origin))
    }

    /// Whether the request is from the client it should be from, and that one may make requests.
    fn comes_from(&self, client: usize, owner: usize) -> bool {
        (client == RIGHT || client == owner) && self.clients_enabled[owner]
    }

    fn stands(&self, origin: &Origin) -> bool {
        let grant = &self.grants[origin.grant];
        let user = &self.users[grant.user];
        let session = &self.sessions[origin.session];
        let is_for_this_session = grant.ends_with == Some(origin.session);
        !grant.ended
            && grant.expires_at.is_none_or(|end| self.now < end)
            && user.enabled
            && user.password_changed_at <= origin.created_at
            && !origin.logged_out
            && !(is_for_this_session && (session.ended || self.now >= session.created_at + SESSION_SECONDS))
    }

    fn is_logged_in(&self, user: usize) -> bool {
        let user = &self.users[user];
        user.enabled
            && user
                .session
                .map(|session| &self.sessions[session])
                .is_some_and(|session| {
                    !session.ended
                        && self.now < session.created_at + SESSION_SECONDS
                        && user.password_changed_at <= session.created_at
                })
    }

    pub(crate) fn is_live(&self, token: usize) -> bool {
        let token = &self.access[token];
        let family = &self.families[token.family];
        let grant = &self.grants[family.origin.grant];
        !token.revoked
            && self.now < token.expires_at
            && !family.ended
            && !grant.ended
            && self.users[grant.user].enabled
            && self.clients_enabled[grant.client]
    }

    /// The grant that a consent of this user in this session adds to.
    fn grant_to_widen(&self, user: usize, client: usize) -> Option<usize> {
        let session = self.users[user].session;
        self.grants.iter().rposition(|grant| {
            (grant.user, grant.client, grant.ended) == (user, client, false)
                && grant.expires_at.is_none_or(|end| self.now < end)
                && (grant.ends_with.is_none() || grant.ends_with == session)
        })
    }
}

fn good_if(good: bool) -> Expected {
    if good { Expected::Good } else { Expected::Refused }
}
