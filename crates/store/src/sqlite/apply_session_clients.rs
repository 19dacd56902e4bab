//! What each write does to the notes of clients that want to hear of a session's end.

use super::apply::Tables;
use crate::Read;
use grantd_core::change::Write;
use grantd_protocol::Timestamp;
use grantd_protocol::id::SessionId;
use rusqlite::params;

impl Tables<'_> {
    pub(super) fn apply_session_client(&self, write: &Write) -> Read<()> {
        match write {
            Write::NoteSessionClient(row) => {
                let sql = "INSERT OR REPLACE INTO session_clients
                               (session, client_id, realm, issuer, user, due_at, tries, expires_at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
                self.run(
                    sql,
                    params![
                        row.session.as_bytes(),
                        &*row.client_id,
                        &*row.realm,
                        &*row.issuer,
                        &*row.user,
                        row.due_at.map(Timestamp::millis),
                        row.tries,
                        row.expires_at.millis(),
                    ],
                )
            }
            Write::TryLogout {
                session,
                client_id,
                tries,
                due_at,
            } => {
                let sql = "UPDATE session_clients SET tries = ?3, due_at = ?4 WHERE session = ?1 AND client_id = ?2";
                self.run(sql, params![session.as_bytes(), &**client_id, tries, due_at.millis()])
            }
            Write::ForgetSessionClient { session, client_id } => {
                let sql = "DELETE FROM session_clients WHERE session = ?1 AND client_id = ?2";
                self.run(sql, params![session.as_bytes(), &**client_id])
            }
            other => self.apply_tenant_app(other),
        }
    }

    /// Keeps the notes of a session for as long as it lasts now.
    pub(super) fn session_renewed(&self, session: SessionId, expires_at: Timestamp) -> Read<()> {
        let sql = "UPDATE session_clients SET expires_at = ?2 WHERE session = ?1";
        self.run(sql, params![session.as_bytes(), expires_at.millis()])
    }

    /// Makes the notes of a session due.
    pub(super) fn session_ended(&self, session: SessionId, at: Timestamp) -> Read<()> {
        let sql = "UPDATE session_clients SET due_at = ?2 WHERE session = ?1 AND due_at IS NULL";
        self.run(sql, params![session.as_bytes(), at.millis()])
    }

    /// Makes the notes of all sessions of a user due.
    pub(super) fn sessions_ended(&self, realm: &str, user: &str, at: Timestamp) -> Read<()> {
        let sql = "UPDATE session_clients SET due_at = ?3 WHERE realm = ?1 AND user = ?2 AND due_at IS NULL";
        self.run(sql, params![realm, user, at.millis()])
    }
}
