//! What an operator can change of an application, and the way to its end.

use super::super::places;
use super::{action, heading, load, pieces};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{hidden, line, lines, optional, radios, values};
use crate::signed_in::listing::{flag, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Weight, Words};
use serde_json::{Value, json};

const STATES: &[(&str, &str, Option<&str>)] = &[
    ("on", "console-enabled", None),
    ("off", "console-disabled", Some("console-app-disabled-means")),
];

/// The page; and when its form was sent, the change.
pub(in super::super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let client = &found.body;
    let mut heading = heading(visit, client, "settings");
    let delete = pieces(id, "delete");
    heading
        .actions
        .push(action(visit, "console-delete", &delete, Weight::Danger));
    let here = visit.url(&pieces(id, "settings"));
    let mut form = visit.new_form(here.clone(), Words::say("console-save"));
    let sent = visit.form.is_some();
    let shown = |name: &str, now: String| if sent { visit.field(name).to_owned() } else { now };
    let list = |name: &str| values(&shown(name, texts(client, name).join("\n")));
    let lifetime = client.get("access_lifetime").and_then(Value::as_u64);
    let lifetime = lifetime.map(|seconds| seconds.to_string()).unwrap_or_default();
    let state = shown("state", if flag(client, "enabled") { "on" } else { "off" }.to_owned());
    form.fields = vec![
        line(
            "name",
            "console-name",
            Some("console-app-name-hint"),
            &shown("name", text(client, "name").to_owned()),
        ),
        lines(
            "redirect_uris",
            "console-app-redirects",
            Some("console-app-redirects-hint"),
            &list("redirect_uris"),
        ),
        lines(
            "post_logout_redirect_uris",
            "console-app-logout",
            Some("console-app-logout-hint"),
            &list("post_logout_redirect_uris"),
        ),
        optional(
            "access_lifetime",
            "console-app-lifetime",
            Some("console-app-lifetime-hint"),
            &shown("access_lifetime", lifetime),
        ),
        radios("state", "console-state", STATES, &state),
        hidden("etag", &shown("etag", found.etag.clone().unwrap_or_default())),
    ];
    if !sent {
        return visit.show(places::APPLICATIONS, heading, vec![Block::Form(Box::new(form))]);
    }
    let lifetime = match visit.field("access_lifetime") {
        "" => Value::Null,
        text => text
            .parse::<u64>()
            .map_or_else(|_| json!(text), |seconds| json!(seconds)),
    };
    let body = json!({
        "name": visit.field("name"),
        "redirect_uris": list("redirect_uris"),
        "post_logout_redirect_uris": list("post_logout_redirect_uris"),
        "access_lifetime": lifetime,
        "enabled": state == "on",
    });
    let etag = visit.field("etag");
    let ask = Ask::new(http::Method::PATCH, path(&["clients", id]))
        .body(body)
        .if_match(Some(etag));
    match visit.ask(ask).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(places::APPLICATIONS, heading, form, denied, &[("/enabled", "state")]),
    }
}
