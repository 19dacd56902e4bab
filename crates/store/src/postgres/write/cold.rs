//! Writes of what seldom changes: clients, users, tenants, keys, the audit log. All but the last are cached by every
//! node, so each leaves a note of what caches must forget.

use super::{Plan, json, state_name};
use crate::postgres::step::{Key, Rows, Step};
use grantd_core::change::Write;
use grantd_core::record::{
    AppState, AuditRecord, ClientRecord, Holder, KeptStatus, KeyRecord, MembershipRecord, TenantRecord, UserRecord,
};
use std::sync::Arc;

/// Inserts a user if the username is free.
pub(in crate::postgres) const INSERT_USER_IF_FREE: &str = "INSERT INTO users (realm, id, version, username_key, \
     enabled, record) SELECT ?::text, ?::text, ?::bigint, ?::text, ?::boolean, ?::text WHERE true{if_held} \
     ON CONFLICT (realm, username_key) DO NOTHING RETURNING 1";
const INSERT_USER: &str = "INSERT INTO users (realm, id, version, username_key, enabled, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text, ?::boolean, ?::text WHERE true{if_held}";
const PUT_USER: &str = "INSERT INTO users (realm, id, version, username_key, enabled, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text, ?::boolean, ?::text WHERE true{if_held} \
     ON CONFLICT (realm, id) DO UPDATE SET version = excluded.version, username_key = excluded.username_key, \
     enabled = excluded.enabled, record = excluded.record";

/// Inserts a client if its id is free.
pub(in crate::postgres) const INSERT_CLIENT_IF_FREE: &str = "INSERT INTO clients (realm, client_id, version, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text WHERE true{if_held} \
     ON CONFLICT (realm, client_id) DO NOTHING RETURNING 1";
const INSERT_CLIENT: &str = "INSERT INTO clients (realm, client_id, version, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text WHERE true{if_held}";
const PUT_CLIENT: &str = "INSERT INTO clients (realm, client_id, version, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text WHERE true{if_held} \
     ON CONFLICT (realm, client_id) DO UPDATE SET version = excluded.version, record = excluded.record";

impl Plan {
    pub(super) fn add_cold(&mut self, write: &Write) {
        match write {
            Write::InsertUser(row) => self.put_user(row, INSERT_USER),
            Write::UpdateUser(row) => self.put_user(row, PUT_USER),
            Write::EndUser { realm, user, at } => self.end_user(realm, user, at.millis()),
            Write::InsertClient(row) => self.put_client(row, INSERT_CLIENT),
            Write::UpdateClient(row) => self.put_client(row, PUT_CLIENT),
            Write::DeleteClient {
                realm,
                client_id,
                keeps_blocks,
                at,
            } => self.delete_client(realm, client_id, *keeps_blocks, at.millis()),
            Write::PutTenant(row) => self.put_tenant(row),
            Write::PutMembership(row) => self.put_membership(row),
            Write::InsertKey(row) => self.insert_key(row),
            Write::SetKeyState {
                realm,
                kid,
                state,
                since,
                remove_at,
            } => self.change_key(
                realm,
                kid,
                "UPDATE signing_keys SET state = ?::text, since = ?::bigint, remove_at = ?::bigint \
                 WHERE realm = ?::text AND kid = ?::text{if_held}",
                vec![state_name(*state), (*since).into(), (*remove_at).into()],
            ),
            Write::DeleteKey { realm, kid } => self.change_key(
                realm,
                kid,
                "DELETE FROM signing_keys WHERE realm = ?::text AND kid = ?::text{if_held}",
                Vec::new(),
            ),
            Write::LeasePlaces { realm, next } => self.steps.push(lease_places(realm, *next, true)),
            Write::KeepStatus(kept) => self.steps.push(keep_status(kept)),
            Write::InsertDevice(row) => self.insert_device(row),
            Write::UpdateDevice(row) => self.update_device(row),
            Write::InsertApiKey(row) => self.insert_api_key(row),
            Write::UpdateApiKey(row) => self.update_api_key(row),
            Write::EndApiKey { id, at } => self.end_api_key(*id, *at),
            Write::CountUses(uses) => self.count_uses(uses),
            Write::NoteRefused(rows) => self.note_refused(rows),
            Write::CountRefused(rows) => self.count_refused(rows),
            Write::Audit(row) => self.audit(row),
            other => self.add_removal(other),
        }
    }

    pub(super) fn note(&mut self, kind: &str, realm: &Arc<str>, key: &Arc<str>) {
        self.notes.push([kind.into(), Arc::clone(realm), Arc::clone(key)]);
    }

