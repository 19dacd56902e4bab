//! What a browser carries between two of its requests: sealed, so that it can be neither read nor made up, bound to
//! the browser or the session it was given to, and dead after a while. Nothing is stored for a request that nobody
//! has logged in for, so asking costs the database nothing.

use crate::request::Request;
use grantd_core::authorize::Shown;
use grantd_jose::{Sealer, base64url_decode, base64url_encode};
use grantd_protocol::entropy::draw;
use grantd_protocol::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a form may stay open.
const LIFETIME: Seconds = Seconds(3600);
/// How long what was filled into a form is given back, once it can no longer be taken.
const REMEMBERED: Seconds = Seconds(7 * 86_400);

/// What a ticket is for. A ticket of one kind is worthless as another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The login form.
    Login,
    /// The login form that somebody was sent to with the code of a device.
    DeviceLogin,
    /// The login form that somebody was sent to from a page of their account.
    AccountLogin,
    /// The second step of a login.
    SecondStep,
    /// The form for whoever forgot their password.
    Forgotten,
    /// The link that resets a password.
    Reset,
    /// A form of a page for somebody who is signed in. Its path is in the ticket, and with it the area.
    SignedIn,
    /// The secret of an authenticator app that is to be connected.
    Enrolment,
    /// The form for the code of a device.
    Device,
    /// The consent form.
    Consent,
    /// The consent form of a device.
    DeviceConsent,
    /// The note that a request's login was asked for at some instant, on the way back from the login form.
    LoginNote,
    /// The form that asks whether to log out.
    Logout,
    /// The `state` of a flow that a developer tries out.
    TryOut,
    /// What was filled into a form before somebody had to log in.
    Kept,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::DeviceLogin => "device-login",
            Self::AccountLogin => "account-login",
            Self::SecondStep => "second-step",
            Self::Forgotten => "forgotten",
            Self::Reset => "reset",
            Self::SignedIn => "signed-in",
            Self::Enrolment => "enrolment",
            Self::Device => "device",
            Self::Consent => "consent",
            Self::DeviceConsent => "device-consent",
            Self::LoginNote => "login-note",
            Self::Logout => "logout",
            Self::TryOut => "try-out",
            Self::Kept => "kept",
        }
    }
}

/// A ticket's content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The authorization request as it came, as a query string; its SHA-256 in a note; the address of a page of ours.
    pub request: String,
    /// Whom it is bound to: the browser's cookie, or the session's id.
    pub bound_to: String,
    /// What the page showed, for a consent: nothing else can be allowed by its answer.
    #[serde(default)]
    pub shown: Shown,
    /// When it was made.
    pub made_at: Timestamp,
}

/// Seals a ticket for the realm and issuer of this request.
#[must_use]
pub fn seal(request: &Request<'_>, purpose: Purpose, ticket: &Ticket) -> String {
    let nonce = draw(&*request.app.entropy);
    ticket.sealed(&request.app.tickets, nonce, &context(request, purpose))
}

/// Opens a ticket. `None` for one that was not sealed here for this purpose, realm and issuer, or is too old.
#[must_use]
pub fn open(request: &Request<'_>, purpose: Purpose, text: &str) -> Option<Ticket> {
    Ticket::opened(&request.app.tickets, &context(request, purpose), text, request.now)
}

/// Opens a ticket as it opened at another instant: when it was put into a ticket that is open now.
#[must_use]
pub fn open_as_of(request: &Request<'_>, purpose: Purpose, text: &str, at: Timestamp) -> Option<Ticket> {
    Ticket::opened(&request.app.tickets, &context(request, purpose), text, at)
}

/// Opens a ticket of the last week. It says to whom a form was shown, and is good for nothing else.
#[must_use]
pub fn open_late(request: &Request<'_>, purpose: Purpose, text: &str) -> Option<Ticket> {
    let context = context(request, purpose);
    Ticket::opened_within(&request.app.tickets, &context, text, request.now, REMEMBERED)
}

/// Seals what is no ticket for a browser to carry. Who may open it and until when must stand in it.
#[must_use]
pub fn seal_bytes(request: &Request<'_>, purpose: Purpose, plain: &[u8]) -> String {
    let nonce = draw(&*request.app.entropy);
    let context = context(request, purpose);
    base64url_encode(request.app.tickets.seal(nonce, context.as_bytes(), plain))
}

/// Opens it again.
#[must_use]
pub fn open_bytes(request: &Request<'_>, purpose: Purpose, text: &str) -> Option<Vec<u8>> {
    let sealed = base64url_decode(text.as_bytes()).ok()?;
    request.app.tickets.open(context(request, purpose).as_bytes(), &sealed)
}

impl Ticket {
    /// From when on it does not open any more.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.made_at.plus(LIFETIME)
    }

    /// The ticket as text, bound to `context`. `nonce` must be fresh: see [`Sealer::seal`].
    #[must_use]
    pub fn sealed(&self, sealer: &Sealer, nonce: [u8; 12], context: &str) -> String {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        base64url_encode(sealer.seal(nonce, context.as_bytes(), &plain))
    }

    /// The ticket of a text. `None` for one that this sealer did not seal for this context, or that is too old.
    #[must_use]
    pub fn opened(sealer: &Sealer, context: &str, text: &str, now: Timestamp) -> Option<Self> {
        Self::opened_within(sealer, context, text, now, LIFETIME)
    }

    fn opened_within(sealer: &Sealer, context: &str, text: &str, now: Timestamp, lifetime: Seconds) -> Option<Self> {
        let sealed = base64url_decode(text.as_bytes()).ok()?;
        let plain = sealer.open(context.as_bytes(), &sealed)?;
        let ticket: Self = serde_json::from_slice(&plain).ok()?;
        let age_is_right = ticket.made_at <= now.plus(Seconds(60)) && now < ticket.made_at.plus(lifetime);
        age_is_right.then_some(ticket)
    }
}

fn context(request: &Request<'_>, purpose: Purpose) -> String {
    format!("{}|{}|{}", purpose.label(), request.realm.name(), request.issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_for_an_hour_and_says_for_a_week_whose_it_was() {
        let sealer = Sealer::new([7; 32]);
        let at = |seconds: i64| Timestamp::from_millis(1_800_000_000_000 + seconds * 1000);
        let ticket = Ticket {
            request: "/console".to_owned(),
            bound_to: "session".to_owned(),
            shown: Shown::default(),
            made_at: at(0),
        };
        let text = ticket.sealed(&sealer, [1; 12], "context");
        let opens = |now| Ticket::opened(&sealer, "context", &text, at(now)).is_some();
        assert!(opens(-60) && opens(0) && opens(3599));
        assert!(!opens(-61) && !opens(3600));
        let remembered = |now| Ticket::opened_within(&sealer, "context", &text, at(now), REMEMBERED).is_some();
        assert!(remembered(3600) && remembered(7 * 24 * 3600 - 1));
        assert!(!remembered(7 * 24 * 3600));
        assert!(Ticket::opened(&sealer, "another", &text, at(0)).is_none());
    }
}
