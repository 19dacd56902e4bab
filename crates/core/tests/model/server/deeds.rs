//! What users and operators do beside: logins, logouts, ends and revocations.

use super::*;

impl Server {
    /// The changes of everything that is not an authorization or token request.
    pub(super) fn plain(&self, op: &Op) -> Option<Change> {
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
    pub(super) fn logout(&self, user: usize) -> Decision {
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

    pub(super) fn revoke_access(&self, token: usize) -> Option<Change> {
        let id = self.access.get(chosen(token, self.access.len().max(1)))?;
        let record = self.store.access.get(id)?;
        let owner = (0..setting::CLIENTS).find(|number| self.clients[*number].client_id == record.client_id)?;
        revoke::revoke_access(record, &self.authenticated(owner)?, self.now, self.change_id())
    }

    pub(super) fn revoke_refresh(&self, family: usize, which: Which) -> Option<Change> {
        let given = self.families.get(chosen(family, self.families.len().max(1)))?;
        let value = RefreshText::read(&self.realm, given.text(which)?);
        let client = self.authenticated(given.client)?;
        let record = self.store.families.get(&given.id)?;
        revoke::revoke_refresh(record, &value, &client, &self.key, self.now, self.change_id())
    }

    pub(super) fn end_user(
        &self,
        user: usize,
        change: impl FnOnce(&mut grantd_core::record::UserRecord),
    ) -> Vec<Write> {
        let mut record = self.store.users[&setting::user(user).id].clone();
        change(&mut record);
        let end = Write::EndUser {
            realm: Arc::clone(&record.realm),
            user: Arc::clone(&record.id),
            at: self.now,
        };
        vec![Write::UpdateUser(Box::new(record)), end]
    }

    pub(super) fn new_session(&self, user: usize) -> SessionRecord {
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

    pub(super) fn change_id(&self) -> ChangeId {
        ChangeId::draw(self.now, &self.entropy)
    }
}
