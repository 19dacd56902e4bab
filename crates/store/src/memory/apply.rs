//! What each write does to the memory store. A write that is refused leaves the state as it was.

use super::state::{State, key};
use crate::{CacheNote, Read, StoreFault};
use grantd_core::change::Write;
use grantd_core::record::{ApiKeyRecord, GrantRecord, Holder, UseRecord, UserRecord};
use grantd_protocol::Timestamp;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

impl State {
    /// Applies the writes in order; the number of rows that purges removed.
    pub(super) fn apply_all(&mut self, writes: Vec<Write>, now: Timestamp) -> Read<u64> {
        let mut removed = 0;
        for write in writes {
            if let Write::Purge { kind, before, limit } = write {
                removed += self.purge(kind, before, limit);
            } else {
                self.apply(write, now)?;
            }
        }
        Ok(removed)
    }

    fn apply(&mut self, write: Write, now: Timestamp) -> Read<()> {
        match write {
            Write::InsertAccess(row) => insert(&mut self.access, row.id, *row)?,
            Write::EndAccess { id, at } => {
                if let Some(row) = self.access.get_mut(&id) {
                    row.ended_at.get_or_insert(at);
                }
                self.note("access", "", &id.to_string(), now);
            }
            Write::InsertCode(row) => insert(&mut self.codes, row.id, *row)?,
            Write::SpendCode { id, at, keep_until } => {
                if let Some(row) = self.codes.get_mut(&id).filter(|row| row.spent_at.is_none()) {
                    row.spent_at = Some(at);
                    row.keep_until = keep_until;
                }
            }
            Write::InsertFamily(row) => insert(&mut self.families, row.id, *row)?,
            Write::RotateFamily {
                id,
                to,
                at,
                rotated_for,
                idle_expires_at,
            } => {
                if let Some(row) = self.families.get_mut(&id).filter(|row| row.ended_at.is_none()) {
                    row.generation = Some(to);
                    row.rotated_at = at;
                    row.rotated_for = rotated_for;
                    row.idle_expires_at = idle_expires_at;
                }
            }
            Write::TouchFamily { id, idle_expires_at } => {
                if let Some(row) = self.families.get_mut(&id).filter(|row| row.ended_at.is_none()) {
                    row.idle_expires_at = idle_expires_at;
                }
            }
            Write::EndFamily { id, at } => {
                if let Some(row) = self.families.get_mut(&id) {
                    row.ended_at.get_or_insert(at);
                }
                self.note("family", "", &id.to_string(), now);
            }
            Write::InsertSession(row) => insert(&mut self.sessions, row.id, *row)?,
            Write::RenewSession {
                id,
                hash,
                authentication,
                expires_at,
            } => {
                self.session_renewed(id, expires_at);
                if let Some(row) = self.sessions.get_mut(&id).filter(|row| row.ended_at.is_none()) {
                    row.hash = hash;
                    row.authentication = authentication;
                    row.expires_at = expires_at;
                }
            }
            Write::EndSession { id, at } => {
                self.make_due(at, |note| note.session == id);
                if let Some(row) = self.sessions.get_mut(&id) {
                    row.ended_at.get_or_insert(at);
                }
                self.note("session", "", &id.to_string(), now);
            }
            Write::Remember { key, expires_at } => {
                let until = self.seen.entry(key).or_insert(expires_at);
                *until = expires_at.max(*until);
            }
            Write::SetAttempts { key, tat, expires_at } => {
                self.attempts.insert(key, (tat, expires_at));
            }
            Write::Audit(row) => {
                self.make_deliveries(&row);
                insert(&mut self.audit, row.id, *row)?;
            }
            cold => self.apply_cold(cold, now)?,
        }
        Ok(())
    }

