//! How a client is told of a session that ended (OpenID Connect Back-Channel Logout section 2.5): each attempt is claimed
//! before it is made, so that of several nodes one makes it, and a node that dies in the middle is followed by another.
//! Must not know how the client is reached.

use crate::change::{Change, Guard, Write};
use crate::record::SessionClient;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Seconds, Timestamp};
use std::sync::Arc;

/// The pauses between attempts, in seconds. After the last one the client is given up: its own session has most likely
/// ended by then.
const PAUSES: &[u32] = &[15, 60, 300, 1800, 7200, 21_600];

/// The change that claims the next attempt; `None` where there were enough.
#[must_use]
pub fn claim(note: &SessionClient, id: ChangeId, now: Timestamp) -> Option<Change> {
    let pause = PAUSES.get(usize::try_from(note.tries).ok()?)?;
    Some(Change {
        id,
        guards: vec![Guard::LogoutDue {
            session: note.session,
            client_id: Arc::clone(&note.client_id),
            tries: note.tries,
        }],
        writes: vec![Write::TryLogout {
            session: note.session,
            client_id: Arc::clone(&note.client_id),
            tries: note.tries + 1,
            due_at: now.plus(Seconds(*pause)),
        }],
    })
}

/// The change after which the client is not told again: it was, or there is nobody to tell.
#[must_use]
pub fn done(note: &SessionClient, id: ChangeId) -> Change {
    let write = Write::ForgetSessionClient {
        session: note.session,
        client_id: Arc::clone(&note.client_id),
    };
    Change::new(id, vec![write])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{ISSUER, NOW};
    use grantd_protocol::id::SessionId;

    fn note(tries: u32) -> SessionClient {
        SessionClient {
            session: SessionId::from_bytes([7; 16]),
            client_id: "web".into(),
            realm: "main".into(),
            issuer: ISSUER.into(),
            user: "ada".into(),
            due_at: Some(NOW),
            tries,
            expires_at: NOW,
        }
    }

    #[test]
    fn attempts_are_claimed_with_growing_pauses_and_come_to_an_end() {
        let id = ChangeId::from_bytes([1; 16]);
        let mut last = NOW;
        let mut tries = 0;
        while let Some(change) = claim(&note(tries), id, NOW) {
            let [
                Write::TryLogout {
                    due_at, tries: next, ..
                },
            ] = change.writes.as_slice()
            else {
                panic!("one write");
            };
            assert!(*due_at > last && *next == tries + 1);
            assert!(matches!(change.guards.as_slice(), [Guard::LogoutDue { tries: seen, .. }] if *seen == tries));
            (last, tries) = (*due_at, *next);
        }
        assert_eq!(tries, 6);
    }
}
