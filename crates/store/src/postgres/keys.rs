//! Reads of API keys and of counted uses. It must not know how they are written.

use super::PostgresStore;
use super::list::{LAST_ID, one_more, page};
use super::read::is_storable;
use super::rows::Columns;
use super::value::Id;
use crate::{ApiKeyFilter, Page, Read};
use grantd_core::record::{ApiKeyFacts, Holder, UseRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::ApiKeyId;
use std::sync::Arc;

/// A key with its tenant's fate and its last use. An id without its hyphens is what holders are called by.
const KEYS: &str = "SELECT k.id, k.realm, k.version, k.hash, k.last_four, k.tenant, k.name, k.scope, k.created_by, \
     k.created_at, k.expires_at, k.ended_at, k.role, k.tenant IS NOT NULL AND NOT coalesce(t.enabled, false), n.last_used_at \
     FROM api_keys k LEFT JOIN tenants t ON t.realm = k.realm AND t.id = k.tenant \
     LEFT JOIN uses n ON n.realm = k.realm AND n.holder = 'api_key:' || replace(k.id::text, '-', '') \
       AND n.permission = ''";
const SHOWN: &str = "WHERE k.realm = $1 AND k.id < $2 AND ($4::bigint IS NULL OR (k.ended_at IS NULL \
     AND coalesce(k.expires_at > $4, true) AND (k.tenant IS NULL OR coalesce(t.enabled, false))))";

impl PostgresStore {
    pub(super) async fn read_api_key(&self, id: ApiKeyId) -> Read<Option<ApiKeyFacts>> {
        let sql = format!("{KEYS} WHERE k.id = $1");
        let rows = self.rows(&sql, &[&Id(*id.as_bytes())]).await?;
        rows.first().map(|row| Columns::of(row).api_key()).transpose()
    }

    pub(super) async fn list_api_keys(
        &self,
        realm: &str,
        filter: &ApiKeyFilter,
        before: Option<ApiKeyId>,
        limit: u32,
    ) -> Read<Page<ApiKeyFacts>> {
        let tenant = filter.tenant.as_deref();
        if !is_storable(&[realm, tenant.unwrap_or_default()]) {
            return page(std::iter::empty(), limit);
        }
        let before = Id(before.map_or(LAST_ID, |id| *id.as_bytes()));
        let live_at = filter.live_at.map(Timestamp::millis);
        let limit_plus = one_more(limit);
        let rows = if let Some(tenant) = tenant {
            let sql = format!("{KEYS} {SHOWN} AND k.tenant = $5 ORDER BY k.id DESC LIMIT $3");
            self.rows(&sql, &[&realm, &before, &limit_plus, &live_at, &tenant])
                .await?
        } else {
            let sql = format!("{KEYS} {SHOWN} ORDER BY k.id DESC LIMIT $3");
            self.rows(&sql, &[&realm, &before, &limit_plus, &live_at]).await?
        };
        page(rows.iter().map(|row| Columns::of(row).api_key()), limit)
    }

    pub(super) async fn list_findings(
        &self,
        realm: &str,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Read<Page<UseRecord>> {
        let (client_id, rule) = after.unwrap_or_default();
        if !is_storable(&[realm, client_id, rule]) {
            return page(std::iter::empty(), limit);
        }
        let sql = "SELECT permission, count, first_used_at, last_used_at, holder FROM uses \
             WHERE realm = $1 AND (holder, permission) > ($2, $3) AND holder < 'breaks;' \
             ORDER BY holder, permission LIMIT $4";
        let from = Holder::Breaks(client_id.into()).to_string();
        let rows = self.rows(sql, &[&realm, &from, &rule, &one_more(limit)]).await?;
        let realm: Arc<str> = realm.into();
        let finding = |row| {
            let mut columns = Columns::of(row);
            let mut found = columns.uses(Arc::clone(&realm), Holder::Breaks("".into()))?;
            let holder: &str = columns.take()?;
            found.holder = Holder::Breaks(holder.strip_prefix(Holder::BREAKS).unwrap_or_default().into());
            Ok(found)
        };
        page(rows.iter().map(finding), limit)
    }

    pub(super) async fn read_uses(&self, realm: &str, holder: &Holder) -> Read<Vec<UseRecord>> {
        let name = holder.to_string();
        if !is_storable(&[realm, &name]) {
            return Ok(Vec::new());
        }
        let sql = "SELECT permission, count, first_used_at, last_used_at FROM uses \
             WHERE realm = $1 AND holder = $2 ORDER BY permission";
        let rows = self.rows(sql, &[&realm, &name]).await?;
        let realm: Arc<str> = realm.into();
        rows.iter()
            .map(|row| Columns::of(row).uses(Arc::clone(&realm), holder.clone()))
            .collect()
    }
}
