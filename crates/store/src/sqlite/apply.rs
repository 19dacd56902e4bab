//! What each write does to the hot tables and the small ones beside them. The cold ones are in `apply_cold`.

use super::apply_cold::integer;
use super::extend::LiveFamily;
use super::fault::fault;
use super::index::{self, Watermark};
use super::seen::Lately;
use super::texts::Interned;
use crate::{Read, StoreFault};
use grantd_core::change::Write;
use grantd_core::record::code::Delegation;
use grantd_core::record::{AccessRecord, AuditRecord, Binding, CodeRecord, FamilyRecord, SessionRecord};
use grantd_protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, params};
use serde::Serialize;

/// The tables as one change sees them.
pub(super) struct Tables<'writer> {
    pub(super) connection: &'writer Connection,
    pub(super) texts: &'writer mut Interned,
    pub(super) watermark: &'writer mut Watermark,
    pub(super) lately: &'writer mut Lately,
    /// When the change was drawn.
    pub(super) now: Timestamp,
    /// What a guard of this change saw.
    pub(super) family: Option<LiveFamily>,
}

impl Tables<'_> {
    /// Applies the writes in order; the number of rows that purges removed.
    pub(super) fn apply_all(&mut self, writes: &[Write]) -> Read<u64> {
        let mut removed = 0;
        for write in writes {
            if let Write::Purge { kind, before, limit } = write {
                removed += self.purge(*kind, *before, *limit)?;
            } else {
                self.apply(write)?;
            }
        }
        Ok(removed)
    }

    fn apply(&mut self, write: &Write) -> Read<()> {
        match write {
            Write::InsertAccess(row) => self.insert_access(row),
            Write::EndAccess { id, at } => {
                let sql = "UPDATE access SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
                self.run(sql, params![id.as_bytes(), at.millis()])?;
                self.note("access", "", &id.to_string())
            }
            Write::InsertCode(row) => self.insert_code(row),
            Write::SpendCode { id, at, keep_until } => self.spend_code(*id, *at, *keep_until),
            Write::InsertFamily(row) => self.insert_family(row),
            Write::RotateFamily {
                id,
                to,
                at,
                rotated_for,
                idle_expires_at,
            } => self.rotate(*id, *to, *at, *rotated_for, *idle_expires_at),
            Write::TouchFamily { id, idle_expires_at } => self.touch(*id, *idle_expires_at),
            Write::EndFamily { id, at } => {
                let sql = "UPDATE families SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
                self.run(sql, params![id.as_bytes(), at.millis()])?;
                self.note("family", "", &id.to_string())
            }
            Write::InsertSession(row) => self.insert_session(row),
            Write::RenewSession {
                id,
                hash,
                authentication,
                expires_at,
            } => {
                let sql = "UPDATE sessions SET hash = ?2, authentication = ?3, expires_at = ?4
                           WHERE id = ?1 AND ended_at IS NULL";
                let authentication = json(authentication)?;
                self.run(
                    sql,
                    params![id.as_bytes(), hash.as_bytes(), authentication, expires_at.millis()],
                )?;
                self.session_renewed(*id, *expires_at)
            }
            Write::EndSession { id, at } => {
                let sql = "UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
                self.run(sql, params![id.as_bytes(), at.millis()])?;
                self.session_ended(*id, *at)?;
                self.note("session", "", &id.to_string())
            }
            Write::Remember { key, expires_at } => self.remember(*key, *expires_at),
            Write::SetAttempts { key, tat, expires_at } => {
                let sql = "INSERT INTO attempts (key, tat, expires_at) VALUES (?1, ?2, ?3)
                           ON CONFLICT (key) DO UPDATE SET tat = excluded.tat, expires_at = excluded.expires_at";
                self.run(sql, params![key.0, tat.millis(), expires_at.millis()])
            }
            Write::Audit(row) => {
                self.make_deliveries(row)?;
                self.insert_audit(row)
            }
            cold => self.apply_cold(cold),
        }
    }

    fn insert_access(&mut self, row: &AccessRecord) -> Read<()> {
        let until = row.expires_at;
        let realm = self.texts.id(self.connection, &row.realm, until)?;
        let client = self.texts.id(self.connection, &row.client_id, until)?;
        let issuer = self.texts.id(self.connection, &row.issuer, until)?;
        let audience = self.texts.id(self.connection, &row.audience, until)?;
        let scope = self.texts.id(self.connection, &row.scope.shared(), until)?;
        let is_own = row.grant.is_none() && !row.is_made_by_hand() && row.subject == row.client_id;
        let sql = "INSERT INTO access (id, realm, client, issuer, audience, scope, hash, grant_id, family, subject,
                       tenant, issued_at, expires_at, ended_at, jkt, place)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                realm,
                client,
                issuer,
                audience,
                scope,
                row.hash.as_ref().map(|hash| hash.as_bytes()),
                row.grant.as_ref().map(|id| id.as_bytes()),
                row.family.as_ref().map(|id| id.as_bytes()),
                (!is_own).then_some(&*row.subject),
                row.tenant.as_deref(),
                row.issued_at.millis(),
                row.expires_at.millis(),
                row.ended_at.map(Timestamp::millis),
                row.bound_to.map(Binding::to_bytes),
                row.status.map(|place| integer(place.0)).transpose()?,
            ],
        )?;
        if let Some(name) = &row.name {
            self.name_access(row, name)?;
        }
        if let Some(more) = &row.more {
            let sql = "UPDATE access SET more = ?2 WHERE id = ?1";
            self.run(sql, params![row.id.as_bytes(), json(more)?])?;
        }
        index::note_late(self.connection, self.watermark, row)
    }

    fn insert_code(&mut self, row: &CodeRecord) -> Read<()> {
        let on = &row.delegation;
        let [realm, client, issuer, resource, scope] = self.interned(on, row.keep_until)?;
        let sql = "INSERT INTO codes (id, realm, client, issuer, resource, scope, grant_id, session, user, tenant,
                       authentication, nonce, hash, family, redirect_uri, challenge, created_at, expires_at, spent_at,
                       keep_until, jkt, details)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                       ?21, ?22)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                realm,
                client,
                issuer,
                resource,
                scope,
                on.grant.as_bytes(),
                on.session.as_ref().map(|id| id.as_bytes()),
                &*on.user,
                on.tenant.as_deref(),
                json(&on.authentication)?,
                on.nonce,
                row.hash.as_bytes(),
                row.family.as_bytes(),
                row.redirect_uri,
                row.challenge.as_ref().map(|challenge| challenge.as_bytes()),
                row.created_at.millis(),
                row.expires_at.millis(),
                row.spent_at.map(Timestamp::millis),
                row.keep_until.millis(),
                on.bound_to.map(Binding::to_bytes),
                on.more.as_ref().map(json).transpose()?,
            ],
        )
    }

    fn insert_family(&mut self, row: &FamilyRecord) -> Read<()> {
        let on = &row.delegation;
        let [realm, client, issuer, resource, scope] = self.interned(on, row.idle_expires_at)?;
        let epoch = self.epoch(&on.realm, &on.user)?;
        let sql = "INSERT INTO families (id, realm, client, issuer, resource, scope, grant_id, session, user, tenant,
                       authentication, nonce, generation, rotated_at, salt, offline, created_at, idle_expires_at,
                       absolute_expires_at, ended_at, epoch, jkt, look_at, details, rotated_for)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                       ?21, ?22, ?18, ?23, ?24)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                realm,
                client,
                issuer,
                resource,
                scope,
                on.grant.as_bytes(),
                on.session.as_ref().map(|id| id.as_bytes()),
                &*on.user,
                on.tenant.as_deref(),
                json(&on.authentication)?,
                on.nonce,
                row.generation,
                row.rotated_at.millis(),
                row.salt,
                row.offline,
                row.created_at.millis(),
                row.idle_expires_at.millis(),
                row.absolute_expires_at.map(Timestamp::millis),
                row.ended_at.map(Timestamp::millis),
                epoch,
                on.bound_to.map(Binding::to_bytes),
                on.more.as_ref().map(json).transpose()?,
                row.rotated_for.map(Binding::to_bytes),
            ],
        )
    }

    fn insert_session(&mut self, row: &SessionRecord) -> Read<()> {
        let epoch = self.epoch(&row.realm, &row.user)?;
        let sql = "INSERT INTO sessions (id, hash, realm, user, authentication, created_at, expires_at, ended_at,
                       user_agent, address, epoch)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        self.run(
            sql,
            params![
                row.id.as_bytes(),
                row.hash.as_bytes(),
                &*row.realm,
                &*row.user,
                json(&row.authentication)?,
                row.created_at.millis(),
                row.expires_at.millis(),
                row.ended_at.map(Timestamp::millis),
                row.user_agent,
                row.address,
                epoch,
            ],
        )
    }

    fn insert_audit(&self, row: &AuditRecord) -> Read<()> {
        let sql = "INSERT INTO audit (realm, id, at, actor, action, target, address, detail)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.run(
            sql,
            params![
                &*row.realm,
                row.id.as_bytes(),
                row.at.millis(),
                row.actor,
                row.action,
                row.target,
                row.address,
                json(&row.detail)?,
            ],
        )
    }

    fn interned(&mut self, on: &Delegation, until: Timestamp) -> Read<[i64; 5]> {
        Ok([
            self.texts.id(self.connection, &on.realm, until)?,
            self.texts.id(self.connection, &on.client_id, until)?,
            self.texts.id(self.connection, &on.issuer, until)?,
            self.texts.id(self.connection, &on.resource, until)?,
            self.texts.id(self.connection, &on.scope.shared(), until)?,
        ])
    }

    /// How often the user was ended so far. One who does not exist never was.
    fn epoch(&self, realm: &str, user: &str) -> Read<i64> {
        let read = || {
            self.connection
                .prepare_cached("SELECT epoch FROM users WHERE realm = ?1 AND id = ?2")?
                .query_row((realm, user), |row| row.get(0))
                .optional()
        };
        Ok(read().map_err(fault)?.unwrap_or_default())
    }

    pub(super) fn run(&self, sql: &str, params: impl Params) -> Read<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        statement.execute(params).map(drop).map_err(fault)
    }
}

pub(super) fn json(value: &impl Serialize) -> Read<String> {
    // The records are plain values: this fails only if one of them gets a map with other keys than texts.
    serde_json::to_string(value).map_err(|_| StoreFault::Corrupt("a record cannot be written as JSON".to_owned()))
}
