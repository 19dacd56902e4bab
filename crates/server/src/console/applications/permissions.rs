//! What an application may ask for: every permission in its group, what was used of it, and taking away what was not.

use super::super::places;
use super::{action, deed, heading, load, notice, pieces};
use crate::api::inside::{Ask, Denied, path};
use crate::portal::preview;
use crate::signed_in::fields::{Dialog, hidden};
use crate::signed_in::listing::{text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Field, FieldKind, Pick, PickGroup, Risk, Tone, Usage, Weight, Words};
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
    let sent: Option<Vec<String>> = visit
        .form
        .as_ref()
        .map(|form| form.all("scope").map(str::to_owned).collect());
    let chosen = sent.clone().unwrap_or_else(|| texts(client, "scopes"));
    let mut form = visit.new_form(here.clone(), Words::say("console-save"));
    let etag = match &sent {
        Some(_) => visit.field("etag").to_owned(),
        None => found.etag.clone().unwrap_or_default(),
    };
    form.fields = vec![
        Field {
            name: "scope".to_owned(),
            label: Words::say("console-app-permissions"),
            hint: Some(Words::say("console-permissions-hint")),
            required: false,
            error: None,
            kind: FieldKind::Permissions {
                groups: groups(visit, client, &usage, &chosen).await?,
            },
        },
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

/// Every permission of the realm, and what the application has beside them: patterns, and scopes about the user.
async fn groups(visit: &Visit<'_>, client: &Value, usage: &Value, chosen: &[String]) -> Result<Vec<PickGroup>, Denied> {
    let used: BTreeMap<&str, Usage> = usage
        .get("permissions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|one| (text(one, "permission"), said(one)))
        .collect();
    let held = texts(client, "scopes");
    let catalogue = visit.catalogue().await?;
    let known = |scope: &String| catalogue.iter().any(|permission| text(permission, "name") == scope);
    let mut groups: Vec<PickGroup> = Vec::new();
    let beside: Vec<Pick> = held
        .iter()
        .filter(|scope| !known(scope))
        .map(|scope| pattern(scope, chosen))
        .collect();
    if !beside.is_empty() {
        groups.push(group(Words::say("console-permissions-beside"), beside));
    }
    let mut by_group: Vec<(String, Vec<Pick>)> = Vec::new();
    for permission in &catalogue {
        let name = text(permission, "name");
        let pick = Pick {
            scope: name.to_owned(),
            title: text(permission, "description").to_owned(),
            risk: risk(permission),
            chosen: chosen.iter().any(|scope| scope == name),
            covered: chosen
                .iter()
                .find(|scope| *scope != name && covers(scope, name))
                .cloned(),
            usage: used.get(name).cloned(),
        };
        let title = text(permission, "group");
        match by_group.iter_mut().find(|(known, _)| known == title) {
            Some((_, picks)) => picks.push(pick),
            None => by_group.push((title.to_owned(), vec![pick])),
        }
    }
    groups.extend(
        by_group
            .into_iter()
            .map(|(title, picks)| group(Words::given(title), picks)),
    );
    Ok(groups)
}

fn group(title: Words, picks: Vec<Pick>) -> PickGroup {
    PickGroup {
        title,
        chosen: picks
            .iter()
            .filter(|pick| pick.chosen || pick.covered.is_some())
            .count(),
        picks,
    }
}

/// A pattern, or a scope about the user.
fn pattern(scope: &str, chosen: &[String]) -> Pick {
    Pick {
        scope: scope.to_owned(),
        title: scope.to_owned(),
        risk: if scope.contains('*') { Risk::Admin } else { Risk::Read },
        chosen: chosen.iter().any(|one| one == scope),
        covered: None,
        usage: None,
    }
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

/// The worst that can be done with a permission.
pub(crate) fn risk(permission: &Value) -> Risk {
    match text(permission, "risk") {
        "change" => Risk::Change,
        "delete" => Risk::Delete,
        "money" => Risk::Money,
        "admin" => Risk::Admin,
        _ => Risk::Read,
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
