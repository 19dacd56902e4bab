//! Pages of lists, and the index by client that is written behind. It must not know a single fact's reads.

mod admin;
mod refused;
mod roles;
mod session_clients;
mod sorted;
mod tenant_apps;
mod webhooks;

use super::PostgresStore;
use super::read::is_storable;
use super::rows::{Columns, access_columns, user_columns};
use super::value::Id;
use crate::{AccessFilter, CacheNote, Page, Read};
use grantd_core::record::{AccessRecord, AuditRecord, ClientRecord, UserRecord};
use grantd_protocol::id::{AccessId, AuditId, floor_id};
use grantd_protocol::{Seconds, Timestamp};
use std::fmt::Write as _;
use tokio_postgres::types::ToSql;

/// Tokens younger than this are not indexed yet: one of them can still become visible with an id below the newest.
/// Longer than any statement may take, and more than clocks of nodes should differ.
const SETTLING: Seconds = Seconds(60);
/// How many notes one read of the log gives.
const NOTES: i64 = 1000;
pub(super) const LAST_ID: [u8; 16] = [0xFF; 16];

impl PostgresStore {
    pub(super) async fn list_clients(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<ClientRecord>> {
        let sql = "SELECT record FROM clients WHERE realm = $1 AND client_id > $2 ORDER BY client_id LIMIT $3";
        let rows = self
            .rows(sql, &[&realm, &after.unwrap_or_default(), &one_more(limit)])
            .await?;
        page(rows.iter().map(|row| Columns::of(row).client()), limit)
    }

    pub(super) async fn list_users(&self, realm: &str, after: Option<&str>, limit: u32) -> Read<Page<UserRecord>> {
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.realm = $1 AND u.id > $2 ORDER BY u.id LIMIT $3"
        );
        let rows = self
            .rows(sql, &[&realm, &after.unwrap_or_default(), &one_more(limit)])
            .await?;
        page(rows.iter().filter_map(|row| Columns::of(row).user().transpose()), limit)
    }

    pub(super) async fn list_audit(&self, realm: &str, before: Option<AuditId>, limit: u32) -> Read<Page<AuditRecord>> {
        let sql = "SELECT realm, id, at, actor, action, target, address, detail FROM audit \
             WHERE realm = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let before = Id(before.map_or(LAST_ID, |id| *id.as_bytes()));
        let rows = self.rows(sql, &[&realm, &before, &one_more(limit)]).await?;
        page(rows.iter().map(|row| Columns::of(row).audit()), limit)
    }

    pub(super) async fn list_access(
        &self,
        realm: &str,
        filter: &AccessFilter,
        before: Option<AccessId>,
        limit: u32,
    ) -> Read<Page<AccessRecord>> {
        let before = Id(before.map_or(LAST_ID, |id| *id.as_bytes()));
        let limit_plus = one_more(limit);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&realm, &before, &limit_plus];
        let mut conditions = String::new();
        let live_at = filter.live_at.map(Timestamp::millis);
        if let Some(subject) = &filter.subject {
            values.push(subject);
            // Writing to a string cannot fail, here and below.
            let _ = write!(conditions, " AND a.subject = ${}", values.len());
        }
        if let Some(now) = &live_at {
            values.push(now);
            let _ = write!(
                conditions,
                " AND a.ended_at IS NULL AND a.expires_at > ${}{LIVE}",
                values.len()
            );
        }
        let (tenant, client) = (&filter.tenant, &filter.client_id);
        if !is_storable(&[
            tenant.as_deref().unwrap_or_default(),
            client.as_deref().unwrap_or_default(),
        ]) {
            return page(std::iter::empty(), limit);
        }
        if let Some(tenant) = tenant {
            values.push(tenant);
            let _ = write!(conditions, " AND a.tenant = ${}", values.len());
        }
        let of_tenant = values.len();
        if let Some(client_id) = client {
            values.push(client_id);
            let _ = write!(conditions, " AND a.client_id = ${}", values.len());
        }
        let sql = if filter.made_by_hand {
            format!(
                "{TOKENS} JOIN access_by_hand h ON h.id = a.id{JOINED} WHERE h.realm = $1 AND a.realm = $1 \
                 AND h.id < $2{conditions} ORDER BY h.id DESC LIMIT $3"
            )
        } else if tenant.is_some() {
            indexed(&[("access_by_tenant", "tenant")], &conditions, of_tenant)
        } else if client.is_some() {
            indexed(&[("access_by_client", "client_id")], &conditions, values.len())
        } else if filter.subject.is_some() {
            // A subject may be a user or a client, whose own tokens are indexed by client alone.
            let both = [("access_by_subject", "subject"), ("access_by_client", "client_id")];
            indexed(&both, &conditions, OF_SUBJECT)
        } else {
            format!("{TOKENS}{JOINED} WHERE a.realm = $1 AND a.id < $2{conditions} ORDER BY a.id DESC LIMIT $3")
        };
        let rows = self.rows(&sql, &values).await?;
        page(rows.iter().map(|row| Columns::of(row).access()), limit)
    }

    pub(super) async fn list_notes(&self, position: Option<i64>) -> Read<Vec<CacheNote>> {
        let Some(position) = position else {
            let rows = self.rows("SELECT position FROM notes_head", &[]).await?;
            return rows
                .iter()
                .map(|row| Columns::of(row).take().map(CacheNote::start))
                .collect();
        };
        let sql = "SELECT position, kind, realm, key FROM notes WHERE position > $1 ORDER BY position LIMIT $2";
        let rows = self.rows(sql, &[&position, &NOTES]).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row);
                Ok(CacheNote {
                    position: columns.take()?,
                    kind: columns.take()?,
                    realm: columns.take()?,
                    key: columns.take()?,
                })
            })
            .collect()
    }

    /// Indexes the oldest tokens that are not yet, in one statement that also moves the mark: a list sees both or
    /// neither. Nodes that do it at once wait for each other at the mark.
    pub(super) async fn index_some(&self, limit: u32) -> Read<u64> {
        let ages = "SELECT (SELECT id FROM access_tokens ORDER BY id DESC LIMIT 1), \
             (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let rows = self.rows(ages, &[]).await?;
        let Some(row) = rows.first() else { return Ok(0) };
        let mut columns = Columns::of(row);
        let Some(newest) = columns.take::<Option<Id>>()? else {
            return Ok(0);
        };
        let [a, b, c, d, e, f, ..] = newest.0;
        let newest = Timestamp::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]));
        let now = Timestamp::from_millis(columns.take()?);
        let settled = Id(floor_id(newest.min(now).minus(SETTLING)));
        let rows = self.rows(INDEX, &[&settled, &i64::from(limit)]).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| Columns::of(row).take())?;
        Ok(count.unsigned_abs())
    }
}

