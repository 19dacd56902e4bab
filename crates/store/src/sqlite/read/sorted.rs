//! Lists in another order than that of ids. Each order has an index, which is read from where the page begins.

use super::Reader;
use super::lists::{NO_BOUND, one_more};
use super::rows::{self, columns};
use crate::sort::{ClientColumn, Place, SortValue, Sorted, UserColumn};
use crate::{Page, Read};
use grantd_core::record::{AuditRecord, ClientRecord, UserRecord};
use grantd_protocol::id::AuditId;
use rusqlite::params;
use rusqlite::types::Value;

impl Reader {
    pub(in crate::sqlite) fn clients_sorted(&mut self, asked: &Sorted<ClientColumn>) -> Read<Page<ClientRecord>> {
        let column = match asked.sorting.by {
            ClientColumn::Name => "sort_name",
            ClientColumn::Created => "created_at",
        };
        // A developer has few, and the planner would look for them among all.
        let (from, whose) = match asked.owner {
            None => ("clients", ""),
            Some(_) => ("clients INDEXED BY clients_by_owner", "AND owner = ?2"),
        };
        let sql = format!(
            "SELECT body FROM {from} WHERE realm = ?1 {whose} {}",
            tail(asked, column)
        );
        let (value, id) = bound(asked.behind.as_ref());
        let values = params![asked.realm, asked.owner, value, id, one_more(asked.limit)];
        let rows = self.all(&sql, values, |cells, _, _| cells.json())?;
        Ok(Page::cut(rows, asked.limit as usize))
    }

    pub(in crate::sqlite) fn users_sorted(&mut self, asked: &Sorted<UserColumn>) -> Read<Page<UserRecord>> {
        let column = match asked.sorting.by {
            UserColumn::Username => "key",
            UserColumn::Created => "created_at",
        };
        let sql = format!(
            concat!("SELECT ", columns!(user), " FROM users u WHERE realm = ?1 {}"),
            tail(asked, column)
        );
        let (value, id) = bound(asked.behind.as_ref());
        let values = params![asked.realm, asked.owner, value, id, one_more(asked.limit)];
        let rows = self.all(&sql, values, |cells, _, _| rows::user(cells))?;
        Ok(Page::cut(rows, asked.limit as usize))
    }

    pub(in crate::sqlite) fn audit_from(
        &mut self,
        realm: &str,
        after: Option<AuditId>,
        limit: u32,
    ) -> Read<Page<AuditRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(audit),
            " FROM audit WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
        );
        let after = after.map_or([0; NO_BOUND.len()], |id| *id.as_bytes());
        let rows = self.all(sql, (realm, after, one_more(limit)), |cells, _, _| rows::audit(cells))?;
        Ok(Page::cut(rows, limit as usize))
    }
}

/// What is behind the place ?3, ?4, in order, ?5 of it.
fn tail<C>(asked: &Sorted<C>, column: &str) -> String {
    let (sign, way) = asked.sorting.sql();
    let behind = match asked.behind {
        None => String::new(),
        Some(_) => format!("AND ({column}, id) {sign} (?3, ?4)"),
    };
    format!("{behind} ORDER BY {column} {way}, id {way} LIMIT ?5")
}

fn bound(behind: Option<&Place>) -> (Value, &str) {
    match behind {
        None => (Value::Null, ""),
        Some(place) => {
            let value = match &place.value {
                SortValue::Text(text) => Value::Text(text.clone()),
                SortValue::Time(time) => Value::Integer(time.millis()),
            };
            (value, &place.id)
        }
    }
}
