//! What is noted of clients that want to hear of a session's end.

use super::Plan;
use crate::postgres::step::{Rows, Step};
use crate::postgres::value::Value;
use grantd_core::change::Write;
use grantd_core::record::SessionClient;
use grantd_protocol::Timestamp;
use grantd_protocol::id::SessionId;
use std::sync::Arc;

const TABLE: &[&str] = &["session_clients"];

impl Plan {
    pub(super) fn add_session_client(&mut self, write: &Write) {
        match write {
            Write::NoteSessionClient(row) => self.note_session_client(row),
            Write::TryLogout {
                session,
                client_id,
                tries,
                due_at,
            } => self.noted(
                "UPDATE session_clients SET tries = ?::bigint, due_at = ?::bigint \
                 WHERE session_id = ?::uuid AND client_id = ?::text{if_held}",
                vec![
                    (*tries).into(),
                    (*due_at).into(),
                    (*session.as_bytes()).into(),
                    client_id.into(),
                ],
            ),
            Write::ForgetSessionClient { session, client_id } => self.noted(
                "DELETE FROM session_clients WHERE session_id = ?::uuid AND client_id = ?::text{if_held}",
                vec![(*session.as_bytes()).into(), client_id.into()],
            ),
            other => self.add_tenant_app(other),
        }
    }

    fn note_session_client(&mut self, row: &SessionClient) {
        self.noted(
            "INSERT INTO session_clients (session_id, client_id, realm, issuer, user_id, due_at, tries, expires_at) \
             SELECT ?::uuid, ?::text, ?::text, ?::text, ?::text, ?::bigint, ?::bigint, ?::bigint WHERE true{if_held} \
             ON CONFLICT (session_id, client_id) DO UPDATE SET issuer = excluded.issuer, due_at = excluded.due_at, \
             tries = excluded.tries, expires_at = excluded.expires_at",
            vec![
                (*row.session.as_bytes()).into(),
                (&row.client_id).into(),
                (&row.realm).into(),
                (&row.issuer).into(),
                (&row.user).into(),
                row.due_at.into(),
                row.tries.into(),
                row.expires_at.into(),
            ],
        );
    }

    /// Keeps the notes of a session for as long as it lasts now.
    pub(super) fn session_renewed(&mut self, session: SessionId, expires_at: Timestamp) {
        self.noted(
            "UPDATE session_clients SET expires_at = ?::bigint WHERE session_id = ?::uuid{if_held}",
            vec![expires_at.into(), (*session.as_bytes()).into()],
        );
    }

    /// Makes the notes of a session due.
    pub(super) fn session_ended(&mut self, session: SessionId, at: Timestamp) {
        self.noted(
            "UPDATE session_clients SET due_at = ?::bigint WHERE session_id = ?::uuid AND due_at IS NULL{if_held}",
            vec![at.into(), (*session.as_bytes()).into()],
        );
    }

    /// Makes the notes of all sessions of a user due.
    pub(super) fn sessions_ended(&mut self, realm: &Arc<str>, user: &Arc<str>, at: i64) {
        self.noted(
            "UPDATE session_clients SET due_at = ?::bigint \
             WHERE realm = ?::text AND user_id = ?::text AND due_at IS NULL{if_held}",
            vec![at.into(), realm.into(), user.into()],
        );
    }

    fn noted(&mut self, sql: &'static str, values: Vec<Value>) {
        self.steps.push(Step::new(sql, Rows::Many(TABLE), values));
    }
}
