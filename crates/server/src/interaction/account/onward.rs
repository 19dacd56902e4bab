//! The browser in which a user ends everything else: it goes on in a new session, under a new cookie. Why everything ends is
//! not known here.

use super::signed::Signed;
use crate::interaction::{begin, cookie};
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::admin::Deed;
use grantd_core::record::SessionRecord;
use grantd_protocol::Secret;
use grantd_protocol::id::SessionId;
use http::header::SET_COOKIE;

/// What the browser gets where the session is written.
pub(super) struct NewCookie(Secret);

impl NewCookie {
    /// The answer, with it.
    pub(super) fn on(self, request: &Request<'_>, mut reply: Reply) -> Reply {
        let lifetime = request.realm.config.realm.session_lifetime;
        let cookie = cookie::set_session(request, self.0.expose(), Some(lifetime));
        reply.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        reply
    }
}

/// A session that begins at the instant of the deed, with the login of before.
pub(super) fn session(request: &Request<'_>, signed: &Signed, deed: &Deed<'_>) -> (SessionRecord, NewCookie) {
    let id = SessionId::draw(deed.now, &*request.app.entropy);
    let (value, secret) = cookie::mint_session(request, *id.as_bytes());
    let login = signed.session.authentication.clone();
    let session = SessionRecord {
        // Whatever is older than the deed is over.
        created_at: deed.now,
        ..begin::new_session(request, &signed.user, id, secret, login)
    };
    (session, NewCookie(value))
}
