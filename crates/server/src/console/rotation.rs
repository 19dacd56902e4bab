//! Another secret for something that has one: asks when the old one ends, and lets whoever asked show the new one.

use crate::api::inside::Ask;
use crate::signed_in::fields::radios;
use crate::signed_in::{Page, Place, Visit};
use grantd_pages::{Block, Heading, LocalUrl, Words};
use http::Method;
use serde_json::{Value, json};

/// How long the old secrets go on working.
const KEEP: &[(&str, &str, Option<&str>)] = &[
    ("86400", "console-keep-day", None),
    ("3600", "console-keep-hour", None),
    ("604800", "console-keep-week", None),
    ("0", "console-keep-none", Some("console-keep-none-more")),
];

/// Whose secret.
pub(super) struct Rotation {
    pub(super) place: Place,
    pub(super) heading: Heading,
    /// What happens, in a sentence.
    pub(super) lead: Words,
    /// The page's own address.
    pub(super) here: LocalUrl,
    /// Where one comes from.
    pub(super) back: LocalUrl,
    /// Where the API makes one.
    pub(super) secrets: String,
}

/// Asks; and when that was answered, `shows` what the API made.
pub(super) async fn rotated(visit: &Visit<'_>, of: Rotation, shows: impl FnOnce(&Value) -> Page) -> Page {
    let keep = match visit.field("keep") {
        "" => "86400",
        keep => keep,
    };
    let mut form = visit.new_form(of.here, Words::say("console-secret-rotate"));
    form.lead = Some(of.lead);
    form.fields = vec![radios("keep", "console-keep", KEEP, keep)];
    form.cancel = Some(of.back);
    if visit.form.is_none() {
        return visit.show(of.place, of.heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({ "keep_old_seconds": keep.parse::<u32>().unwrap_or(u32::MAX) });
    let ask = Ask::new(Method::POST, of.secrets).body(body);
    match visit.ask(ask.once(visit.once())).await {
        Ok(made) => shows(&made.body),
        Err(denied) => visit.again(of.place, of.heading, form, denied, &[("/keep_old_seconds", "keep")]),
    }
}
