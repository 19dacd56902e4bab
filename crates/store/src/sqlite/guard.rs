//! Whether a guard holds: one point query each, in the writer's transaction.

use super::apply::Tables;
use super::apply_cold::{integer, state_name};
use super::extend::{LiveFamily, family_columns};
use super::fault::fault;
use super::{index, texts};
use crate::Read;
use grantd_core::change::Guard;
use grantd_protocol::id::{FamilyId, GrantId};
use rusqlite::{OptionalExtension as _, Params, params};

impl Tables<'_> {
    pub(super) fn holds(&mut self, guard: &Guard) -> Read<bool> {
        match guard {
            Guard::CodeUnspent(id) => self.exists(
                "SELECT 1 FROM codes WHERE id = ?1 AND spent_at IS NULL",
                [id.as_bytes()],
            ),
            Guard::FamilyAt { id, generation } => self.family_is_at(*id, *generation),
            // A family that lives was found together with its grant.
            Guard::GrantLive(id)
                if self
                    .family
                    .as_ref()
                    .is_some_and(|family| family.live_grant == Some(*id)) =>
            {
                Ok(true)
            }
            Guard::GrantLive(id) => self.exists(
                "SELECT 1 FROM grants WHERE id = ?1 AND ended_at IS NULL",
                [id.as_bytes()],
            ),
            Guard::GrantAt { id, version } => {
                let sql = "SELECT 1 FROM grants WHERE id = ?1 AND ended_at IS NULL AND version = ?2";
                self.exists(sql, params![id.as_bytes(), integer(*version)?])
            }
            Guard::NoGrant {
                realm,
                user,
                client_id,
                tenant,
            } => {
                let sql = "SELECT 1 FROM grants
                           WHERE realm = ?1 AND user = ?2 AND client_id = ?3 AND tenant IS ?4 AND ended_at IS NULL";
                Ok(!self.exists(sql, params![&**realm, &**user, &**client_id, tenant.as_deref()])?)
            }
            Guard::SessionLive(id) => {
                let sql = "SELECT 1 FROM sessions s LEFT JOIN users u ON u.realm = s.realm AND u.id = s.user
                           WHERE s.id = ?1 AND s.ended_at IS NULL AND ifnull(u.epoch, 0) <= s.epoch";
                self.exists(sql, [id.as_bytes()])
            }
            Guard::LogoutDue {
                session,
                client_id,
                tries,
            } => {
                let sql = "SELECT 1 FROM session_clients
                           WHERE session = ?1 AND client_id = ?2 AND due_at IS NOT NULL AND tries = ?3";
                self.exists(sql, params![session.as_bytes(), &**client_id, tries])
            }
            Guard::WebhookAt { id, version } => {
                let sql = "SELECT 1 FROM webhooks WHERE id = ?1 AND version = ?2";
                self.exists(sql, params![id.as_bytes(), integer(*version)?])
            }
            Guard::DeliveryAt {
                key: (webhook, event),
                tries,
                due_at,
            } => {
                let sql = "SELECT 1 FROM webhook_deliveries
                           WHERE webhook = ?1 AND event = ?2 AND tries = ?3 AND due_at IS ?4";
                let due_at = due_at.map(grantd_protocol::Timestamp::millis);
                self.exists(sql, params![webhook.as_bytes(), event.as_bytes(), tries, due_at])
            }
            Guard::AccessLive(id) => self.exists(
                "SELECT 1 FROM access WHERE id = ?1 AND ended_at IS NULL",
                [id.as_bytes()],
            ),
            Guard::ApiKeyAt { id, version } => {
                let sql = "SELECT 1 FROM api_keys WHERE id = ?1 AND version = ?2 AND ended_at IS NULL";
                self.exists(sql, params![id.as_bytes(), integer(*version)?])
            }
            Guard::DeviceAt { id, version } => {
                let sql = "SELECT 1 FROM devices WHERE id = ?1 AND version = ?2";
                self.exists(sql, params![id.as_bytes(), integer(*version)?])
            }
            Guard::UserCodeFree(code) => {
                Ok(!self.exists("SELECT 1 FROM devices WHERE user_code = ?1", params![code.0])?)
            }
            Guard::PlacesAt { realm, next } => {
                let sql = "SELECT 1 FROM places WHERE realm = ?1 AND (?2 IS NULL OR next = ?2)";
                let next = next.map(integer).transpose()?;
                Ok(self.exists(sql, params![&**realm, next])? == next.is_some())
            }
            Guard::Unseen(key) => self.is_unseen(*key),
            Guard::AttemptsAt { key, tat: Some(tat) } => {
                let sql = "SELECT 1 FROM attempts WHERE key = ?1 AND tat = ?2";
                self.exists(sql, params![key.0, tat.millis()])
            }
            Guard::AttemptsAt { key, tat: None } => Ok(!self.exists("SELECT 1 FROM attempts WHERE key = ?1", [key.0])?),
            cold => self.holds_cold(cold),
        }
    }

    /// A family also ends with its grant and with its user (see the schema on epochs). One that is found is remembered:
    /// the writes of its change are about it.
    fn family_is_at(&mut self, id: FamilyId, generation: Option<u32>) -> Read<bool> {
        let sql = concat!(
            "SELECT ",
            family_columns!(),
            ", f.grant_id FROM families f JOIN grants g ON g.id = f.grant_id JOIN texts t ON t.id = f.realm
             LEFT JOIN users u ON u.realm = t.text AND u.id = f.user
             WHERE f.id = ?1 AND f.generation IS ?2 AND f.ended_at IS NULL AND g.ended_at IS NULL
                 AND ifnull(u.epoch, 0) <= f.epoch"
        );
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let found = statement.query_row(params![id.as_bytes(), generation], |row| {
            let mut family = LiveFamily::of(id, row)?;
            family.live_grant = Some(GrantId::from_bytes(row.get(6)?));
            Ok(family)
        });
        self.family = found.optional().map_err(fault)?;
        Ok(self.family.is_some())
    }

    fn holds_cold(&self, guard: &Guard) -> Read<bool> {
        match guard {
            Guard::UserAt { realm, id, version } => {
                let sql = "SELECT 1 FROM users WHERE realm = ?1 AND id = ?2 AND version = ?3 AND enabled";
                self.exists(sql, params![&**realm, &**id, integer(*version)?])
            }
            Guard::UserRowAt { realm, id, version } => {
                let sql = "SELECT 1 FROM users WHERE realm = ?1 AND id = ?2 AND version = ?3";
                self.exists(sql, params![&**realm, &**id, integer(*version)?])
            }
            Guard::TenantAt { realm, id, version } => {
                let sql = "SELECT 1 FROM tenants WHERE realm = ?1 AND id = ?2 AND json_extract(body, '$.version') = ?3";
                self.exists(sql, params![&**realm, &**id, integer(*version)?])
            }
            Guard::TenantFree { realm, id } => {
                let sql = "SELECT 1 FROM tenants WHERE realm = ?1 AND id = ?2";
                Ok(!self.exists(sql, params![&**realm, &**id])?)
            }
            Guard::LinkFree { realm, key } => {
                let sql = "SELECT 1 FROM upstream_links WHERE realm = ?1 AND key = ?2";
                Ok(!self.exists(sql, params![&**realm, key])?)
            }
            Guard::IdempotencyFree(key) => {
                let sql = "SELECT 1 FROM idempotency WHERE key = ?1 AND expires_at > ?2";
                Ok(!self.exists(sql, params![key, self.now.millis()])?)
            }
            Guard::UsernameFree { realm, key } => {
                let sql = "SELECT 1 FROM users WHERE realm = ?1 AND key = ?2";
                Ok(!self.exists(sql, params![&**realm, key])?)
            }
            Guard::ClientAt {
                realm,
                client_id,
                version,
            } => {
                let sql = "SELECT 1 FROM clients WHERE realm = ?1 AND id = ?2 AND version = ?3";
                self.exists(sql, params![&**realm, &**client_id, integer(*version)?])
            }
            Guard::ClientExists { realm, client_id } => {
                let sql = "SELECT 1 FROM clients WHERE realm = ?1 AND id = ?2";
                self.exists(sql, params![&**realm, &**client_id])
            }
            Guard::ClientUnused { realm, client_id } => self.is_unused(realm, client_id),
            Guard::ClientIdFree { realm, client_id } => {
                let sql = "SELECT 1 FROM clients WHERE realm = ?1 AND id = ?2";
                Ok(!self.exists(sql, params![&**realm, &**client_id])?)
            }
            Guard::NoKey { realm, alg, state } => {
                let sql = "SELECT 1 FROM keys WHERE realm = ?1 AND alg = ?2 AND state = ?3";
                Ok(!self.exists(sql, params![&**realm, alg, state_name(*state)])?)
            }
            Guard::KeyAt { realm, kid, state } => {
                let sql = "SELECT 1 FROM keys WHERE realm = ?1 AND kid = ?2 AND state = ?3";
                self.exists(sql, params![&**realm, kid, state_name(*state)])
            }
            role => self.holds_of_role(role),
        }
    }

    /// Neither a grant nor a token: those that are indexed, and the tail that is not.
    fn is_unused(&self, realm: &str, client_id: &str) -> Read<bool> {
        let grants = "SELECT 1 FROM grants WHERE realm = ?1 AND client_id = ?2 AND ended_at IS NULL";
        let find = |text| texts::find(self.connection, text).map_err(fault);
        let (Some(of_realm), Some(client)) = (find(realm)?, find(client_id)?) else {
            // No row ever named it.
            return Ok(!self.exists(grants, params![realm, client_id])?);
        };
        let indexed = "SELECT 1 FROM access_by_owner o CROSS JOIN access a ON a.id = o.id
                       WHERE o.owner = ?1 AND a.realm = ?2 AND a.client = ?3";
        let young = "SELECT 1 FROM access WHERE id > ?1 AND realm = ?2 AND client = ?3";
        let watermark = index::watermark(self.connection).map_err(fault)?;
        let owner = index::of_client(realm, client_id);
        Ok(!self.exists(grants, params![realm, client_id])?
            && !self.exists(indexed, params![owner, of_realm, client])?
            && !self.exists(young, params![watermark.as_bytes(), of_realm, client])?)
    }

    pub(super) fn exists(&self, sql: &str, params: impl Params) -> Read<bool> {
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        statement.exists(params).map_err(fault)
    }
}
