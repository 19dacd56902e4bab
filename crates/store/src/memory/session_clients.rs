//! What the memory store notes of clients that want to hear of a session's end.

use super::state::State;
use grantd_core::change::Write;
use grantd_core::record::SessionClient;
use grantd_protocol::Timestamp;
use grantd_protocol::id::SessionId;
use std::collections::HashMap;

impl State {
    pub(super) fn apply_session_client(&mut self, write: Write) {
        match write {
            Write::NoteSessionClient(row) => {
                self.session_clients.insert((row.session, row.client_id.clone()), *row);
            }
            Write::TryLogout {
                session,
                client_id,
                tries,
                due_at,
            } => {
                if let Some(row) = self.session_clients.get_mut(&(session, client_id)) {
                    (row.tries, row.due_at) = (tries, Some(due_at));
                }
            }
            Write::ForgetSessionClient { session, client_id } => {
                self.session_clients.remove(&(session, client_id));
            }
            other => self.apply_webhook(other),
        }
    }

    /// Makes notes due, where they are not yet.
    pub(super) fn make_due(&mut self, at: Timestamp, of: impl Fn(&SessionClient) -> bool) {
        for row in self.session_clients.values_mut().filter(|row| of(row)) {
            row.due_at.get_or_insert(at);
        }
    }

    /// Keeps the notes of a session for as long as it lasts now.
    pub(super) fn session_renewed(&mut self, session: SessionId, expires_at: Timestamp) {
        let rows = self.session_clients.values_mut();
        for row in rows.filter(|row| row.session == session) {
            row.expires_at = expires_at;
        }
    }

    pub(super) fn session_clients_of(&self, session: SessionId) -> Vec<SessionClient> {
        let rows = self.session_clients.values().filter(|row| row.session == session);
        rows.cloned().collect()
    }

    pub(super) fn logouts_due(&self, now: Timestamp, limit: u32, of_one_client: u32) -> Vec<SessionClient> {
        let due = self.session_clients.values();
        let mut due: Vec<_> = due.filter(|row| row.due_at.is_some_and(|at| at <= now)).collect();
        due.sort_by_key(|row| (row.tries, row.due_at));
        let mut of_each: HashMap<(&str, &str), u32> = HashMap::new();
        due.retain(|row| {
            let count = of_each.entry((&row.realm, &row.client_id)).or_default();
            *count += 1;
            *count <= of_one_client
        });
        due.into_iter().take(limit as usize).cloned().collect()
    }
}
