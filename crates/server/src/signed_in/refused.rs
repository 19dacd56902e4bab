//! Pages in the place of those that cannot be shown: why, and what to do.

use super::{Area, Halt, Page, Place, Visit, local, wording};
use crate::api::inside::Denied;
use crate::error::Failure;
use crate::interaction::{login, outcome};
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::record::SessionFacts;
use grantd_pages::{Action, Block, Heading, LocalUrl, SignedInView, Tone, Weight, Words};
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

/// Why somebody who is signed in is not let in, and what they can do about it.
pub(crate) struct KeptOut {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) way_on: &'static str,
    /// Where that leads, below the pages' root; `None` for another login.
    pub(crate) to: Option<&'static str>,
}

/// Somebody is signed in who is not let into an area: they learn why, and what they can do.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(crate) fn kept_out(
    request: &Request<'_>,
    area: &'static Area,
    facts: &SessionFacts,
    why: KeptOut,
) -> Result<Reply, Failure> {
    if request.query() == "as=another" {
        return login::show_for_account(request, area.path, None);
    }
    let username = facts.user.as_ref().map(|user| user.username.as_str());
    let frame = area.frame(request, area.home(request)?, username.unwrap_or_default(), None)?;
    let href = match why.to {
        Some(path) => local(request, path).ok(),
        None => LocalUrl::parse(&format!("{}?as=another", frame.home.as_str())).ok(),
    };
    let action = href.map(|href| Action {
        label: Words::say(why.way_on),
        href,
        weight: Weight::Primary,
    });
    let view = SignedInView {
        frame,
        heading: Heading {
            lead: Some(Words::say(why.lead)),
            actions: action.into_iter().collect(),
            ..Heading::new(Words::say(why.title))
        },
        blocks: Vec::new(),
    };
    let html = request.app.pages.signed_in(&view, &outcome::shell(request, None)?);
    Ok(outcome::page(StatusCode::FORBIDDEN, html))
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
            Denied::State(text) => (StatusCode::CONFLICT, "area-conflict", wording::of(text)),
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
        let (heading, blocks) = missing(self.home.clone(), first);
        self.page(StatusCode::NOT_FOUND, first, heading, blocks)
    }
}

/// What stands where no page is: that there is none, and the way to the area's first one.
pub(crate) fn missing(home: LocalUrl, first: Place) -> (Heading, Vec<Block>) {
    let notice = Block::Notice {
        tone: Tone::Info,
        title: Words::say("area-missing"),
        text: Some(Words::say("area-missing-more")),
        action: Some((home, first.title())),
    };
    (Heading::new(Words::say("area-missing")), vec![notice])
}