    fn apply_cold(&mut self, write: Write, now: Timestamp) -> Read<()> {
        match write {
            Write::InsertGrant(row) => self.insert_grant(*row)?,
            Write::UpdateGrant {
                id,
                scope,
                resource,
                redirect_uri,
                at,
                expires_at,
                session,
            } => {
                if let Some(row) = self.grants.get_mut(&id).filter(|row| row.ended_at.is_none()) {
                    row.version += 1;
                    row.scope = scope;
                    row.resource = resource;
                    row.redirect_uri = redirect_uri;
                    row.updated_at = at;
                    row.expires_at = expires_at;
                    row.session = session;
                }
            }
            Write::EndGrant { id, at } => {
                if let Some(row) = self.grants.get_mut(&id) {
                    row.ended_at.get_or_insert(at);
                }
                self.note("grant", "", &id.to_string(), now);
            }
            Write::EndUser { realm, user, at } => self.end_user(&realm, &user, at, now),
            Write::InsertUser(row) => {
                let id = key(&row.realm, &row.id);
                if self.users.contains_key(&id) {
                    return Err(taken("user"));
                }
                self.put_user(*row, now)?;
            }
            Write::UpdateUser(row) => self.put_user(*row, now)?,
            Write::InsertClient(row) => {
                let id = key(&row.realm, &row.client_id);
                insert(&mut self.clients, id.clone(), *row)?;
                self.note("client", &id.0, &id.1, now);
            }
            Write::UpdateClient(row) => {
                self.note("client", &row.realm, &row.client_id, now);
                self.clients.insert(key(&row.realm, &row.client_id), *row);
            }
            write @ Write::DeleteClient { .. } => self.delete_client(&write, now),
            Write::PutTenant(row) => {
                self.note("tenant", &row.realm, &row.id, now);
                self.tenants.insert(key(&row.realm, &row.id), *row);
            }
            Write::PutMembership(row) => {
                if !self.tenants.contains_key(&key(&row.realm, &row.tenant.id)) {
                    return Err(StoreFault::Corrupt(
                        "a membership names a tenant that does not exist".into(),
                    ));
                }
                let id = (
                    Arc::clone(&row.realm),
                    Arc::clone(&row.user),
                    Arc::clone(&row.tenant.id),
                );
                self.memberships.insert(id, *row);
            }
            Write::LeasePlaces { realm, next } => {
                let given = self.places.entry(realm).or_default();
                *given = next.max(*given);
            }
            Write::KeepStatus(kept) => {
                let known = self.kept_status.as_ref();
                if known.is_none_or(|known| known.position <= kept.position) {
                    self.kept_status = Some(*kept);
                }
            }
            Write::InsertDevice(row) => {
                if self.device_with(row.user_code).is_some() {
                    return Err(taken("user code"));
                }
                insert(&mut self.devices, row.id, *row)?;
            }
            Write::UpdateDevice(row) => {
                if let Some(known) = self.devices.get_mut(&row.id) {
                    *known = *row;
                }
            }
            Write::InsertApiKey(row) => insert(&mut self.api_keys, row.id, *row)?,
            Write::UpdateApiKey(row) => self.update_api_key(*row),
            Write::EndApiKey { id, at } => {
                if let Some(row) = self.api_keys.get_mut(&id).filter(|row| row.ended_at.is_none()) {
                    row.ended_at = Some(at);
                    row.version += 1;
                }
            }
            Write::CountUses(uses) => uses.into_iter().for_each(|row| self.count_uses(row)),
            Write::NoteRefused(rows) => self.note_refused(rows),
            Write::CountRefused(rows) => rows.iter().for_each(|row| self.count_refused(row)),
            signing_key => self.apply_key(signing_key, now)?,
        }
        Ok(())
    }

    fn apply_key(&mut self, write: Write, now: Timestamp) -> Read<()> {
        match write {
            Write::InsertKey(row) => {
                let id = key(&row.realm, &row.kid);
                insert(&mut self.keys, id.clone(), *row)?;
                self.note("key", &id.0, &id.1, now);
            }
            Write::SetKeyState {
                realm,
                kid,
                state,
                since,
                remove_at,
            } => {
                self.note("key", &realm, &kid, now);
                if let Some(row) = self.keys.get_mut(&key(&realm, &kid)) {
                    row.state = state;
                    row.since = since;
                    row.remove_at = remove_at;
                }
            }
            Write::DeleteKey { realm, kid } => {
                self.note("key", &realm, &kid, now);
                self.keys.remove(&key(&realm, &kid));
            }
            removal => self.apply_removal(removal, now),
        }
        Ok(())
    }

