//! Reads of what is noted of clients that want to hear of a session's end.

use crate::postgres::PostgresStore;
use crate::postgres::rows::Columns;
use crate::postgres::value::Id;
use crate::{Read, StoreFault};
use grantd_core::record::SessionClient;
use grantd_protocol::Timestamp;
use grantd_protocol::id::SessionId;
use std::sync::Arc;
use tokio_postgres::Row;

/// A statement about these rows, with the columns in the order in which [`read`] reads them.
macro_rules! noted {
    ($from:literal) => {
        concat!(
            "SELECT session_id, client_id, realm, issuer, user_id, due_at, tries, expires_at FROM ",
            $from
        )
    };
}

impl PostgresStore {
    pub(in crate::postgres) async fn list_session_clients(&self, session: SessionId) -> Read<Vec<SessionClient>> {
        let sql = noted!("session_clients WHERE session_id = $1 ORDER BY client_id COLLATE \"C\"");
        let rows = self.rows(sql, &[&Id(*session.as_bytes())]).await?;
        rows.iter().map(read).collect()
    }

    pub(in crate::postgres) async fn list_logouts_due(
        &self,
        now: Timestamp,
        limit: u32,
        of_one_client: u32,
    ) -> Read<Vec<SessionClient>> {
        let sql = noted!(
            "(SELECT *, row_number() OVER (PARTITION BY realm, client_id ORDER BY tries, due_at) AS place \
             FROM session_clients WHERE due_at IS NOT NULL AND due_at <= $1) due \
             WHERE place <= $3 ORDER BY tries, due_at LIMIT $2"
        );
        let (limit, of_one_client) = (i64::from(limit), i64::from(of_one_client));
        let rows = self.rows(sql, &[&now.millis(), &limit, &of_one_client]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Read<SessionClient> {
    let mut columns = Columns::of(row);
    let session: Id = columns.take()?;
    let mut text = || -> Read<Arc<str>> { columns.take::<&str>().map(Arc::from) };
    let (client_id, realm, issuer, user) = (text()?, text()?, text()?, text()?);
    let due_at: Option<i64> = columns.take()?;
    let tries: i64 = columns.take()?;
    Ok(SessionClient {
        session: SessionId::from_bytes(session.0),
        client_id,
        realm,
        issuer,
        user,
        due_at: due_at.map(Timestamp::from_millis),
        tries: tries
            .try_into()
            .map_err(|_| StoreFault::Corrupt("a number of attempts is out of range".to_owned()))?,
        expires_at: Timestamp::from_millis(columns.take()?),
    })
}
