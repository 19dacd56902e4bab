//! Writes of API keys and of counted uses.

use super::{INSERT_ACCESS, Plan, access, json};
use crate::postgres::step::{Key, Rows, Step};
use crate::postgres::value::Value;
use grantd_core::record::{AccessRecord, ApiKeyRecord, UseRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::ApiKeyId;
use std::sync::Arc;

const INSERT_KEY: &str = "INSERT INTO api_keys (id, realm, version, hash, last_four, tenant, name, scope, created_by, \
     created_at, expires_at, ended_at, role) \
     SELECT ?::uuid, ?::text, ?::bigint, ?::bytea, ?::text, ?::text, ?::text, ?::text, ?::text, ?::bigint, ?::bigint, \
     ?::bigint, ?::text WHERE true{if_held}";

/// Equal rows are added up, since an upsert may touch a row once; the order is the same for every node, so that two
/// batches do not wait for each other in a circle. Whose uses they are is held until the commit: what is removed meanwhile
/// is counted no more, and what is counted here its removal finds.
const COUNT: &str = "INSERT INTO uses (realm, holder, permission, count, first_used_at, last_used_at) \
     SELECT n.realm, n.holder, n.permission, sum(n.count)::bigint, min(n.first_at), max(n.last_at) \
     FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[]) \
       AS n (realm, holder, permission, count, first_at, last_at) \
     WHERE CASE WHEN starts_with(n.holder, 'secrets:') \
       THEN EXISTS (SELECT 1 FROM clients c WHERE c.realm = n.realm AND c.client_id = substr(n.holder, 9) FOR KEY SHARE) \
       WHEN starts_with(n.holder, 'client:') OR starts_with(n.holder, 'breaks:') \
       THEN EXISTS (SELECT 1 FROM clients c WHERE c.realm = n.realm AND c.client_id = substr(n.holder, 8) FOR KEY SHARE) \
       WHEN starts_with(n.holder, 'grant:') \
       THEN EXISTS (SELECT 1 FROM grants g WHERE g.id = substr(n.holder, 7)::uuid FOR KEY SHARE) \
       ELSE EXISTS (SELECT 1 FROM api_keys k WHERE k.id = substr(n.holder, 9)::uuid FOR KEY SHARE) END{if_held} \
     GROUP BY n.realm, n.holder, n.permission ORDER BY 1, 2, 3 \
     ON CONFLICT (realm, holder, permission) DO UPDATE SET count = uses.count + excluded.count, \
       first_used_at = least(uses.first_used_at, excluded.first_used_at), \
       last_used_at = greatest(uses.last_used_at, excluded.last_used_at)";

impl Plan {
    pub(super) fn insert_api_key(&mut self, row: &ApiKeyRecord) {
        let values = vec![
            (*row.id.as_bytes()).into(),
            (&row.realm).into(),
            row.version.into(),
            row.hash.into(),
            row.last_four.clone().into(),
            row.tenant.as_ref().into(),
            (&row.name).into(),
            (&row.scope).into(),
            row.created_by.clone().into(),
            row.created_at.into(),
            row.expires_at.into(),
            row.ended_at.into(),
            row.role.as_ref().into(),
        ];
        self.push("api_keys", *row.id.as_bytes(), INSERT_KEY, values);
    }

    pub(super) fn update_api_key(&mut self, row: &ApiKeyRecord) {
        self.push(
            "api_keys",
            *row.id.as_bytes(),
            "UPDATE api_keys SET version = ?::bigint, name = ?::text, scope = ?::text, expires_at = ?::bigint \
             WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
            vec![
                row.version.into(),
                (&row.name).into(),
                (&row.scope).into(),
                row.expires_at.into(),
                (*row.id.as_bytes()).into(),
            ],
        );
    }

    pub(super) fn end_api_key(&mut self, id: ApiKeyId, at: Timestamp) {
        self.push(
            "api_keys",
            *id.as_bytes(),
            "UPDATE api_keys SET ended_at = ?::bigint, version = version + 1 \
             WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
            vec![at.into(), (*id.as_bytes()).into()],
        );
    }

    pub(super) fn count_uses(&mut self, uses: &[UseRecord]) {
        let names = |of: fn(&UseRecord) -> Arc<str>| Value::Names(uses.iter().map(of).collect());
        let numbers = |of: fn(&UseRecord) -> i64| Value::Numbers(uses.iter().map(of).collect());
        let values = vec![
            names(|row| Arc::clone(&row.realm)),
            names(|row| row.holder.to_string().into()),
            names(|row| row.permission.clone().unwrap_or_default()),
            numbers(|row| i64::try_from(row.count).unwrap_or(i64::MAX)),
            numbers(|row| row.first_used_at.millis()),
            numbers(|row| row.last_used_at.millis()),
        ];
        self.steps.push(Step::new(
            COUNT,
            Rows::Many(&["uses", "clients", "api_keys", "grants"]),
            values,
        ));
    }

    /// A token with what few tokens have, and one that somebody made by hand with its place in the index of such tokens.
    pub(super) fn insert_rare(&mut self, row: &AccessRecord) {
        let id = *row.id.as_bytes();
        let sql = INSERT_ACCESS
            .replace("jkt)", "jkt, name, more)")
            .replace(" WHERE", ", ?::text, ?::text WHERE");
        let mut values = access(row);
        values.push(row.name.as_ref().into());
        values.push(row.more.as_ref().map_or(Value::Null, json));
        self.steps.push(Step {
            sql: sql.into(),
            values,
            rows: Rows::One("access_tokens", Key::Id(id)),
            counted: false,
        });
        if row.is_made_by_hand() {
            self.push(
                "access_by_hand",
                id,
                "INSERT INTO access_by_hand (realm, id) SELECT ?::text, ?::uuid WHERE true{if_held}",
                vec![(&row.realm).into(), id.into()],
            );
        }
    }
}