    fn put_user(&mut self, row: &UserRecord, sql: &'static str) {
        self.note("user", &row.realm, &row.id);
        self.steps.push(Step::new(
            sql,
            Rows::One("users", Key::Named(Arc::clone(&row.realm), Arc::clone(&row.id))),
            vec![
                (&row.realm).into(),
                (&row.id).into(),
                row.version.into(),
                UserRecord::key_of(&row.username).into(),
                row.enabled.into(),
                json(row),
            ],
        ));
    }

    /// The user's row is changed first: whoever makes a session or family meanwhile holds a lock on it or on the
    /// session, and the later statements see what they made.
    fn end_user(&mut self, realm: &Arc<str>, user: &Arc<str>, at: i64) {
        self.in_order = true;
        self.note("user", realm, user);
        self.steps.push(Step::new(
            "UPDATE users SET version = version + 1 WHERE realm = ?::text AND id = ?::text{if_held}",
            Rows::One("users", Key::Named(Arc::clone(realm), Arc::clone(user))),
            vec![realm.into(), user.into()],
        ));
        for (sql, tables) in [
            (
                "UPDATE sessions SET ended_at = ?::bigint WHERE realm = ?::text AND user_id = ?::text AND ended_at IS NULL \
                 AND EXISTS (SELECT 1 FROM users u WHERE u.realm = sessions.realm AND u.id = sessions.user_id){if_held}",
                &["sessions"],
            ),
            (
                "UPDATE families SET ended_at = ?::bigint WHERE realm = ?::text AND user_id = ?::text AND ended_at IS NULL \
                 AND EXISTS (SELECT 1 FROM users u WHERE u.realm = families.realm AND u.id = families.user_id){if_held}",
                &["families"],
            ),
        ] {
            let values = vec![at.into(), realm.into(), user.into()];
            self.steps.push(Step::new(sql, Rows::Many(tables), values));
        }
        self.sessions_ended(realm, user, at);
    }

    fn put_client(&mut self, row: &ClientRecord, sql: &'static str) {
        self.note("client", &row.realm, &row.client_id);
        self.steps.push(Step::new(
            sql,
            Rows::One(
                "clients",
                Key::Named(Arc::clone(&row.realm), Arc::clone(&row.client_id)),
            ),
            vec![
                (&row.realm).into(),
                (&row.client_id).into(),
                row.version.into(),
                json(row),
            ],
        ));
    }

    /// Families end with their grants, which is seen when they are read.
    fn delete_client(&mut self, realm: &Arc<str>, client_id: &Arc<str>, keeps_blocks: bool, at: i64) {
        self.in_order = true;
        self.note("client", realm, client_id);
        self.steps.push(Step::new(
            "DELETE FROM clients WHERE realm = ?::text AND client_id = ?::text{if_held}",
            Rows::One("clients", Key::Named(Arc::clone(realm), Arc::clone(client_id))),
            vec![realm.into(), client_id.into()],
        ));
        self.steps.push(Step::new(
            "DELETE FROM uses WHERE realm = ?::text AND holder IN (?::text, ?::text, ?::text){if_held}",
            Rows::Many(&["uses"]),
            vec![
                realm.into(),
                Holder::Client(Arc::clone(client_id)).to_string().into(),
                Holder::Breaks(Arc::clone(client_id)).to_string().into(),
                Holder::Secrets(Arc::clone(client_id)).to_string().into(),
            ],
        ));
        self.steps.push(Step::new(
            "DELETE FROM refused WHERE realm = ?::text AND client_id = ?::text{if_held}",
            Rows::Many(&["refused"]),
            vec![realm.into(), client_id.into()],
        ));
        self.steps.push(Step::new(
            "DELETE FROM tenant_apps WHERE realm = ?::text AND client_id = ?::text \
             AND NOT (?::boolean AND state = ?::text){if_held}",
            Rows::Many(&["tenant_apps"]),
            vec![
                realm.into(),
                client_id.into(),
                keeps_blocks.into(),
                AppState::Blocked.as_str().into(),
            ],
        ));
        self.steps.push(Step::new(
            "UPDATE grants SET ended_at = ?::bigint \
             WHERE realm = ?::text AND client_id = ?::text AND ended_at IS NULL{if_held}",
            Rows::Many(&["grants"]),
            vec![at.into(), realm.into(), client_id.into()],
        ));
    }

