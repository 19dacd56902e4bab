//! Lists in another order than that of ids. Each order has an index, which is read from where the page begins.

use super::{one_more, page};
use crate::postgres::PostgresStore;
use crate::postgres::read::is_storable;
use crate::postgres::rows::{Columns, user_columns};
use crate::postgres::value::Id;
use crate::sort::{ClientColumn, SortValue, Sorted, UserColumn};
use crate::{Page, Read};
use grantd_core::record::{AuditRecord, ClientRecord, UserRecord};
use grantd_protocol::id::AuditId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

impl PostgresStore {
    pub(in crate::postgres) async fn list_clients_sorted(
        &self,
        asked: &Sorted<ClientColumn>,
    ) -> Read<Page<ClientRecord>> {
        let column = match asked.sorting.by {
            ClientColumn::Name => "sort_name",
            ClientColumn::Created => "created_at",
        };
        let rows = self
            .sorted(
                "SELECT record FROM clients WHERE realm = $1",
                column,
                "client_id",
                asked,
            )
            .await?;
        page(rows.iter().map(|row| Columns::of(row).client()), asked.limit)
    }

    pub(in crate::postgres) async fn list_users_sorted(&self, asked: &Sorted<UserColumn>) -> Read<Page<UserRecord>> {
        let column = match asked.sorting.by {
            UserColumn::Username => "username_key",
            UserColumn::Created => "created_at",
        };
        let begin = concat!("SELECT ", user_columns!(), " FROM users u WHERE realm = $1");
        let rows = self.sorted(begin, column, "id", asked).await?;
        let users = rows.iter().filter_map(|row| Columns::of(row).user().transpose());
        page(users, asked.limit)
    }

    pub(in crate::postgres) async fn list_audit_from(
        &self,
        realm: &str,
        after: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<AuditRecord>> {
        let sql = "SELECT realm, id, at, actor, action, target, address, detail FROM audit \
             WHERE realm = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = Id(after.map_or([0; 16], |id| *id.as_bytes()));
        let rows = self.rows(sql, &[&realm, &after, &one_more(limit)]).await?;
        page(rows.iter().map(|row| Columns::of(row).audit()), limit)
    }

    /// Rows of a statement that begins so, with the realm for its first parameter.
    async fn sorted<C: Sync>(&self, begin: &str, column: &str, id: &str, asked: &Sorted<C>) -> Read<Vec<Row>> {
        let limit = one_more(asked.limit);
        let (sign, way) = asked.sorting.sql();
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&asked.realm, &limit];
        let mut sql = begin.to_owned();
        if let Some(owner) = &asked.owner {
            if !is_storable(&[owner]) {
                return Ok(Vec::new());
            }
            values.push(owner);
            sql.push_str(" AND owner = $3");
        }
        let millis;
        if let Some(place) = &asked.behind {
            let (value, kind): (&(dyn ToSql + Sync), _) = match &place.value {
                SortValue::Text(text) if !is_storable(&[text]) => return Ok(Vec::new()),
                SortValue::Text(text) => (text, "text"),
                SortValue::Time(time) => {
                    millis = time.millis();
                    (&millis, "bigint")
                }
            };
            if !is_storable(&[&place.id]) {
                return Ok(Vec::new());
            }
            values.extend([value, &place.id as &(dyn ToSql + Sync)]);
            let last = values.len();
            sql.push_str(&format!(
                " AND ({column}, {id}) {sign} (${}::{kind}, ${last}::text)",
                last - 1
            ));
        }
        sql.push_str(&format!(" ORDER BY {column} {way}, {id} {way} LIMIT $2"));
        self.rows(&sql, &values).await
    }
}
