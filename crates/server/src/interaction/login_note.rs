//! The note of a login: on the way back from the login form it says when this very request sent its user there, so that
//! `prompt=login` is asked once and not for ever. It stands in for one answer: the change that makes the code, or tells the
//! client an error, spends it, and afterwards the request is one that nobody has logged in for. Must not know what a request
//! asks.

use super::browser;
use super::ticket::{self, Purpose, Ticket};
use crate::error::Failure;
use crate::request::Request;
use grantd_core::SingleUse;
use grantd_core::authorize::{AuthorizationRequest, Shown};
use grantd_core::handover::{ANSWER_LIFETIME, QUESTION_LIFETIME};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{Seconds, Timestamp};

/// The parameter that brings the note back, as the last one. It is ours, so no client sends it on purpose, and it is taken off
/// before the request is read.
const PARAMETER: &str = "grantd_login";

/// What a request says about the login before it.
pub(super) enum Login {
    /// Nothing.
    Unsaid,
    /// That it asked for it.
    Asked(LoginNote),
    /// That it asked for it, in a note that is not this browser's or this request's, too old, or spent.
    Void,
}

/// A note that is good for this request in this browser.
pub(super) struct LoginNote {
    /// When the login was asked for.
    asked_at: Timestamp,
    used: SingleUse,
}

/// The request with its note at its end.
pub(super) fn append(request: &Request<'_>, place: &str, query: &str, bound_to: &str, asked_at: Timestamp) -> String {
    let note = Ticket {
        request: digest(query),
        bound_to: bound_to.to_owned(),
        shown: Shown::default(),
        made_at: asked_at,
    };
    let sealed = ticket::seal(request, Purpose::LoginNote, &note);
    format!("{place}&{PARAMETER}={sealed}")
}

/// How long after its end a note can come back in the answer of a page that was shown before: as long as that page is
/// answered, the platform's own app included. So long it is remembered that it was spent.
const CARRIED: Seconds = Seconds(QUESTION_LIFETIME.0 + ANSWER_LIFETIME.0);

/// Splits the note off a request that came `at` this instant: now, or when the page was shown whose answer it is. The note was
/// good then, and whether it was spent since nobody has asked yet.
pub(super) fn take<'q>(request: &Request<'_>, query: &'q str, at: Timestamp) -> (&'q str, Login) {
    let Some((rest, text)) = split(query) else {
        return (query, Login::Unsaid);
    };
    let note = ticket::open_as_of(request, Purpose::LoginNote, text, at)
        .filter(|ticket| ticket.request == digest(rest) && browser::holds(request, &ticket.bound_to));
    let login = note.map_or(Login::Void, |ticket| {
        // Each login has a note of its own: a ticket's text is sealed with a fresh nonce, and read in one way alone.
        let used = SingleUse::login(request.realm.name(), &digest(text), remembered_until(&ticket));
        Login::Asked(LoginNote {
            asked_at: ticket.made_at,
            used,
        })
    });
    (rest, login)
}

/// A note is ours where it is the last parameter, as it was appended. Anywhere else it is an unknown parameter of the
/// client's, and what stands behind it is the client's, too.
fn split(query: &str) -> Option<(&str, &str)> {
    let split = query.rsplit_once(&format!("&{PARAMETER}="));
    split.filter(|(_, note)| !note.contains('&'))
}

fn remembered_until(note: &Ticket) -> Timestamp {
    note.ends_at().plus(CARRIED)
}

fn digest(text: &str) -> String {
    base64url_encode(sha256(text.as_bytes()))
}

impl Login {
    /// The same, void where it answered its request before.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn unless_spent(self, request: &Request<'_>) -> Result<Self, Failure> {
        let is_spent = match &self {
            Self::Asked(note) => request.app.replayed(std::slice::from_ref(&note.used)).await?.is_some(),
            Self::Unsaid | Self::Void => false,
        };
        Ok(if is_spent { Self::Void } else { self })
    }

    /// The same after a lost race, which may have been one for the note: the request is not spent by it then.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn after_conflict(
        self,
        request: &Request<'_>,
        asked: &mut AuthorizationRequest,
    ) -> Result<Self, Failure> {
        let Self::Asked(note) = self else {
            return Ok(self);
        };
        let used = note.used.clone();
        let login = Self::Asked(note).unless_spent(request).await?;
        if matches!(login, Self::Void) {
            asked.used.retain(|other| *other != used);
        }
        Ok(login)
    }

    /// Lets the request's answer spend the note.
    pub(super) fn spent_by(&self, asked: &mut AuthorizationRequest) {
        if let Self::Asked(note) = self {
            asked.used.push(note.used.clone());
        }
    }

    /// When the login was asked for, if there is a note that says so.
    pub(super) fn asked_at(&self) -> Option<Timestamp> {
        match self {
            Self::Asked(note) => Some(note.asked_at),
            Self::Unsaid | Self::Void => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{remembered_until, split};
    use crate::interaction::ticket::Ticket;
    use grantd_core::authorize::Shown;
    use grantd_core::handover::{ANSWER_LIFETIME, QUESTION_LIFETIME};
    use grantd_jose::Sealer;
    use grantd_protocol::{Seconds, Timestamp};

    /// A page that was shown in a note's last second is answered in its own last second.
    #[test]
    fn that_a_note_was_spent_is_remembered_as_long_as_a_page_can_bring_it_back() {
        let note = Ticket {
            request: "digest".to_owned(),
            bound_to: "browser".to_owned(),
            shown: Shown::default(),
            made_at: Timestamp::from_secs(1_800_000_000),
        };
        let sealer = Sealer::new([7; 32]);
        let text = note.sealed(&sealer, [1; 12], "note");
        let opens = |at: Timestamp| Ticket::opened(&sealer, "note", &text, at).is_some();
        let last = note.made_at.plus(Seconds(3599));
        assert!(
            opens(last) && !opens(last.plus(Seconds(1))),
            "no page shown later carries it"
        );
        let page = Ticket {
            made_at: last,
            ..note.clone()
        };
        let app = last.plus(QUESTION_LIFETIME).plus(ANSWER_LIFETIME);
        assert!(remembered_until(&note) > page.ends_at() && remembered_until(&note) > app);
    }

    #[test]
    fn a_note_takes_no_other_parameter_along() {
        assert_eq!(split("client_id=a&grantd_login=x"), Some(("client_id=a", "x")));
        let two = "client_id=a&grantd_login=x&state=b&grantd_login=y";
        assert_eq!(split(two), Some(("client_id=a&grantd_login=x&state=b", "y")));
        for not_ours in ["client_id=a", "grantd_login=x", "client_id=a&grantd_login=x&scope=b"] {
            assert_eq!(split(not_ours), None, "{not_ours}");
        }
    }
}