    fn put_tenant(&mut self, row: &TenantRecord) {
        self.note("tenant", &row.realm, &row.id);
        self.steps.push(Step::new(
            "INSERT INTO tenants (realm, id, version, name, enabled, app_policy, created_at) \
             SELECT ?::text, ?::text, ?::bigint, ?::text, ?::boolean, ?::text, ?::bigint WHERE true{if_held} \
             ON CONFLICT (realm, id) DO UPDATE SET version = excluded.version, name = excluded.name, \
             enabled = excluded.enabled, app_policy = excluded.app_policy, created_at = excluded.created_at",
            Rows::One("tenants", Key::Named(Arc::clone(&row.realm), Arc::clone(&row.id))),
            vec![
                (&row.realm).into(),
                (&row.id).into(),
                row.version.into(),
                row.name.clone().into(),
                row.enabled.into(),
                row.apps.as_str().to_owned().into(),
                row.created_at.into(),
            ],
        ));
    }

    fn put_membership(&mut self, row: &MembershipRecord) {
        let key = Key::NamedTwice(
            Arc::clone(&row.realm),
            Arc::clone(&row.user),
            Arc::clone(&row.tenant.id),
        );
        self.steps.push(Step::new(
            "INSERT INTO memberships (realm, user_id, tenant_id, role) \
             SELECT ?::text, ?::text, ?::text, ?::text WHERE true{if_held} \
             ON CONFLICT (realm, user_id, tenant_id) DO UPDATE SET role = excluded.role",
            Rows::One("memberships", key),
            vec![
                (&row.realm).into(),
                (&row.user).into(),
                (&row.tenant.id).into(),
                (&row.role).into(),
            ],
        ));
    }

    fn insert_key(&mut self, row: &KeyRecord) {
        let kid: Arc<str> = row.kid.as_str().into();
        self.note("key", &row.realm, &kid);
        self.steps.push(Step::new(
            "INSERT INTO signing_keys (realm, kid, alg, state, sealed, created_at, since, remove_at) \
             SELECT ?::text, ?::text, ?::text, ?::text, ?::bytea, ?::bigint, ?::bigint, ?::bigint \
             WHERE true{if_held}",
            Rows::One("signing_keys", Key::Named(Arc::clone(&row.realm), Arc::clone(&kid))),
            vec![
                (&row.realm).into(),
                kid.into(),
                row.alg.clone().into(),
                state_name(row.state),
                row.sealed.clone().into(),
                row.created_at.into(),
                row.since.into(),
                row.remove_at.into(),
            ],
        ));
    }

    fn change_key(
        &mut self,
        realm: &Arc<str>,
        kid: &str,
        sql: &'static str,
        mut values: Vec<crate::postgres::value::Value>,
    ) {
        let kid: Arc<str> = kid.into();
        self.note("key", realm, &kid);
        values.extend([realm.into(), (&kid).into()]);
        let rows = Rows::One("signing_keys", Key::Named(Arc::clone(realm), kid));
        self.steps.push(Step::new(sql, rows, values));
    }

    fn audit(&mut self, row: &AuditRecord) {
        self.make_deliveries(row);
        self.steps.push(Step::new(
            "INSERT INTO audit (realm, id, at, actor, action, target, address, detail) \
             SELECT ?::text, ?::uuid, ?::bigint, ?::text, ?::text, ?::text, ?::text, ?::text WHERE true{if_held}",
            Rows::One("audit", Key::Id(*row.id.as_bytes())),
            vec![
                (&row.realm).into(),
                (*row.id.as_bytes()).into(),
                row.at.into(),
                row.actor.clone().into(),
                row.action.clone().into(),
                row.target.clone().into(),
                row.address.clone().into(),
                json(&row.detail),
            ],
        ));
    }
}

/// Replaces what was kept of the status lists by what knows as much or more.
fn keep_status(kept: &KeptStatus) -> Step {
    let sql = "INSERT INTO kept_status (one, position, at, body) \
         SELECT 1, ?::bigint, ?::bigint, ?::bytea WHERE true{if_held} \
         ON CONFLICT (one) DO UPDATE SET position = excluded.position, at = excluded.at, body = excluded.body \
         WHERE kept_status.position <= excluded.position";
    let values = vec![kept.position.into(), kept.at.into(), kept.body.clone().into()];
    Step::new(sql, Rows::Many(&["kept_status"]), values)
}

/// So many places are given away from now on; `or_more` where there may be a row already.
pub(in crate::postgres) fn lease_places(realm: &Arc<str>, next: u64, or_more: bool) -> Step {
    let sql = if or_more {
        "INSERT INTO places (realm, next) SELECT ?::text, ?::bigint WHERE true{if_held} \
         ON CONFLICT (realm) DO UPDATE SET next = greatest(places.next, excluded.next)"
    } else {
        "INSERT INTO places (realm, next) SELECT ?::text, ?::bigint WHERE true{if_held} \
         ON CONFLICT (realm) DO NOTHING RETURNING 1"
    };
    let rows = Rows::One("places", Key::Named(Arc::clone(realm), "".into()));
    Step::new(sql, rows, vec![realm.into(), next.into()])
}
