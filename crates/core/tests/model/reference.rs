//! What must be true, in as few words as possible. What ended is marked at the event that ended it, and never comes
//! back; what ends by time is compared with the clock. It knows nothing of records, guards or changes.

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

    pub(crate) fn apply(&mut self, op: &Op, outcome: &Outcome) {
        match (op, outcome) {
            (_, Outcome::Refused) => {}
            (
                &Op::Approve {
                    user,
                    client,
                    offline,
                    length,
                    silent,
                },
                _,
            ) => self.approve(user, client, offline, length, silent),
            (&Op::Exchange { code, .. }, Outcome::Replay) => {
                let code = chosen(code, self.codes.len());
                if let Some(family) = self.codes[code].family {
                    self.families[family].ended = true;
                }
            }
            (&Op::Exchange { code, .. }, _) => self.exchange(chosen(code, self.codes.len())),
            (&Op::Refresh { family, .. }, Outcome::Replay) => {
                let family = chosen(family, self.families.len());
                self.families[family].ended = true;
            }
            (&Op::Refresh { family, which, .. }, _) => self.refresh(chosen(family, self.families.len()), which),
            (op, _) => self.apply_other(op),
        }
    }

    fn apply_other(&mut self, op: &Op) {
        match *op {
            Op::Login { user } => {
                self.sessions.push(Session {
                    user,
                    created_at: self.now,
                    ended: false,
                });
                self.users[user].session = Some(self.sessions.len() - 1);
            }
            Op::Logout { user } => {
                if let Some(session) = self.users[user].session {
                    self.end_session(session);
                }
            }
            Op::ChangePassword { user } => {
                self.users[user].password_changed_at = self.now;
                self.end_user(user);
            }
            Op::SetUser { user, enabled } => {
                self.users[user].enabled = enabled;
                if !enabled {
                    self.end_user(user);
                }
            }
            Op::SetClient { client, enabled } => self.clients_enabled[client] = enabled,
            Op::EndGrant { user, client } => {
                for grant in &mut self.grants {
                    grant.ended |= (grant.user, grant.client) == (user, client);
                }
            }
            Op::RevokeAccess { token } if !self.access.is_empty() => {
                let token = chosen(token, self.access.len());
                let family = &self.families[self.access[token].family];
                let owner = self.grants[family.origin.grant].client;
                self.access[token].revoked |= self.clients_enabled[owner];
            }
            Op::RevokeRefresh { family, which } if !self.families.is_empty() => {
                let family = chosen(family, self.families.len());
                let owner = self.grants[self.families[family].origin.grant].client;
                let family = &mut self.families[family];
                family.ended |= self.clients_enabled[owner] && family.back(which).is_some();
            }
            Op::Clock { seconds } => self.now += seconds,
            Op::Purge => self.has_forgotten = true,
            _ => {}
        }
    }

    fn approve(&mut self, user: usize, client: usize, offline: bool, length: Length, silent: bool) {
        let session = self.users[user].session.unwrap();
        let grant = self.grant_to_widen(user, client).unwrap_or_else(|| {
            // One that is over by itself is over for good.
            for old in &mut self.grants {
                old.ended |= (old.user, old.client) == (user, client);
            }
            self.grants.push(Grant {
                user,
                client,
                ended: false,
                expires_at: None,
                ends_with: None,
                offline_allowed: false,
            });
            self.grants.len() - 1
        });
        if !silent {
            let now = self.now;
            let chosen = &mut self.grants[grant];
            chosen.expires_at = (length == Length::ThirtyDays).then_some(now + THIRTY_DAYS);
            chosen.ends_with = (length == Length::Session).then_some(session);
            chosen.offline_allowed |= offline;
        }
        self.codes.push(Code {
            origin: Origin {
                grant,
                session,
                offline,
                created_at: self.now,
                logged_out: false,
            },
            family: None,
        });
    }

    fn exchange(&mut self, code: usize) {
        let origin = Origin {
            created_at: self.now,
            ..self.codes[code].origin
        };
        self.codes[code].family = Some(self.families.len());
        self.families.push(Family {
            origin,
            generation: 0,
            rotated_at: self.now,
            idle_end: self.now + IDLE_SECONDS,
            absolute_end: self.rules.absolute.map(|absolute| self.now + i64::from(absolute)),
            ended: false,
        });
        self.issue_access(self.families.len() - 1);
    }

    fn refresh(&mut self, family: usize, which: Which) {
        let now = self.now;
        let public = self.grants[self.families[family].origin.grant].client == 1;
        let row = &mut self.families[family];
        let rotates = row.back(which) == Some(0) && (public || self.rules.all_rotate);
        if rotates {
            row.generation += 1;
            row.rotated_at = now;
        }
        let counted = now + IDLE_SECONDS;
        let is_within_a_step = row.idle_end <= counted + STEP_BACK;
        row.idle_end = if is_within_a_step {
            counted.max(row.idle_end)
        } else {
            counted
        };
        self.issue_access(family);
    }

    fn issue_access(&mut self, family: usize) {
        let grant = &self.grants[self.families[family].origin.grant];
        let end = self.now + ACCESS_SECONDS;
        self.access.push(Access {
            family,
            expires_at: grant.expires_at.map_or(end, |grant_end| grant_end.min(end)),
            revoked: false,
        });
    }

    fn end_user(&mut self, user: usize) {
        for session in 0..self.sessions.len() {
            if self.sessions[session].user == user {
                self.end_session(session);
            }
        }
        for family in &mut self.families {
            family.ended |= self.grants[family.origin.grant].user == user;
        }
    }

    fn end_session(&mut self, session: usize) {
        self.sessions[session].ended = true;
        let origins = self.codes.iter_mut().map(|code| &mut code.origin);
        for origin in origins.chain(self.families.iter_mut().map(|family| &mut family.origin)) {
            origin.logged_out |= origin.session == session && !origin.offline;
        }
    }
}

fn good_if(good: bool) -> Expected {
    if good { Expected::Good } else { Expected::Refused }
}
