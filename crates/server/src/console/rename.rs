//! Another name for a tenant or a user.

use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{hidden, line};
use crate::signed_in::listing::text;
use crate::signed_in::{Page, Place, Visit};
use grantd_pages::{Block, Heading, Words};
use http::Method;
use serde_json::{Map, Value};

/// What gets another name.
pub(super) struct Renamed<'r> {
    /// Where it is listed.
    pub(super) place: Place,
    /// Its address below the area's, which is the one of the API too.
    pub(super) pieces: [&'r str; 2],
    /// The member that has its name.
    pub(super) member: &'static str,
    /// What the field is called.
    pub(super) label: &'static str,
    pub(super) hint: Option<&'static str>,
}

/// The form; and when it was sent, the new name.
pub(super) async fn show(visit: &Visit<'_>, what: Renamed<'_>) -> Page {
    let found = visit.ask(Ask::get(path(&what.pieces))).await?;
    let now = text(&found.body, what.member);
    let home = visit.url(&what.pieces);
    let heading = Heading {
        back: Some((home.clone(), Words::given(now))),
        ..Heading::new(Words::say("console-rename-title").with("name", now))
    };
    let [list, id] = what.pieces;
    let mut form = visit.new_form(visit.url(&[list, id, "rename"]), Words::say("console-save"));
    form.cancel = Some(home.clone());
    let sent = visit.form.is_some();
    let shown = |field: &'static str, now: &str| if sent { visit.field(field) } else { now }.to_owned();
    let name = shown(what.member, now);
    let etag = shown("etag", found.etag.as_deref().unwrap_or_default());
    form.fields = vec![line(what.member, what.label, what.hint, &name), hidden("etag", &etag)];
    if !sent {
        return visit.show(what.place, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = Map::from_iter([(what.member.to_owned(), Value::String(name))]);
    let ask = Ask::new(Method::PATCH, path(&what.pieces)).body(Value::Object(body));
    match visit.ask(ask.if_match(Some(&etag))).await {
        Ok(_) => Ok(visit.done(&home, "console-done-saved")),
        Err(denied) => visit.again(what.place, heading, form, denied, &[]),
    }
}
