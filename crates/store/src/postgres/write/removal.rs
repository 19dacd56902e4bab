//! What leaves for good: users, tenants, places in them; who is linked to a user; what is remembered of idempotency keys.

use super::{Plan, json};
use crate::postgres::step::{Key, Rows, Step};
use crate::postgres::value::Value;
use grantd_core::change::Write;
use grantd_core::record::IdempotencyRecord;
use grantd_protocol::Timestamp;
use std::sync::Arc;

/// Inserts a tenant if its id is free.
pub(in crate::postgres) const INSERT_TENANT_IF_FREE: &str = "INSERT INTO tenants (realm, id, version, name, enabled, app_policy, created_at) \
     SELECT ?::text, ?::text, ?::bigint, ?::text, ?::boolean, ?::text, ?::bigint WHERE true{if_held} \
     ON CONFLICT (realm, id) DO NOTHING RETURNING 1";

const INSERT_LINK: &str = "INSERT INTO upstream_links (realm, key, user_id, made_at, person, used_at) \
     SELECT ?::text, ?::bytea, ?::text, ?::bigint, ?::text, ?::bigint WHERE true{if_held}";
/// Links somebody if nobody is linked to them.
pub(in crate::postgres) const INSERT_LINK_IF_FREE: &str = "INSERT INTO upstream_links (realm, key, user_id, made_at, person, used_at) \
     SELECT ?::text, ?::bytea, ?::text, ?::bigint, ?::text, ?::bigint WHERE true{if_held} \
     ON CONFLICT (realm, key) DO NOTHING RETURNING 1";

impl Plan {
    pub(super) fn add_removal(&mut self, write: &Write) {
        match write {
            Write::DeleteUser { realm, user, at } => self.delete_user(realm, user, *at),
            Write::DeleteTenant { realm, id, at } => self.delete_tenant(realm, id, *at),
            Write::DeleteMembership {
                realm,
                user,
                tenant,
                at,
            } => self.delete_membership(realm, user, tenant, *at),
            Write::EndByHand {
                realm,
                user,
                tenant,
                at,
            } => self.end_by_hand_of(realm, user, tenant.as_ref(), *at),
            Write::InsertLink(row) => self.steps.push(Step::new(
                INSERT_LINK,
                Rows::Many(&["upstream_links"]),
                vec![
                    (&row.realm).into(),
                    row.key.into(),
                    (&row.user).into(),
                    row.made_at.into(),
                    row.person.as_ref().map_or(Value::Null, json),
                    row.used_at.into(),
                ],
            )),
            Write::UseLink { realm, key, person, at } => self.steps.push(Step::new(
                "UPDATE upstream_links SET person = ?::text, used_at = ?::bigint \
                 WHERE realm = ?::text AND key = ?::bytea{if_held}",
                Rows::Many(&["upstream_links"]),
                vec![json(person), (*at).into(), realm.into(), (*key).into()],
            )),
            Write::DeleteLink { realm, key, user } => self.steps.push(Step::new(
                "DELETE FROM upstream_links WHERE realm = ?::text AND key = ?::bytea AND user_id = ?::text{if_held}",
                Rows::Many(&["upstream_links"]),
                vec![realm.into(), (*key).into(), user.into()],
            )),
            Write::PutIdempotency(row) => self.steps.push(remember(row, Timestamp::from_millis(i64::MAX))),
            other => self.add_session_client(other),
        }
    }

    fn delete_user(&mut self, realm: &Arc<str>, user: &Arc<str>, at: Timestamp) {
        self.in_order = true;
        self.note("user", realm, user);
        for (sql, tables) in [
            (
                "UPDATE sessions SET ended_at = ?::bigint WHERE realm = ?::text AND user_id = ?::text \
                 AND ended_at IS NULL{if_held}",
                &["sessions"],
            ),
            (
                "UPDATE families SET ended_at = ?::bigint WHERE realm = ?::text AND user_id = ?::text \
                 AND ended_at IS NULL{if_held}",
                &["families"],
            ),
            (
                "UPDATE grants SET ended_at = ?::bigint WHERE realm = ?::text AND user_id = ?::text \
                 AND ended_at IS NULL{if_held}",
                &["grants"],
            ),
        ] {
            let values = vec![at.into(), realm.into(), user.into()];
            self.steps.push(Step::new(sql, Rows::Many(tables), values));
        }
        self.end_by_hand("subject = ?::text", vec![at.into(), realm.into(), user.into()]);
        self.sessions_ended(realm, user, at.millis());
        self.steps.push(Step::new(
            "DELETE FROM memberships WHERE realm = ?::text AND user_id = ?::text{if_held}",
            Rows::Many(&["memberships"]),
            vec![realm.into(), user.into()],
        ));
        self.steps.push(Step::new(
            "DELETE FROM upstream_links WHERE realm = ?::text AND user_id = ?::text{if_held}",
            Rows::Many(&["upstream_links"]),
            vec![realm.into(), user.into()],
        ));
        self.steps.push(Step::new(
            "DELETE FROM users WHERE realm = ?::text AND id = ?::text{if_held}",
            Rows::One("users", Key::Named(Arc::clone(realm), Arc::clone(user))),
            vec![realm.into(), user.into()],
        ));
    }

