//! A login that succeeded becomes a session. Must not know how it was proved who logs in.

use super::credentials::per_user;
use super::{cookie, facts};
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use grantd_core::SingleUse;
use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::code::Authentication;
use grantd_core::record::{SessionRecord, UserRecord};
use grantd_protocol::id::SessionId;
use grantd_protocol::{Seconds, SecretHash, Timestamp};
use grantd_store::CommitError;
use http::HeaderValue;
use http::header::{SET_COOKIE, USER_AGENT};
use std::sync::Arc;

/// Somebody who proved who they are.
pub(super) struct Proved<'a> {
    /// As they were looked at: if they were changed since, the proof is of nothing.
    pub(super) user: &'a UserRecord,
    /// By which methods (RFC 8176).
    pub(super) methods: &'a [&'a str],
    /// What the proof spends.
    pub(super) spends: Vec<Write>,
    /// What of it can be used once.
    pub(super) used: &'a [SingleUse],
    /// How the session is kept.
    pub(super) kept: Kept,
}

/// How a session is kept; as the realm says, beginning now, unless somebody says otherwise.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    /// When it was proved who the user is, where that was elsewhere and before.
    pub(super) at: Option<Timestamp>,
    /// For how long, where that is less than the realm's usual.
    pub(super) lifetime: Option<Seconds>,
    /// Whether the browser keeps its cookie when it ends.
    pub(super) persists: bool,
}

impl Kept {
    /// As the realm says.
    pub(super) const USUAL: Self = Self {
        at: None,
        lifetime: None,
        persists: true,
    };
}

impl Kept {
    fn lifetime(self, request: &Request<'_>) -> Seconds {
        let usual = request.realm.config.realm.session_lifetime;
        self.lifetime.map_or(usual, |wanted| wanted.min(usual))
    }
}

impl Proved<'_> {
    fn authentication(&self, request: &Request<'_>) -> Authentication {
        let amr: Vec<String> = self.methods.iter().map(|method| (*method).to_owned()).collect();
        let reached = request.realm.config.realm.openid.reached(&amr);
        Authentication {
            at: self.kept.at.unwrap_or_else(|| request.app.now()),
            acr: reached.map(|(_, name)| name.to_string()),
            amr,
        }
    }
}

/// Begins the session and sends the browser `to` where it was. The cookie's secret is always a new one, so that
/// nothing from before a login is worth anything after it. The same user's session goes on under the new secret, and
/// with it what hangs off it; another user's session in this browser ends. `None` where the user was changed since the
/// proof, or somebody else spent it.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn session(request: &Request<'_>, proved: Proved<'_>, to: &str) -> Result<Option<Reply>, Failure> {
    let app = request.app;
    let authentication = proved.authentication(request);
    let (user, now) = (proved.user, app.now());
    let lifetime = proved.kept.lifetime(request);
    let live = facts::session(request)
        .await?
        .map(|facts| facts.session)
        .filter(|session| session.is_live(now));
    let mut guards = vec![Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    }];
    guards.extend(proved.used.iter().map(SingleUse::guard));
    // Whoever knows the password was not guessing: the name gets its attempts back. The address does not, or one's own
    // account would pay for guessing at others.
    let mut writes = proved.spends;
    writes.extend(proved.used.iter().map(SingleUse::write));
    writes.push(Write::SetAttempts {
        key: per_user(request, &user.username),
        tat: now,
        expires_at: now,
    });
    let value = match live {
        Some(own) if own.user == user.id && own.created_at >= user.password_changed_at => {
            let (value, hash) = cookie::mint_session(request, *own.id.as_bytes());
            guards.push(Guard::SessionLive(own.id));
            writes.push(Write::RenewSession {
                id: own.id,
                hash,
                authentication,
                expires_at: now.plus(lifetime),
            });
            value
        }
        other => {
            writes.extend(other.map(|other| Write::EndSession { id: other.id, at: now }));
            let id = SessionId::draw(now, &*app.entropy);
            let (value, hash) = cookie::mint_session(request, *id.as_bytes());
            let session = SessionRecord {
                created_at: now,
                expires_at: now.plus(lifetime),
                ..new_session(request, user, id, hash, authentication)
            };
            writes.push(Write::InsertSession(Box::new(session)));
            value
        }
    };
    let id = app.change_id(now);
    match app.commit(Change { id, guards, writes }).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Ok(None),
        Err(CommitError::Fault(fault)) => return Err(fault.into()),
    }
    let mut reply = reply::see_other(to);
    let cookie: Option<HeaderValue> =
        cookie::set_session(request, value.expose(), proved.kept.persists.then_some(lifetime));
    reply.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(Some(reply))
}

/// A session of this browser that begins with this login.
pub(super) fn new_session(
    request: &Request<'_>,
    user: &UserRecord,
    id: SessionId,
    hash: SecretHash,
    authentication: Authentication,
) -> SessionRecord {
    let created_at = authentication.at;
    SessionRecord {
        id,
        hash,
        realm: Arc::clone(request.realm.name()),
        user: Arc::clone(&user.id),
        authentication,
        created_at,
        expires_at: created_at.plus(request.realm.config.realm.session_lifetime),
        ended_at: None,
        user_agent: request
            .header(USER_AGENT)
            .map(|agent| agent.chars().take(200).collect()),
        address: Some(request.address.to_string()),
    }
}
