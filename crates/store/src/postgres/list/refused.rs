//! Reads of refused requests.

use super::{LAST_ID, one_more, page};
use crate::postgres::PostgresStore;
use crate::postgres::read::is_storable;
use crate::postgres::rows::Columns;
use crate::postgres::value::Id;
use crate::{Page, Read, StoreFault};
use grantd_core::record::{ClientRecord, RefusalCount, RefusedRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::RefusedId;
use tokio_postgres::Row;

impl PostgresStore {
    pub(in crate::postgres) async fn list_clients_of(
        &self,
        realm: &str,
        owner: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Read<Page<ClientRecord>> {
        let after = after.unwrap_or_default();
        if !is_storable(&[owner, after]) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let sql = "SELECT record FROM clients WHERE realm = $1 AND owner = $2 AND client_id > $3 \
             ORDER BY client_id LIMIT $4";
        let rows = self.rows(sql, &[&realm, &owner, &after, &one_more(limit)]).await?;
        page(rows.iter().map(|row| Columns::of(row).client()), limit)
    }

    pub(in crate::postgres) async fn list_refused(
        &self,
        realm: &str,
        client_id: &str,
        before: Option<RefusedId>,
        limit: u32,
    ) -> Read<Page<RefusedRecord>> {
        if !is_storable(&[client_id]) {
            return Ok(Page::cut(Vec::new(), 0));
        }
        let sql = "SELECT id, at, request, endpoint, error, says, cause, expected, got, more FROM refused \
             WHERE realm = $1 AND client_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
        let before = Id(before.map_or(LAST_ID, |id| *id.as_bytes()));
        let rows = self.rows(sql, &[&realm, &client_id, &before, &one_more(limit)]).await?;
        page(rows.iter().map(|row| read(row, realm, client_id)), limit)
    }

    pub(in crate::postgres) async fn list_refusals(&self, realm: &str, since: Timestamp) -> Read<Vec<RefusalCount>> {
        let sql = "SELECT hour, endpoint, error, count FROM refusals WHERE realm = $1 AND hour >= $2 \
             ORDER BY hour, endpoint, error";
        let rows = self.rows(sql, &[&realm, &since.millis()]).await?;
        rows.iter().map(|row| counted(row, realm)).collect()
    }
}

fn counted(row: &Row, realm: &str) -> Read<RefusalCount> {
    let mut columns = Columns::of(row);
    let hour = Timestamp::from_millis(columns.take()?);
    let (endpoint, error): (String, String) = (columns.take()?, columns.take()?);
    let count: i64 = columns.take()?;
    Ok(RefusalCount {
        realm: realm.into(),
        hour,
        endpoint: endpoint.into(),
        error: error.into(),
        count: count.unsigned_abs(),
    })
}

fn read(row: &Row, realm: &str, client_id: &str) -> Read<RefusedRecord> {
    let mut columns = Columns::of(row);
    let id: Id = columns.take()?;
    let at = Timestamp::from_millis(columns.take()?);
    let mut text = || columns.take::<String>();
    let (request, endpoint, error, says, cause) = (text()?, text()?, text()?, text()?, text()?);
    let (expected, got) = (columns.take()?, columns.take()?);
    let more: i64 = columns.take()?;
    Ok(RefusedRecord {
        id: RefusedId::from_bytes(id.0),
        realm: realm.into(),
        client_id: client_id.into(),
        at,
        request,
        endpoint,
        error,
        says,
        cause,
        expected,
        got,
        more: more
            .try_into()
            .map_err(|_| StoreFault::Corrupt("a number of refused requests is out of range".to_owned()))?,
    })
}
