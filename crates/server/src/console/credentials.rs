//! What the pages of secrets, tokens and keys have in common, whoever's they are: how one is asked for, when the old one
//! ends, and that it is shown once.

use super::permission_field::{self, Choice, Hints};
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::fields::{line, radios};
use crate::signed_in::listing::text;
use crate::signed_in::{Page, Place, Visit};
use grantd_pages::{Block, Field, Form, FormError, Heading, LocalUrl, Words};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// How long the old secrets go on working.
const KEEP: &[(&str, &str, Option<&str>)] = &[
    ("86400", "console-keep-day", None),
    ("3600", "console-keep-hour", None),
    ("604800", "console-keep-week", None),
    ("0", "console-keep-none", Some("console-keep-none-more")),
];

/// Whose secret is rotated.
pub(super) struct Rotation<'a> {
    pub(super) place: Place,
    pub(super) heading: Heading,
    /// The address of the form.
    pub(super) here: LocalUrl,
    /// Where whoever changes their mind goes.
    pub(super) back: LocalUrl,
    /// The secrets' address in the admin API.
    pub(super) secrets: &'a [&'a str],
}

impl Rotation<'_> {
    /// Asks when the old secrets end, and makes another: what the API made, or the page that is shown instead of it.
    pub(super) async fn make(self, visit: &Visit<'_>) -> ControlFlow<Page, Value> {
        let keep = match visit.field("keep") {
            "" => "86400",
            keep => keep,
        };
        let mut form = visit.new_form(self.here, Words::say("console-secret-rotate"));
        form.lead = Some(Words::say("console-secret-rotate-lead"));
        form.fields = vec![radios("keep", "console-keep", KEEP, keep)];
        form.cancel = Some(self.back);
        if visit.form.is_none() {
            return ControlFlow::Break(visit.show(self.place, self.heading, vec![Block::Form(Box::new(form))]));
        }
        // What is no number is the API's to refuse.
        let body = json!({ "keep_old_seconds": keep.parse::<u32>().unwrap_or(u32::MAX) });
        let ask = Ask::new(Method::POST, path(self.secrets)).body(body);
        match visit.ask(ask.once(visit.once())).await {
            Ok(made) => ControlFlow::Continue(made.body),
            Err(denied) => {
                let names = [("/keep_old_seconds", "keep")];
                ControlFlow::Break(visit.again(self.place, self.heading, form, denied, &names))
            }
        }
    }
}

/// What something that is made by hand is called, and what it may do.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn name_and_scopes(visit: &Visit<'_>, choice: Choice<'_>) -> Result<Vec<Field>, Denied> {
    let name = visit.field("name");
    Ok(vec![
        line("name", "console-name", Some("console-token-name-hint"), name),
        permission_field::field(visit, "scopes", "console-permissions", SCOPES, choice).await?,
    ])
}

/// The page that shows what was made, once. `member` is where the API put it.
pub(super) fn made_by_hand(
    visit: &Visit<'_>,
    place: Place,
    back: Option<(LocalUrl, Words)>,
    made: &Value,
    (title, member): (&'static str, &str),
) -> Page {
    let heading = Heading {
        back,
        ..Heading::new(Words::given(text(made, "name")))
    };
    let secret = Block::Secret {
        title: Words::say(title),
        text: Words::say("console-token-once"),
        value: text(made, member).to_owned(),
        file: None,
    };
    visit.show(place, heading, vec![secret])
}

/// Words for the permissions of something that is made by hand.
const SCOPES: Hints = Hints {
    ticked: "console-scopes-ticked",
    written: "console-scopes-written",
};

/// A number of days as whoever fills in a form wrote it: none where nothing is written.
///
/// # Errors
/// Where it is no number of days from one to ten thousand.
pub(super) fn days(written: &str) -> Result<Option<u32>, ()> {
    match written {
        "" => Ok(None),
        written => match written.parse() {
            Ok(days @ 1..=MOST_DAYS) => Ok(Some(days)),
            _ => Err(()),
        },
    }
}

/// Beyond that something is meant to last for ever.
const MOST_DAYS: u32 = 10_000;

/// The form again, since what stands in its field of days is no number of them.
pub(super) fn no_days(visit: &Visit<'_>, place: Place, heading: Heading, mut form: Form) -> Page {
    let wrong = Words::say("console-days-wrong").with("most", i64::from(MOST_DAYS));
    form.errors.push(FormError {
        field: Some("days".to_owned()),
        text: wrong.clone(),
    });
    for field in form.fields.iter_mut().filter(|field| field.name == "days") {
        field.error = Some(wrong.clone());
    }
    let blocks = vec![Block::Form(Box::new(form))];
    Ok(visit.page(StatusCode::UNPROCESSABLE_ENTITY, place, heading, blocks)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_a_whole_number_or_not_at_all() {
        assert_eq!(
            (days(""), days("1"), days("10000")),
            (Ok(None), Ok(Some(1)), Ok(Some(10_000)))
        );
        for wrong in ["0", "-1", "1.5", "a", "10001", "99999999999999"] {
            assert_eq!(days(wrong), Err(()), "{wrong}");
        }
    }
}