    fn delete_tenant(&mut self, realm: &Arc<str>, id: &Arc<str>, at: Timestamp) {
        self.in_order = true;
        self.note("tenant", realm, id);
        self.steps.push(Step::new(
            "UPDATE grants SET ended_at = ?::bigint WHERE realm = ?::text AND tenant = ?::text \
             AND ended_at IS NULL{if_held}",
            Rows::Many(&["grants"]),
            vec![at.into(), realm.into(), id.into()],
        ));
        // The id may be taken again: what the tenant held must not come back with it.
        self.steps.push(Step::new(
            "UPDATE api_keys SET ended_at = ?::bigint, version = version + 1 \
             WHERE realm = ?::text AND tenant = ?::text AND ended_at IS NULL{if_held}",
            Rows::Many(&["api_keys"]),
            vec![at.into(), realm.into(), id.into()],
        ));
        self.end_by_hand("tenant = ?::text", vec![at.into(), realm.into(), id.into()]);
        self.steps.push(Step::new(
            "DELETE FROM tenant_apps WHERE realm = ?::text AND tenant = ?::text{if_held}",
            Rows::Many(&["tenant_apps"]),
            vec![realm.into(), id.into()],
        ));
        self.steps.push(Step::new(
            "DELETE FROM tenants WHERE realm = ?::text AND id = ?::text{if_held}",
            Rows::One("tenants", Key::Named(Arc::clone(realm), Arc::clone(id))),
            vec![realm.into(), id.into()],
        ));
    }

    fn delete_membership(&mut self, realm: &Arc<str>, user: &Arc<str>, tenant: &Arc<str>, at: Timestamp) {
        let key = Key::NamedTwice(Arc::clone(realm), Arc::clone(user), Arc::clone(tenant));
        self.steps.push(Step::new(
            "DELETE FROM memberships WHERE realm = ?::text AND user_id = ?::text AND tenant_id = ?::text{if_held}",
            Rows::One("memberships", key),
            vec![realm.into(), user.into(), tenant.into()],
        ));
        self.steps.push(Step::new(
            "UPDATE grants SET ended_at = ?::bigint WHERE realm = ?::text AND user_id = ?::text \
             AND tenant = ?::text AND ended_at IS NULL{if_held}",
            Rows::Many(&["grants"]),
            vec![at.into(), realm.into(), user.into(), tenant.into()],
        ));
        self.end_by_hand_of(realm, user, Some(tenant), at);
    }

    /// Those for one tenant, or all.
    fn end_by_hand_of(&mut self, realm: &Arc<str>, user: &Arc<str>, tenant: Option<&Arc<str>>, at: Timestamp) {
        self.note("user", realm, user);
        let mut values = vec![at.into(), realm.into(), user.into()];
        match tenant {
            Some(tenant) => {
                values.push(tenant.into());
                self.end_by_hand("subject = ?::text AND tenant = ?::text", values);
            }
            None => self.end_by_hand("subject = ?::text", values),
        }
    }

    /// Who leaves and comes back finds no token that they made by hand before.
    pub(super) fn end_by_hand(&mut self, which: &str, values: Vec<Value>) {
        let sql = format!(
            "UPDATE access_tokens SET ended_at = ?::bigint WHERE id IN \
             (SELECT id FROM access_by_hand WHERE realm = ?::text) AND {which} AND ended_at IS NULL{{if_held}}"
        );
        let rows = Rows::Many(&["access_tokens"]);
        self.steps.push(Step {
            sql: sql.into(),
            values,
            rows,
            counted: false,
        });
    }
}

/// Remembers a key; a memory that expired before `now` gives way.
pub(in crate::postgres) fn remember(row: &IdempotencyRecord, now: Timestamp) -> Step {
    Step::new(
        "INSERT INTO idempotency (key, fingerprint, rights, salt, body, secret_member, location, etag, expires_at) \
         SELECT ?::bytea, ?::bytea, ?::bytea, ?::bytea, ?::text, ?::text, ?::text, ?::text, ?::bigint WHERE true{if_held} \
         ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, rights = excluded.rights, salt = excluded.salt, \
         body = excluded.body, secret_member = excluded.secret_member, location = excluded.location, \
         etag = excluded.etag, expires_at = excluded.expires_at WHERE idempotency.expires_at <= ?::bigint RETURNING 1",
        Rows::One("idempotency", Key::Hash(row.key)),
        vec![
            row.key.into(),
            row.fingerprint.into(),
            row.rights.into(),
            row.salt.to_vec().into(),
            json(&row.body),
            row.secret_member.clone().into(),
            row.location.clone().into(),
            row.etag.clone().into(),
            row.expires_at.into(),
            now.into(),
        ],
    )
}
