//! Questions and answers as the texts that travel: sealed for their realm, each kind apart. Must not know what they say.

use crate::app::App;
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_protocol::entropy::draw;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is sealed. A text of one kind is worthless as another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Who is it?
    LoginQuestion,
    /// What do they allow?
    ConsentQuestion,
    /// The app says who it is.
    LoginVerdict,
    /// The app says what they allow.
    ConsentVerdict,
    /// A login at another provider under way.
    Upstream,
}

impl Kind {
    /// The parameter that carries it.
    pub(crate) const fn parameter(self) -> &'static str {
        match self {
            Self::LoginQuestion => "login_challenge",
            Self::ConsentQuestion => "consent_challenge",
            Self::LoginVerdict => "login_verifier",
            Self::ConsentVerdict => "consent_verifier",
            Self::Upstream => "state",
        }
    }
}

/// Seals something for a realm.
#[must_use]
pub(crate) fn seal<T: Serialize>(app: &App, realm: &str, kind: Kind, value: &T) -> String {
    let plain = serde_json::to_vec(value).unwrap_or_default();
    let sealed = app
        .tickets
        .seal(draw(&*app.entropy), context(realm, kind).as_bytes(), &plain);
    base64url_encode(sealed)
}

/// Opens it; `None` for what was not sealed here for this realm as this kind.
#[must_use]
pub(crate) fn open<T: DeserializeOwned>(app: &App, realm: &str, kind: Kind, text: &str) -> Option<T> {
    let sealed = base64url_decode(text.as_bytes()).ok()?;
    let plain = app.tickets.open(context(realm, kind).as_bytes(), &sealed)?;
    serde_json::from_slice(&plain).ok()
}

fn context(realm: &str, kind: Kind) -> String {
    format!("handover|{}|{realm}", kind.parameter())
}
