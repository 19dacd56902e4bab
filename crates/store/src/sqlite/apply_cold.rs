//! What each write does to the cold tables, and the notes for caches that go with it.

use super::apply::{Tables, json};
use crate::{Read, StoreFault};
use grantd_core::change::Write;
use grantd_core::record::{AppState, GrantRecord, Holder, KeptStatus, KeyState, UserRecord};
use grantd_protocol::Timestamp;
use rusqlite::params;
use std::sync::Arc;

impl Tables<'_> {
    pub(super) fn apply_cold(&mut self, write: &Write) -> Read<()> {
        match write {
            Write::InsertGrant(row) => self.insert_grant(row),
            Write::UpdateGrant {
                id,
                scope,
                resource,
                redirect_uri,
                at,
                expires_at,
                session,
            } => {
                let sql = "UPDATE grants SET version = version + 1, scope = ?2, resource = ?3, redirect_uri = ?4,
                               updated_at = ?5, expires_at = ?6, session = ?7
                           WHERE id = ?1 AND ended_at IS NULL";
                self.run(
                    sql,
                    params![
                        id.as_bytes(),
                        scope.as_str(),
                        &**resource,
                        redirect_uri,
                        at.millis(),
                        expires_at.map(Timestamp::millis),
                        session.as_ref().map(|id| id.as_bytes()),
                    ],
                )
            }
            Write::EndGrant { id, at } => {
                let sql = "UPDATE grants SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
                self.run(sql, params![id.as_bytes(), at.millis()])?;
                self.note("grant", "", &id.to_string())
            }
            Write::EndUser { realm, user, at } => {
                // Sessions and families compare their epoch with the user's when they are read.
                let sql = "UPDATE users SET epoch = epoch + 1, ended_at = ?3, version = version + 1
                           WHERE realm = ?1 AND id = ?2";
                self.run(sql, params![&**realm, &**user, at.millis()])?;
                self.sessions_ended(realm, user, *at)?;
                self.note("user", realm, user)
            }
            Write::InsertUser(row) => {
                let sql = "INSERT INTO users (realm, id, key, version, enabled, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                self.put_user(sql, row)
            }
            Write::UpdateUser(row) => {
                let sql = "UPDATE users SET key = ?3, version = ?4, enabled = ?5, body = ?6
                           WHERE realm = ?1 AND id = ?2";
                self.put_user(sql, row)
            }
            Write::InsertClient(row) => {
                let sql = "INSERT INTO clients (realm, id, version, body) VALUES (?1, ?2, ?3, ?4)";
                self.run(
                    sql,
                    params![&*row.realm, &*row.client_id, integer(row.version)?, json(row)?],
                )?;
                self.note("client", &row.realm, &row.client_id)
            }
            Write::UpdateClient(row) => {
                let sql = "UPDATE clients SET version = ?3, body = ?4 WHERE realm = ?1 AND id = ?2";
                self.run(
                    sql,
                    params![&*row.realm, &*row.client_id, integer(row.version)?, json(row)?],
                )?;
                self.note("client", &row.realm, &row.client_id)
            }
            write @ Write::DeleteClient { .. } => self.delete_client(write),
            Write::LeasePlaces { realm, next } => {
                let sql = "INSERT INTO places (realm, next) VALUES (?1, ?2)
                           ON CONFLICT (realm) DO UPDATE SET next = max(next, excluded.next)";
                self.run(sql, params![&**realm, integer(*next)?])
            }
            Write::KeepStatus(kept) => self.keep_status(kept),
            Write::InsertDevice(row) => self.insert_device(row),
            Write::UpdateDevice(row) => self.update_device(row),
            Write::InsertApiKey(row) => self.insert_api_key(row),
            Write::UpdateApiKey(row) => self.update_api_key(row),
            Write::EndApiKey { id, at } => self.end_api_key(*id, *at),
            Write::CountUses(uses) => self.count_uses(uses),
            Write::NoteRefused(rows) => self.note_refused(rows),
            Write::CountRefused(rows) => self.count_refused(rows),
            other => self.apply_realm(other),
        }
    }

    fn delete_client(&self, write: &Write) -> Read<()> {
        let Write::DeleteClient {
            realm,
            client_id,
            keeps_blocks,
            at,
        } = write
        else {
            return Ok(());
        };
        self.run(
            "DELETE FROM clients WHERE realm = ?1 AND id = ?2",
            params![&**realm, &**client_id],
        )?;
        let counted = [Holder::Client, Holder::Breaks, Holder::Secrets];
        let counted = counted.map(|of| of(Arc::clone(client_id)).to_string());
        for holder in counted {
            let sql = "DELETE FROM uses WHERE realm = ?1 AND holder = ?2";
            self.run(sql, params![&**realm, holder])?;
        }
        self.forget_refused(realm, client_id)?;
        let sql = "DELETE FROM tenant_apps
                   WHERE realm = ?1 AND client_id = ?2 AND NOT (?3 AND state = ?4)";
        let blocked = AppState::Blocked.as_str();
        self.run(sql, params![&**realm, &**client_id, keeps_blocks, blocked])?;
        // Families end with their grants, which is seen when they are read.
        let sql = "UPDATE grants SET ended_at = ?3 WHERE realm = ?1 AND client_id = ?2 AND ended_at IS NULL";
        self.run(sql, params![&**realm, &**client_id, at.millis()])?;
        self.note("client", realm, client_id)
    }

    /// What a node knows of status lists, unless another node knows more.
    fn keep_status(&self, kept: &KeptStatus) -> Read<()> {
        let sql = "INSERT INTO kept_status (one, position, at, body) VALUES (1, ?1, ?2, ?3)
                   ON CONFLICT (one) DO UPDATE
                   SET position = excluded.position, at = excluded.at, body = excluded.body
                   WHERE position <= excluded.position";
        self.run(sql, params![kept.position, kept.at.millis(), kept.body])
    }

    /// Tenants, memberships and keys.
    fn apply_realm(&self, write: &Write) -> Read<()> {
        match write {
            Write::PutTenant(row) => {
                let sql = "INSERT INTO tenants (realm, id, body) VALUES (?1, ?2, ?3)
                           ON CONFLICT (realm, id) DO UPDATE SET body = excluded.body";
                self.run(sql, params![&*row.realm, &*row.id, json(row)?])?;
                self.note("tenant", &row.realm, &row.id)
            }
            Write::PutMembership(row) => {
                let sql = "INSERT INTO memberships (realm, user, tenant, role) VALUES (?1, ?2, ?3, ?4)
                           ON CONFLICT (realm, user, tenant) DO UPDATE SET role = excluded.role";
                self.run(sql, params![&*row.realm, &*row.user, &*row.tenant.id, &*row.role])
            }
            Write::InsertKey(row) => {
                let sql = "INSERT INTO keys (realm, kid, alg, state, sealed, created_at, since, remove_at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
                self.run(
                    sql,
                    params![
                        &*row.realm,
                        row.kid,
                        row.alg,
                        state_name(row.state),
                        row.sealed,
                        row.created_at.millis(),
                        row.since.millis(),
                        row.remove_at.map(Timestamp::millis),
                    ],
                )?;
                self.note("key", &row.realm, &row.kid)
            }
            Write::SetKeyState {
                realm,
                kid,
                state,
                since,
                remove_at,
            } => {
                let sql = "UPDATE keys SET state = ?3, since = ?4, remove_at = ?5 WHERE realm = ?1 AND kid = ?2";
                let remove_at = remove_at.map(Timestamp::millis);
                self.run(
                    sql,
                    params![&**realm, kid, state_name(*state), since.millis(), remove_at],
                )?;
                self.note("key", realm, kid)
            }
            Write::DeleteKey { realm, kid } => {
                self.run("DELETE FROM keys WHERE realm = ?1 AND kid = ?2", params![&**realm, kid])?;
                self.note("key", realm, kid)
            }
            other => self.apply_removal(other),
        }
    }

    fn insert_grant(&self, row: &GrantRecord) -> Read<()> {
        let sql = "INSERT INTO grants (id, version, realm, user, client_id, tenant, scope, resource, redirect_uri,
                       created_at, updated_at, expires_at, session, ended_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                integer(row.version)?,
                &*row.realm,
                &*row.user,
                &*row.client_id,
                row.tenant.as_deref(),
                row.scope.as_str(),
                &*row.resource,
                row.redirect_uri,
                row.created_at.millis(),
                row.updated_at.millis(),
                row.expires_at.map(Timestamp::millis),
                row.session.as_ref().map(|id| id.as_bytes()),
                row.ended_at.map(Timestamp::millis),
            ],
        )
    }

    fn put_user(&self, sql: &str, row: &UserRecord) -> Read<()> {
        let key = UserRecord::key_of(&row.username);
        let version = integer(row.version)?;
        self.run(
            sql,
            params![&*row.realm, &*row.id, key, version, row.enabled, json(row)?],
        )?;
        self.note("user", &row.realm, &row.id)
    }

    pub(super) fn note(&self, kind: &str, realm: &str, key: &str) -> Read<()> {
        let sql = "INSERT INTO changes (at, kind, realm, key) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![self.now.millis(), kind, realm, key])
    }
}

/// SQLite's integers have a sign.
pub(super) fn integer(version: u64) -> Read<i64> {
    i64::try_from(version).map_err(|_| StoreFault::Corrupt("a version is out of range".to_owned()))
}

/// How a key's state is stored; `read` understands the same names.
pub(super) const fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Next => "next",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    }
}
