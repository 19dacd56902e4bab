//! A client that wants to hear when a session ends, noted when it got a code in that session. The session's end makes the
//! note due, in the same change; it is kept until the client was told.

use grantd_protocol::Timestamp;
use grantd_protocol::id::SessionId;
use std::sync::Arc;

/// One client of one session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionClient {
    /// The session.
    pub session: SessionId,
    /// The client.
    pub client_id: Arc<str>,
    /// The realm's name.
    pub realm: Arc<str>,
    /// The issuer identifier that the client knows.
    pub issuer: Arc<str>,
    /// Who was logged in.
    pub user: Arc<str>,
    /// Since when the client is to be told, or when to try again; `None` while the session lasts.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
    /// When the session ends by itself: nobody is told of that, and the note goes with it.
    pub expires_at: Timestamp,
}
