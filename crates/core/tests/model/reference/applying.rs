//! What an operation does to the model.

use super::*;

impl Reference {
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