    fn update_api_key(&mut self, next: ApiKeyRecord) {
        let known = self.api_keys.get_mut(&next.id);
        if let Some(row) = known.filter(|row| row.ended_at.is_none()) {
            row.version = next.version;
            row.name = next.name;
            row.scope = next.scope;
            row.expires_at = next.expires_at;
        }
    }

    fn count_uses(&mut self, more: UseRecord) {
        let exists = match &more.holder {
            Holder::Client(client_id) | Holder::Breaks(client_id) | Holder::Secrets(client_id) => {
                self.clients.contains_key(&key(&more.realm, client_id))
            }
            Holder::ApiKey(id) => self.api_keys.contains_key(id),
            Holder::Grant(id) => self.grants.contains_key(id),
        };
        if !exists {
            return;
        }
        let id = (Arc::clone(&more.realm), more.holder.clone(), more.permission.clone());
        match self.uses.entry(id) {
            Entry::Vacant(place) => {
                place.insert(more);
            }
            Entry::Occupied(mut place) => {
                let row = place.get_mut();
                row.count = row.count.saturating_add(more.count);
                row.first_used_at = row.first_used_at.min(more.first_used_at);
                row.last_used_at = row.last_used_at.max(more.last_used_at);
            }
        }
    }

    fn insert_grant(&mut self, row: GrantRecord) -> Read<()> {
        let rival = self.grant_for(&row.realm, &row.user, &row.client_id, row.tenant.as_deref());
        if rival.is_some() && row.ended_at.is_none() {
            return Err(taken("grant"));
        }
        insert(&mut self.grants, row.id, row)
    }

    fn put_user(&mut self, row: UserRecord, now: Timestamp) -> Read<()> {
        let holder = self.user_by_key(&row.realm, &UserRecord::key_of(&row.username));
        if holder.is_some_and(|holder| holder.id != row.id) {
            return Err(taken("username"));
        }
        self.note("user", &row.realm, &row.id, now);
        self.users.insert(key(&row.realm, &row.id), row);
        Ok(())
    }

    pub(super) fn end_user(&mut self, realm: &str, user: &str, at: Timestamp, now: Timestamp) {
        self.make_due(at, |note| &*note.realm == realm && &*note.user == user);
        let Some(row) = self.users.get_mut(&key(realm, user)) else {
            return;
        };
        row.version += 1;
        let sessions = self.sessions.values_mut();
        for session in sessions.filter(|session| &*session.realm == realm && &*session.user == user) {
            session.ended_at.get_or_insert(at);
        }
        let families = self.families.values_mut();
        for family in families.filter(|row| &*row.delegation.realm == realm && &*row.delegation.user == user) {
            family.ended_at.get_or_insert(at);
        }
        self.note("user", realm, user, now);
    }

    pub(super) fn note(&mut self, kind: &str, realm: &str, name: &str, now: Timestamp) {
        self.last_position += 1;
        let note = CacheNote {
            position: self.last_position,
            kind: kind.to_owned(),
            realm: realm.to_owned(),
            key: name.to_owned(),
        };
        self.notes.push((note, now));
    }
}

fn insert<K: Ord, V>(rows: &mut BTreeMap<K, V>, id: K, row: V) -> Read<()> {
    match rows.entry(id) {
        Entry::Vacant(place) => {
            place.insert(row);
            Ok(())
        }
        Entry::Occupied(_) => Err(taken("row")),
    }
}

fn taken(what: &str) -> StoreFault {
    StoreFault::Corrupt(format!("an inserted {what} exists already"))
}
