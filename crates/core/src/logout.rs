//! Logout that a client asks for (OpenID Connect RP-Initiated Logout 1.0): whether the user is asked first, and where the
//! browser may go afterwards. Must not know how a hint was verified, nor how a session ends.

pub mod delivery;
pub mod token;

use crate::authorize::response::with_query;
use crate::grant::context::Context;
use crate::grant::params::refuse_params;
use crate::realm::Realm;
use crate::record::{ClientRecord, SessionClient, SessionFacts};
use crate::subject;
use grantd_protocol::redirect_uri::MAX_REDIRECT_URI;
use grantd_protocol::{ErrorCode, OAuthError, RawParams, Timestamp};

/// The longest of the texts that are passed on, in bytes.
const MAX_TEXT: usize = 4096;
/// The longest token that is read as a hint, in bytes.
const MAX_TOKEN: usize = 8192;

/// A request, parsed (section 2).
#[derive(Clone, Debug, Default)]
pub struct LogoutRequest {
    /// `id_token_hint`, unverified.
    pub id_token_hint: Option<String>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `post_logout_redirect_uri`, as it was sent.
    pub post_logout_redirect_uri: Option<String>,
    /// `state`, byte for byte.
    pub state: Option<String>,
    /// `ui_locales`.
    pub ui_locales: Option<String>,
}

/// What a verified `id_token_hint` says, expired or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Whom it was made for.
    pub client_id: String,
    /// The user's name for that client.
    pub subject: String,
    /// The session's name for that client.
    pub session: Option<String>,
}

/// What the decision needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The hint, where there was one.
    pub hint: Option<&'a Hint>,
    /// The client that [`LogoutRequest::client`] names.
    pub client: Option<&'a ClientRecord>,
    /// The browser's session, dead or alive.
    pub session: Option<&'a SessionFacts>,
    /// Whether the user has said on our own page that they want to log out.
    pub confirmed: bool,
}

/// What comes next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// The user is asked: nobody has shown that they want this.
    Confirm,
    /// The session ends, where there is one.
    End(Option<GoOn>),
}

/// Where the browser goes afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GoOn {
    /// The registered address, with the client's `state`.
    pub url: String,
    /// Whether it goes there by itself, or only when the user wants to.
    pub by_itself: bool,
}

impl LogoutRequest {
    /// Parses the parameters. Unknown ones are ignored.
    ///
    /// # Errors
    /// `invalid_request` for one that repeats or is too long.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        params.refuse_duplicates(&[]).map_err(refuse_params)?;
        let text = |name: &'static str, limit: usize| match params.get(name) {
            Some(text) if text.len() > limit => Err(OAuthError::with_detail(
                ErrorCode::InvalidRequest,
                &format!("{name} is longer than {limit} bytes"),
            )),
            other => Ok(other.map(str::to_owned)),
        };
        Ok(Self {
            id_token_hint: text("id_token_hint", MAX_TOKEN)?,
            client_id: text("client_id", MAX_TEXT)?,
            post_logout_redirect_uri: text("post_logout_redirect_uri", MAX_REDIRECT_URI)?,
            state: text("state", MAX_TEXT)?,
            ui_locales: text("ui_locales", MAX_TEXT)?,
        })
    }

    /// The client that asks, where anything names it.
    ///
    /// # Errors
    /// `invalid_request` where the hint was made for another one (section 2).
    pub fn client<'a>(&'a self, hint: Option<&'a Hint>) -> Result<Option<&'a str>, OAuthError> {
        match (self.client_id.as_deref(), hint.map(|hint| hint.client_id.as_str())) {
            (Some(named), Some(hinted)) if named != hinted => Err(OAuthError::invalid_request(
                "client_id is not the application that id_token_hint was made for",
            )),
            (named, hinted) => Ok(named.or(hinted)),
        }
    }
}

/// Decides what comes next.
///
/// # Errors
/// For a page, never for a redirect: the address is not one that the client registered, or nobody says which client it is.
pub fn decide(request: &LogoutRequest, facts: Facts<'_>, context: &Context<'_>) -> Result<Next, OAuthError> {
    let go_on = go_on(request, facts)?;
    let session = facts.session.filter(|facts| is_live(facts, context.now));
    let Some(session) = session else {
        return Ok(Next::End(go_on));
    };
    if facts.confirmed || is_about(session, facts, context) {
        Ok(Next::End(go_on))
    } else {
        Ok(Next::Confirm)
    }
}

fn is_live(facts: &SessionFacts, now: Timestamp) -> bool {
    facts.session.is_live(now) && facts.user.is_some()
}

/// Whether the hint names the very user, and the very session where it names one, that the browser shows. Any other hint
/// is somebody else's: with it a page could log people out who never asked (section 4).
fn is_about(session: &SessionFacts, facts: Facts<'_>, context: &Context<'_>) -> bool {
    let (Some(hint), Some(client)) = (facts.hint, facts.client) else {
        return false;
    };
    let session = &session.session;
    let is_user = *subject::of_user(context.realm, client, &session.user) == *hint.subject;
    let own = subject::of_session(context.realm, client, session.id);
    is_user && hint.session.as_ref().is_none_or(|named| *named == own)
}

fn go_on(request: &LogoutRequest, facts: Facts<'_>) -> Result<Option<GoOn>, OAuthError> {
    let named = facts.hint.is_some() || request.client_id.is_some();
    let client = facts.client.filter(|client| client.enabled);
    if named && client.is_none() {
        return Err(OAuthError::invalid_client("this application is not known here"));
    }
    let Some(uri) = &request.post_logout_redirect_uri else {
        return Ok(None);
    };
    let client = client.ok_or(OAuthError::invalid_request(
        "post_logout_redirect_uri needs an id_token_hint or a client_id beside it",
    ))?;
    // Byte for byte, loopback ports included: a logout needs no port of its own.
    if !client.post_logout_redirect_uris.contains(uri) {
        return Err(OAuthError::invalid_request(
            "the application asked to return to an address that it has not registered",
        ));
    }
    Ok(Some(GoOn {
        url: with_query(
            uri,
            &request
                .state
                .iter()
                .map(|state| ("state", state.clone()))
                .collect::<Vec<_>>(),
        ),
        // Anybody can register a client, and then send people through here to wherever it says.
        by_itself: client.origin.is_vouched_for() && facts.hint.is_some(),
    }))
}

/// The page that the browser loads to end the client's own session (Front-Channel Logout section 2), where it has one.
#[must_use]
pub fn frame(realm: &Realm, client: &ClientRecord, note: &SessionClient) -> Option<String> {
    let openid = &client.openid;
    let uri = openid.frontchannel_logout_uri.as_ref()?;
    if !openid.frontchannel_logout_session_required {
        return Some(uri.clone());
    }
    let session = subject::of_session(realm, client, note.session);
    Some(with_query(uri, &[("iss", note.issuer.to_string()), ("sid", session)]))
}

#[cfg(test)]
mod tests;
