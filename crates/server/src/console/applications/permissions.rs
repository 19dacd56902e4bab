//! What an application may ask for: every permission in its group, what was used of it, and taking away what was not.

use super::super::permission_field::{self, Choice, Hints};
use super::super::places;
use super::{action, deed, heading, load, notice, pieces};
use crate::api::inside::{Ask, Denied, path};
use crate::portal::preview;
use crate::signed_in::fields::{Dialog, hidden};
use crate::signed_in::listing::{text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Tone, Usage, Weight, Words};
use grantd_protocol::scope::covers;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The page; and when its form was sent, the change.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let client = &found.body;
    let usage = visit.ask(Ask::get(path(&["clients", id, "usage"]))).await?.body;
    let mut heading = heading(visit, client, "permissions");
    let droppable = texts(&usage, "droppable");
    if !droppable.is_empty() {
        heading
            .actions
            .push(action(visit, "console-trim", &pieces(id, "trim"), Weight::Primary));
    }
    let here = visit.url(&pieces(id, "permissions"));
    let sent: Option<Vec<String>> = visit.form.as_ref().map(|_| permission_field::sent(visit, "scope"));
    let chosen = sent.clone().unwrap_or_else(|| texts(client, "scopes"));
    let mut form = visit.new_form(here.clone(), Words::say("console-save"));
    let etag = match &sent {
        Some(_) => visit.field("etag").to_owned(),
        None => found.etag.clone().unwrap_or_default(),
    };
    let held = texts(client, "scopes");
    let choice = Choice {
        chosen: &chosen,
        held: &held,
        identity: has_users(client),
        own: true,
        used: used(&usage),
        ..Choice::default()
    };
    let hints = Hints {
        ticked: "console-permissions-hint",
        written: "console-scopes-written",
    };
    form.fields = vec![
        permission_field::field(visit, "scope", "console-app-permissions", hints, choice).await?,
        hidden("etag", &etag),
    ];
    let has_page = |client: &Value| {
        let grants = texts(client, "grant_types");
        grants.iter().any(|grant| grant == "authorization_code") && !texts(client, "redirect_uris").is_empty()
    };
    form.picture = has_page(client).then(|| preview::beside_permissions(visit, id, sent.is_none()));
    let Some(scopes) = sent else {
        let mut blocks = vec![reported(&usage, droppable.len())];
        blocks.push(Block::Form(Box::new(form)));
        return visit.show(places::APPLICATIONS, heading, blocks);
    };
    let body = json!({
        "scopes": scopes,
        "default_scopes": defaults(&texts(client, "default_scopes"), &texts(client, "scopes"), &scopes),
        "optional_scopes": within(&texts(client, "optional_scopes"), &scopes),
    });
    let ask = Ask::new(http::Method::PATCH, path(&["clients", id]))
        .body(body)
        .if_match(Some(&etag));
    match visit.ask(ask).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(places::APPLICATIONS, heading, form, denied, &[("/scopes", "scope")]),
    }
}

/// What a request without scopes asks for. Where that was everything before, it is everything afterwards.
fn defaults(list: &[String], before: &[String], scopes: &[String]) -> Vec<String> {
    if list == before {
        scopes.to_vec()
    } else {
        within(list, scopes)
    }
}

/// What is left of a list that must lie within the scopes.
fn within(list: &[String], scopes: &[String]) -> Vec<String> {
    let is_left = |one: &&String| scopes.iter().any(|scope| scope == *one || covers(scope, one));
    list.iter().filter(is_left).cloned().collect()
}

/// How far what is said about uses can be trusted.
fn reported(usage: &Value, droppable: usize) -> Block {
    if usage.get("reported_since").is_none() {
        return notice(Tone::Info, "console-usage-unknown", "console-usage-unknown-more");
    }
    Block::Notice {
        tone: if droppable > 0 { Tone::Warning } else { Tone::Success },
        title: Words::say("console-usage-droppable").with("count", droppable),
        text: Some(Words::say("console-usage-droppable-more")),
        action: None,
    }
}

/// Whether people log in there, so that there is somebody for scopes about the user to be about.
fn has_users(client: &Value) -> bool {
    let grants = texts(client, "grant_types");
    grants.iter().any(|grant| {
        matches!(
            grant.as_str(),
            "authorization_code" | "urn:ietf:params:oauth:grant-type:device_code"
        )
    })
}

/// What is known about the use of each permission.
fn used(usage: &Value) -> BTreeMap<String, Usage> {
    let all = usage.get("permissions").and_then(Value::as_array);
    let all = all.into_iter().flatten();
    all.map(|one| (text(one, "permission").to_owned(), said(one))).collect()
}

/// What is known about the use of one.
fn said(one: &Value) -> Usage {
    match text(one, "usage") {
        "used" => Usage {
            text: Words::say("console-usage-used")
                .with("count", one.get("count").and_then(Value::as_i64).unwrap_or_default()),
            tone: Tone::Success,
        },
        "unused" => Usage {
            text: Words::say("console-usage-unused"),
            tone: Tone::Warning,
        },
        _ => Usage {
            text: Words::say("console-usage-none"),
            tone: Tone::Plain,
        },
    }
}

/// Takes away what was not used: says first what that is.
pub(crate) async fn trim(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let usage = visit.ask(Ask::get(path(&["clients", id, "usage"]))).await?.body;
    let droppable = texts(&usage, "droppable");
    let kept = texts(&usage, "granted").len();
    if droppable.is_empty() {
        let heading = deed(visit, &found.body, "console-trim-title");
        return visit.show(places::APPLICATIONS, heading, vec![reported(&usage, 0)]);
    }
    let mut consequences = vec![Words::say("console-trim-breaks").with("count", droppable.len())];
    consequences.extend(droppable.iter().map(|scope| Words::given(scope.as_str())));
    let listed = droppable.join(" ");
    let mut heading = deed(visit, &found.body, "console-trim-title");
    heading.lead = Some(Words::say("console-trim-lead").with("count", kept));
    let dialog = Dialog {
        place: places::APPLICATIONS,
        heading,
        consequences,
        submit: Words::say("console-trim"),
        weight: Weight::Danger,
        fields: vec![
            hidden("etag", found.etag.as_deref().unwrap_or_default()),
            hidden("listed", &listed),
        ],
        here: visit.url(&pieces(id, "trim")),
        back: visit.url(&pieces(id, "permissions")),
        on: visit.url(&pieces(id, "permissions")),
        said: "console-done-trimmed",
    };
    // Uses come and days pass without a new version of the client: what goes is what was listed, or nothing.
    if visit.form.is_some() && visit.field("listed") != listed {
        return visit.asks(dialog, Some(Denied::Changed));
    }
    let etag = visit.field("etag").to_owned();
    let ask = Ask::new(http::Method::POST, path(&["clients", id, "trim"])).body(json!({}));
    visit.dialog(dialog, ask.if_match(Some(&etag))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn default_and_optional_scopes_stay_within_what_is_left() {
        let before = list("a:read b:*");
        assert_eq!(defaults(&before, &before, &list("c:read")), list("c:read"));
        assert_eq!(defaults(&list("b:read a:read"), &before, &list("b:*")), list("b:read"));
        assert!(within(&list("a:read"), &[]).is_empty());
    }

    #[test]
    fn what_was_required_does_not_become_optional() {
        assert!(within(&[], &list("a:read")).is_empty());
    }
}
