//! The browser in which a user ends everything else: it goes on in a new session, under a new cookie. Why everything ends is
//! not known here.

use super::signed::Signed;
use crate::interaction::{begin, cookie};
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::admin::Deed;
use grantd_core::record::SessionRecord;
use grantd_protocol::id::SessionId;
use grantd_protocol::{Seconds, Secret};
use http::header::SET_COOKIE;

/// What the browser gets where the session is written.
pub(super) struct NewCookie {
    value: Secret,
    /// How long the browser keeps it; until it is closed where the session is shorter than usual, since such a one may have been
    /// begun for that long.
    kept: Option<Seconds>,
}

impl NewCookie {
    /// The answer, with it.
    pub(super) fn on(self, request: &Request<'_>, mut reply: Reply) -> Reply {
        let cookie = cookie::set_session(request, self.value.expose(), self.kept);
        reply.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        reply
    }
}

/// A session that begins at the instant of the deed, with the login of before, and ends when the one of before would have.
pub(super) fn session(request: &Request<'_>, signed: &Signed, deed: &Deed<'_>) -> (SessionRecord, NewCookie) {
    let id = SessionId::draw(deed.now, &*request.app.entropy);
    let (value, secret) = cookie::mint_session(request, *id.as_bytes());
    let login = signed.session.authentication.clone();
    let login_at = login.at;
    let session = SessionRecord {
        // Whatever is older than the deed is over.
        created_at: deed.now,
        expires_at: signed.session.expires_at,
        ..begin::new_session(request, &signed.user, id, secret, login)
    };
    let usual = login_at.plus(request.realm.config.realm.session_lifetime);
    let left = session.expires_at.seconds_since(deed.now);
    let kept = (session.expires_at >= usual).then(|| Seconds(u32::try_from(left).unwrap_or(u32::MAX)));
    (session, NewCookie { value, kept })
}
