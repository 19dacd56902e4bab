//! The smallest store there can be: maps, guards first, everything or nothing. It contains no rule.

use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::{
    AccessFacts, AccessRecord, CodeFacts, CodeRecord, FamilyFacts, FamilyRecord, GrantRecord, SessionFacts,
    SessionRecord, UserRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AccessId, CodeId, FamilyId, GrantId, SessionId};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(crate) struct Store {
    pub(crate) users: BTreeMap<Arc<str>, UserRecord>,
    pub(crate) sessions: BTreeMap<SessionId, SessionRecord>,
    pub(crate) grants: BTreeMap<GrantId, GrantRecord>,
    pub(crate) codes: BTreeMap<CodeId, CodeRecord>,
    pub(crate) families: BTreeMap<FamilyId, FamilyRecord>,
    pub(crate) access: BTreeMap<AccessId, AccessRecord>,
}

/// A guard did not hold.
#[derive(Debug)]
pub(crate) struct Conflict;

impl Store {
    pub(crate) fn commit(&mut self, change: Change) -> Result<(), Conflict> {
        if !change.guards.iter().all(|guard| self.holds(guard)) {
            return Err(Conflict);
        }
        for write in change.writes {
            self.apply(write);
        }
        Ok(())
    }

    fn holds(&self, guard: &Guard) -> bool {
        let grant_lives = |id: &GrantId| self.grants.get(id).filter(|grant| grant.ended_at.is_none());
        match guard {
            Guard::CodeUnspent(id) => self.codes.get(id).is_some_and(|code| code.spent_at.is_none()),
            Guard::FamilyAt { id, generation } => self
                .families
                .get(id)
                .is_some_and(|family| family.ended_at.is_none() && family.generation == *generation),
            Guard::GrantLive(id) => grant_lives(id).is_some(),
            Guard::GrantAt { id, version } => grant_lives(id).is_some_and(|grant| grant.version == *version),
            Guard::NoGrant { user, client_id, .. } => self.grant_of(user, client_id).is_none(),
            Guard::SessionLive(id) => self.sessions.get(id).is_some_and(|session| session.ended_at.is_none()),
            Guard::UserAt { id, version, .. } => self
                .users
                .get(id)
                .is_some_and(|user| user.enabled && user.version == *version),
            other => panic!("no decision under test uses {other:?}"),
        }
    }

    fn apply(&mut self, write: Write) {
        match write {
            Write::InsertAccess(row) => assert!(self.access.insert(row.id, *row).is_none()),
            Write::InsertCode(row) => assert!(self.codes.insert(row.id, *row).is_none()),
            Write::InsertFamily(row) => assert!(self.families.insert(row.id, *row).is_none()),
            Write::InsertSession(row) => assert!(self.sessions.insert(row.id, *row).is_none()),
            Write::InsertGrant(row) => {
                let rival = self.grant_of(&row.user, &row.client_id);
                assert!(rival.is_none(), "at most one grant that is not ended");
                assert!(self.grants.insert(row.id, *row).is_none());
            }
            Write::EndAccess { id, at } => end(self.access.get_mut(&id).map(|row| &mut row.ended_at), at),
            Write::EndFamily { id, at } => end(self.families.get_mut(&id).map(|row| &mut row.ended_at), at),
            Write::EndGrant { id, at } => end(self.grants.get_mut(&id).map(|row| &mut row.ended_at), at),
            Write::EndSession { id, at } => end(self.sessions.get_mut(&id).map(|row| &mut row.ended_at), at),
            Write::EndUser { user, at, .. } => self.end_user(&user, at),
            other => self.update(other),
        }
    }