const TOKENS: &str = concat!("SELECT ", access_columns!(), " FROM access_tokens a");
const JOINED: &str = " LEFT JOIN families f ON f.id = a.family_id LEFT JOIN grants g ON g.id = a.grant_id \
     LEFT JOIN sessions s ON s.id = g.session_id \
     LEFT JOIN users u ON (a.grant_id IS NOT NULL OR a.name IS NOT NULL) AND u.realm = a.realm AND u.id = a.subject";
const LIVE: &str = " AND (a.grant_id IS NULL OR (g.id IS NOT NULL AND g.ended_at IS NULL AND coalesce(u.enabled, false) \
       AND (g.session_id IS NULL OR (s.id IS NOT NULL AND s.ended_at IS NULL)))) \
     AND (a.family_id IS NULL OR (f.id IS NOT NULL AND f.ended_at IS NULL)) \
     AND (a.name IS NULL OR (coalesce(u.enabled, false) AND (a.tenant IS NULL OR EXISTS (SELECT 1 FROM memberships m \
       JOIN tenants t ON t.realm = m.realm AND t.id = m.tenant_id WHERE m.realm = a.realm AND m.user_id = a.subject \
       AND m.tenant_id = a.tenant AND t.enabled))))";

const INDEX: &str = "WITH mark AS (SELECT up_to FROM access_indexed FOR UPDATE), \
     next AS MATERIALIZED (SELECT a.realm, a.client_id, a.subject, a.tenant, a.id FROM access_tokens a \
       WHERE a.id > (SELECT up_to FROM mark) AND a.id < $1 ORDER BY a.id LIMIT $2), \
     put AS (INSERT INTO access_by_client (realm, client_id, id) \
       SELECT realm, client_id, id FROM next ORDER BY realm, client_id, id ON CONFLICT DO NOTHING), \
     noticed AS (INSERT INTO access_by_subject (realm, subject, id) \
       SELECT realm, subject, id FROM next WHERE subject <> client_id ORDER BY realm, subject, id ON CONFLICT DO NOTHING), \
     placed AS (INSERT INTO access_by_tenant (realm, tenant, id) \
       SELECT realm, tenant, id FROM next WHERE tenant IS NOT NULL ORDER BY realm, tenant, id ON CONFLICT DO NOTHING), \
     moved AS (UPDATE access_indexed SET up_to = (SELECT id FROM next ORDER BY id DESC LIMIT 1) \
       WHERE EXISTS (SELECT 1 FROM next)) \
     SELECT count(*) FROM next";

/// The number of the parameter that names the subject: the first one behind those that every list has.
const OF_SUBJECT: usize = 4;

/// Tokens of a client, a subject or a tenant: what is indexed by it, and the tail that is not. All parts and the mark
/// between them are read at one instant. `tables` are the indices with the column that is compared with the parameter of
/// the number `value`; the conditions contain that comparison for `a`.
fn indexed(tables: &[(&str, &str)], conditions: &str, value: usize) -> String {
    let mut sql = format!(
        "WITH mark AS (SELECT up_to FROM access_indexed) SELECT * FROM (\
         ({TOKENS}{JOINED} WHERE a.id > (SELECT up_to FROM mark) AND a.id < $2 AND a.realm = $1{conditions} \
          ORDER BY a.id DESC LIMIT $3)"
    );
    for (table, column) in tables {
        let _ = write!(
            sql,
            " UNION ALL ({TOKENS} JOIN {table} b ON b.id = a.id{JOINED} WHERE b.realm = $1 AND b.{column} = ${value} \
              AND b.id <= (SELECT up_to FROM mark) AND b.id < $2{conditions} ORDER BY b.id DESC LIMIT $3)"
        );
    }
    sql.push_str(") AS found ORDER BY id DESC LIMIT $3");
    sql
}

pub(super) fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}

pub(super) fn page<T>(rows: impl Iterator<Item = Read<T>>, limit: u32) -> Read<Page<T>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Page::cut(rows.collect::<Read<Vec<_>>>()?, limit))
}
