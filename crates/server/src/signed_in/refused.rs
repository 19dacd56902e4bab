//! Pages in the place of those that cannot be shown: why, and what to do.

use super::{Halt, Page, Place, Visit};
use crate::api::inside::Denied;
use crate::error::Failure;
use crate::interaction::outcome;
use crate::reply::Reply;
use crate::request::Request;
use grantd_pages::{Block, Heading, Tone, Words};
use http::StatusCode;

/// What is answered in the end: of a request that came as far as a visit, a refusal is a page of its area.
pub(crate) fn answered(request: &Request<'_>, outcome: Page) -> Reply {
    match outcome {
        Ok(reply) => reply,
        Err(Halt::Instead(reply)) => *reply,
        Err(Halt::Failure(failure) | Halt::Denied(Denied::Failed(failure))) => outcome::error_page(request, &failure),
        // Whoever has a visit says it there.
        Err(Halt::Denied(_)) => outcome::error_with(request, StatusCode::NOT_FOUND, "not_found", None),
    }
}

impl Visit<'_> {
    /// What is answered at `place`, with a page in the place of one that the API refused.
    pub(crate) fn told(&self, place: Place, outcome: Page) -> Page {
        match outcome {
            Err(Halt::Denied(denied)) => Ok(self.refused(place, denied)?),
            other => other,
        }
    }

    fn refused(&self, place: Place, denied: Denied) -> Result<Reply, Failure> {
        let (status, title, text) = match denied {
            Denied::Failed(failure) => return Err(failure),
            Denied::Unknown => return self.nothing(place),
            Denied::Forbidden(permission) => (
                StatusCode::FORBIDDEN,
                "area-forbidden",
                Words::say("area-forbidden-more").with("permission", permission),
            ),
            Denied::Changed => (StatusCode::CONFLICT, "area-changed", Words::say("area-changed-more")),
            Denied::State(text) => (StatusCode::CONFLICT, "area-conflict", Words::given(text)),
            Denied::Bad(text) => (StatusCode::BAD_REQUEST, "area-bad", Words::given(text)),
            Denied::Invalid(wrong) => {
                let text = wrong.into_iter().map(|(place, detail)| format!("{place} {detail}"));
                let text: Vec<String> = text.collect();
                (StatusCode::BAD_REQUEST, "area-bad", Words::given(text.join("; ")))
            }
        };
        let notice = Block::Notice {
            tone: Tone::Danger,
            title: Words::say(title),
            text: Some(text),
            action: Some((self.at(place), place.title())),
        };
        self.page(status, place, Heading::new(Words::say(title)), vec![notice])
    }

    fn nothing(&self, place: Place) -> Result<Reply, Failure> {
        let first = self.area.place("").unwrap_or(place);
        let notice = Block::Notice {
            tone: Tone::Info,
            title: Words::say("area-missing"),
            text: Some(Words::say("area-missing-more")),
            action: Some((self.home.clone(), first.title())),
        };
        let heading = Heading::new(Words::say("area-missing"));
        self.page(StatusCode::NOT_FOUND, first, heading, vec![notice])
    }
}