    fn update(&mut self, write: Write) {
        match write {
            Write::SpendCode { id, at, keep_until } => {
                let code = self.codes.get_mut(&id).unwrap();
                (code.spent_at, code.keep_until) = (Some(at), keep_until);
            }
            Write::RotateFamily {
                id,
                to,
                at,
                rotated_for,
                idle_expires_at,
            } => {
                let family = self.families.get_mut(&id).unwrap();
                (family.generation, family.rotated_at) = (Some(to), at);
                family.rotated_for = rotated_for;
                family.idle_expires_at = idle_expires_at;
            }
            Write::TouchFamily { id, idle_expires_at } => {
                self.families.get_mut(&id).unwrap().idle_expires_at = idle_expires_at;
            }
            Write::UpdateGrant {
                id,
                scope,
                resource,
                redirect_uri,
                at,
                expires_at,
                session,
            } => {
                let grant = self.grants.get_mut(&id).unwrap();
                (grant.scope, grant.resource, grant.redirect_uri) = (scope, resource, redirect_uri);
                (grant.updated_at, grant.expires_at, grant.session) = (at, expires_at, session);
                grant.version += 1;
            }
            Write::UpdateUser(row) => {
                self.users.insert(Arc::clone(&row.id), *row);
            }
            other => panic!("no decision under test writes {other:?}"),
        }
    }

    fn end_user(&mut self, user: &str, at: Timestamp) {
        self.users.get_mut(user).unwrap().version += 1;
        for session in self.sessions.values_mut().filter(|session| &*session.user == user) {
            end(Some(&mut session.ended_at), at);
        }
        let families = self.families.values_mut();
        for family in families.filter(|family| &*family.delegation.user == user) {
            end(Some(&mut family.ended_at), at);
        }
    }

    /// Removes what is over. A session is kept until nothing that hung off it can be refreshed any more.
    pub(crate) fn purge(&mut self, now: Timestamp, session_lag: i64) {
        let old_session = Timestamp::from_millis(now.millis() - session_lag * 1000);
        self.access.retain(|_, row| row.expires_at > now);
        self.codes.retain(|_, row| row.keep_until > now);
        self.families.retain(|_, row| row.idle_expires_at > now);
        self.grants
            .retain(|_, row| row.ended_at.is_none() && row.expires_at.is_none_or(|end| end > now));
        self.sessions.retain(|_, row| row.expires_at > old_session);
    }

    pub(crate) fn grant_of(&self, user: &str, client_id: &str) -> Option<&GrantRecord> {
        self.grants
            .values()
            .find(|grant| grant.ended_at.is_none() && &*grant.user == user && &*grant.client_id == client_id)
    }

    pub(crate) fn code(&self, id: CodeId) -> Option<CodeFacts> {
        let code = self.codes.get(&id)?.clone();
        Some(CodeFacts {
            grant: self.grants.get(&code.delegation.grant).cloned(),
            session: code.delegation.session.and_then(|id| self.sessions.get(&id)).cloned(),
            user: self.users.get(&code.delegation.user).cloned(),
            code,
        })
    }

    pub(crate) fn family(&self, id: FamilyId) -> Option<FamilyFacts> {
        let family = self.families.get(&id)?.clone();
        let delegation = &family.delegation;
        Some(FamilyFacts {
            grant: self.grants.get(&delegation.grant).cloned(),
            session: delegation.session.and_then(|id| self.sessions.get(&id)).cloned(),
            user: self.users.get(&delegation.user).cloned(),
            family,
        })
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<SessionFacts> {
        let session = self.sessions.get(&id)?.clone();
        Some(SessionFacts {
            user: self.users.get(&session.user).cloned(),
            session,
        })
    }

    pub(crate) fn access(&self, id: AccessId) -> Option<AccessFacts> {
        let token = self.access.get(&id)?.clone();
        let family = token.family.and_then(|id| self.families.get(&id));
        let grant = token.grant.and_then(|id| self.grants.get(&id));
        Some(AccessFacts {
            family_ended: family.is_none_or(|family| family.ended_at.is_some()),
            grant_ended: grant.is_none_or(|grant| grant.ended_at.is_some()),
            user_disabled: self.users.get(&token.subject).is_none_or(|user| !user.enabled),
            tenant_lost: false,
            subject_ended: false,
            app_blocked: false,
            authentication: None,
            token,
        })
    }
}

fn end(ended_at: Option<&mut Option<Timestamp>>, at: Timestamp) {
    if let Some(ended_at) = ended_at {
        ended_at.get_or_insert(at);
    }
}
