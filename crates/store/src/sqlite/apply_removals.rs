//! What leaves for good: users, tenants, places in them; who is linked to a user; what is remembered of idempotency keys.

use super::apply::{Tables, json};
use crate::Read;
use grantd_core::change::Write;
use grantd_protocol::Timestamp;
use rusqlite::params;

impl Tables<'_> {
    pub(super) fn apply_removal(&self, write: &Write) -> Read<()> {
        match write {
            Write::DeleteUser { realm, user, at } => {
                let sql = "UPDATE grants SET ended_at = ?3 WHERE realm = ?1 AND user = ?2 AND ended_at IS NULL";
                self.run(sql, params![&**realm, &**user, at.millis()])?;
                let sql = "UPDATE sessions SET ended_at = ?3 WHERE realm = ?1 AND user = ?2 AND ended_at IS NULL";
                self.run(sql, params![&**realm, &**user, at.millis()])?;
                self.end_by_hand("subject = ?2", params![&**realm, &**user, at.millis()])?;
                self.sessions_ended(realm, user, *at)?;
                let sql = "DELETE FROM memberships WHERE realm = ?1 AND user = ?2";
                self.run(sql, params![&**realm, &**user])?;
                let sql = "DELETE FROM upstream_links WHERE realm = ?1 AND user = ?2";
                self.run(sql, params![&**realm, &**user])?;
                let sql = "DELETE FROM users WHERE realm = ?1 AND id = ?2";
                self.run(sql, params![&**realm, &**user])?;
                self.note("user", realm, user)
            }
            Write::DeleteTenant { realm, id, at } => {
                let sql = "UPDATE grants SET ended_at = ?3 WHERE realm = ?1 AND tenant = ?2 AND ended_at IS NULL";
                self.run(sql, params![&**realm, &**id, at.millis()])?;
                // The id may be taken again: what the tenant held must not come back with it.
                let sql = "UPDATE api_keys SET ended_at = ?3, version = version + 1
                           WHERE realm = ?1 AND tenant = ?2 AND ended_at IS NULL";
                self.run(sql, params![&**realm, &**id, at.millis()])?;
                self.end_by_hand("tenant = ?2", params![&**realm, &**id, at.millis()])?;
                let sql = "DELETE FROM tenant_apps WHERE realm = ?1 AND tenant = ?2";
                self.run(sql, params![&**realm, &**id])?;
                let sql = "DELETE FROM tenants WHERE realm = ?1 AND id = ?2";
                self.run(sql, params![&**realm, &**id])?;
                self.note("tenant", realm, id)
            }
            Write::DeleteMembership {
                realm,
                user,
                tenant,
                at,
            } => {
                let sql = "DELETE FROM memberships WHERE realm = ?1 AND user = ?2 AND tenant = ?3";
                self.run(sql, params![&**realm, &**user, &**tenant])?;
                let sql = "UPDATE grants SET ended_at = ?4
                           WHERE realm = ?1 AND user = ?2 AND tenant = ?3 AND ended_at IS NULL";
                self.run(sql, params![&**realm, &**user, &**tenant, at.millis()])?;
                self.end_by_hand_of(realm, user, Some(tenant), *at)
            }
            Write::EndByHand {
                realm,
                user,
                tenant,
                at,
            } => self.end_by_hand_of(realm, user, tenant.as_deref(), *at),
            Write::InsertLink(row) => {
                let sql = "INSERT INTO upstream_links (realm, key, user, made_at, person, used_at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let person = row.person.as_ref().map(json).transpose()?;
                let used_at = row.used_at.map(Timestamp::millis);
                self.run(
                    sql,
                    params![&*row.realm, row.key, &*row.user, row.made_at.millis(), person, used_at],
                )
            }
            Write::UseLink { realm, key, person, at } => {
                let sql = "UPDATE upstream_links SET person = ?3, used_at = ?4 WHERE realm = ?1 AND key = ?2";
                self.run(sql, params![&**realm, key, json(person)?, at.millis()])
            }
            Write::DeleteLink { realm, key, user } => {
                let sql = "DELETE FROM upstream_links WHERE realm = ?1 AND key = ?2 AND user = ?3";
                self.run(sql, params![&**realm, key, &**user])
            }
            Write::PutIdempotency(row) => {
                let sql = "INSERT OR REPLACE INTO idempotency
                               (key, fingerprint, salt, body, secret_member, location, expires_at, etag, rights)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
                self.run(
                    sql,
                    params![
                        row.key,
                        row.fingerprint,
                        row.salt,
                        json(&row.body)?,
                        row.secret_member,
                        row.location,
                        row.expires_at.millis(),
                        row.etag,
                        row.rights,
                    ],
                )
            }
            other => self.apply_session_client(other),
        }
    }

    /// Those for one tenant, or all.
    fn end_by_hand_of(&self, realm: &str, user: &str, tenant: Option<&str>, at: Timestamp) -> Read<()> {
        match tenant {
            Some(tenant) => {
                let which = params![realm, user, at.millis(), tenant];
                self.end_by_hand("subject = ?2 AND tenant = ?4", which)?;
            }
            None => self.end_by_hand("subject = ?2", params![realm, user, at.millis()])?,
        }
        self.note("user", realm, user)
    }

    /// Who leaves and comes back finds no token that they made by hand before.
    pub(super) fn end_by_hand(&self, which: &str, params: &[&dyn rusqlite::ToSql]) -> Read<()> {
        let sql = format!(
            "UPDATE access SET ended_at = ?3 WHERE id IN (SELECT id FROM access_by_hand WHERE realm = ?1)
             AND {which} AND ended_at IS NULL"
        );
        self.run(&sql, params)
    }
}
