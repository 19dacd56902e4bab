//! How an application proves itself and where its codes go: ids, addresses, secrets, and code to begin with.

use super::super::places;
use super::create::made_known;
use super::snippets::snippets;
use super::{action, deed, heading, load, pieces};
use crate::api::inside::{Ask, path};
use crate::config::Endpoint;
use crate::signed_in::fields::radios;
use crate::signed_in::listing::{instant, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Tone, Weight, Words};
use serde_json::{Value, json};

/// How long the old secrets go on working.
pub(in super::super) const KEEP: &[(&str, &str, Option<&str>)] = &[
    ("86400", "console-keep-day", None),
    ("3600", "console-keep-hour", None),
    ("604800", "console-keep-week", None),
    ("0", "console-keep-none", Some("console-keep-none-more")),
];

/// The page.
pub(in super::super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let mut heading = heading(visit, &client, "");
    let has_secret = text(&client, "token_endpoint_auth_method").starts_with("client_secret");
    if has_secret {
        let rotate = pieces(id, "rotate");
        heading
            .actions
            .push(action(visit, "console-secret-rotate", &rotate, Weight::Secondary));
    }
    let mut blocks = vec![Block::Facts {
        facts: facts(visit, &client),
    }];
    if has_secret {
        blocks.push(secrets(&client));
    }
    blocks.push(Block::Snippets {
        title: Words::say("console-snippets"),
        snippets: snippets(visit, &client),
    });
    visit.show(places::APPLICATIONS, heading, blocks)
}

fn facts(visit: &Visit<'_>, client: &Value) -> Vec<(Words, Cell)> {
    let url = |endpoint| Cell::code(visit.request.realm.config.endpoints.url(endpoint));
    let codes = |name| match texts(client, name) {
        none if none.is_empty() => Cell::Nothing,
        texts => Cell::Codes { texts },
    };
    vec![
        (
            Words::say("console-app-method"),
            Cell::code(text(client, "token_endpoint_auth_method")),
        ),
        (Words::say("console-app-grants"), codes("grant_types")),
        (Words::say("console-app-redirects"), codes("redirect_uris")),
        (
            Words::say("console-issuer"),
            Cell::code(&*visit.request.realm.config.realm.issuer),
        ),
        (Words::say("console-authorize"), url(Endpoint::Authorize)),
        (Words::say("console-token-endpoint"), url(Endpoint::Token)),
    ]
}

fn secrets(client: &Value) -> Block {
    let none = Vec::new();
    let secrets = client.get("secrets").and_then(Value::as_array).unwrap_or(&none);
    let rows = rows(secrets, |secret| {
        let ends = match instant(secret, "expires_at") {
            Cell::Nothing => Cell::chip(Words::say("console-secret-live"), Tone::Success),
            ends => ends,
        };
        vec![
            Cell::code(format!("…{}", text(secret, "last_four"))),
            instant(secret, "created_at"),
            ends,
        ]
    });
    let columns = ["console-secret", "console-created", "console-ends"];
    let empty = ("console-secret-empty", "console-secret-empty-more");
    Block::Table(Box::new(table(Words::say("console-secrets"), &columns, rows, empty)))
}

/// Another secret: asks when the old ones end, and shows the new one once.
pub(in super::super) async fn rotate(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let heading = deed(visit, &client, "console-secret-rotate-title");
    let keep = match visit.field("keep") {
        "" => "86400",
        keep => keep,
    };
    let mut form = visit.new_form(visit.url(&pieces(id, "rotate")), Words::say("console-secret-rotate"));
    form.lead = Some(Words::say("console-secret-rotate-lead"));
    form.fields = vec![radios("keep", "console-keep", KEEP, keep)];
    form.cancel = Some(visit.url(&pieces(id, "")));
    if visit.form.is_none() {
        return visit.show(places::APPLICATIONS, heading, vec![Block::Form(Box::new(form))]);
    }
    let body = json!({ "keep_old_seconds": keep.parse::<u32>().unwrap_or(u32::MAX) });
    let ask = Ask::new(http::Method::POST, path(&["clients", id, "secrets"])).body(body);
    match visit.ask(ask.once(visit.once())).await {
        Ok(made) => made_known(visit, &made.body),
        Err(denied) => visit.again(
            places::APPLICATIONS,
            heading,
            form,
            denied,
            &[("/keep_old_seconds", "keep")],
        ),
    }
}
