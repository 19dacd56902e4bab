//! What is noted of clients that want to hear of a session's end.

use super::Reader;
use super::cells::Cells;
use crate::Read;
use grantd_core::record::SessionClient;
use grantd_protocol::Timestamp;
use grantd_protocol::id::SessionId;
use rusqlite::params;
use std::sync::Arc;

/// A statement about these rows, with the columns in the order in which [`row`] reads them.
macro_rules! noted {
    ($from:literal) => {
        concat!(
            "SELECT session, client_id, realm, issuer, user, due_at, tries, expires_at FROM ",
            $from
        )
    };
}

impl Reader {
    pub(in crate::sqlite) fn session_clients(&mut self, session: SessionId) -> Read<Vec<SessionClient>> {
        let sql = noted!("session_clients WHERE session = ?1 ORDER BY client_id");
        self.all(sql, params![session.as_bytes()], |cells, _, _| row(cells))
    }

    pub(in crate::sqlite) fn logouts_due(
        &mut self,
        now: Timestamp,
        limit: u32,
        of_one_client: u32,
    ) -> Read<Vec<SessionClient>> {
        let sql = noted!(
            "(SELECT *, row_number() OVER (PARTITION BY realm, client_id ORDER BY tries, due_at) AS place \
             FROM session_clients WHERE due_at IS NOT NULL AND due_at <= ?1) \
             WHERE place <= ?3 ORDER BY tries, due_at LIMIT ?2"
        );
        self.all(sql, params![now.millis(), limit, of_one_client], |cells, _, _| {
            row(cells)
        })
    }
}

fn row(cells: &mut Cells<'_, '_>) -> Read<SessionClient> {
    Ok(SessionClient {
        session: SessionId::from_bytes(cells.take()?),
        client_id: text(cells)?,
        realm: text(cells)?,
        issuer: text(cells)?,
        user: text(cells)?,
        due_at: cells.optional_time()?,
        tries: cells.take()?,
        expires_at: cells.time()?,
    })
}

fn text(cells: &mut Cells<'_, '_>) -> Read<Arc<str>> {
    cells.take::<String>().map(Arc::from)
}
