//! How an application proves itself and where its codes go: ids, addresses, secrets, and code to begin with.

use super::super::credentials::Rotation;
use super::super::places;
use super::create::made_known;
use super::snippets::snippets;
use super::{action, deed, heading, load, pieces};
use crate::api::inside::{Ask, path};
use crate::config::Endpoint;
use crate::signed_in::listing::{flag, instant, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Tone, Weight, Words};
use serde_json::Value;
use std::ops::ControlFlow;

/// The page.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
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
        let found = visit.all(Ask::get(path(&["clients", id, "secrets"]))).await?;
        blocks.push(secrets(visit, id, &found.items));
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

fn secrets(visit: &Visit<'_>, id: &str, secrets: &[Value]) -> Block {
    let several = secrets.len() > 1;
    let rows = rows(secrets, |secret| {
        let ends = match instant(secret, "expires_at") {
            Cell::Nothing => Cell::chip(Words::say("console-secret-live"), Tone::Success),
            ends => ends,
        };
        let name = format!("{}…{}", text(secret, "first_four"), text(secret, "last_four"));
        let first = if several {
            let end = visit.url(&["applications", id, "secrets", text(secret, "id"), "end"]);
            Cell::link(Words::given(name), end)
        } else {
            Cell::code(name)
        };
        let used = match instant(secret, "last_used_at") {
            _ if flag(secret, "idle") => Cell::chip(Words::say("portal-secret-idle"), Tone::Success),
            Cell::Nothing if several => Cell::text(Words::say("portal-secret-unused")),
            Cell::Nothing => Cell::Nothing,
            used => used,
        };
        vec![first, instant(secret, "created_at"), used, ends]
    });
    let columns = [
        "console-secret",
        "console-created",
        "portal-secret-used",
        "console-ends",
    ];
    let empty = ("console-secret-empty", "console-secret-empty-more");
    Block::Table(Box::new(table(Words::say("console-secrets"), &columns, rows, empty)))
}

/// Another secret: asks when the old ones end, and shows the new one once.
pub(crate) async fn rotate(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let heading = deed(visit, &client, "console-secret-rotate-title");
    let rotation = Rotation {
        place: places::APPLICATIONS,
        heading,
        here: visit.url(&pieces(id, "rotate")),
        back: visit.url(&pieces(id, "")),
        secrets: &["clients", id, "secrets"],
    };
    match rotation.make(visit).await {
        ControlFlow::Continue(made) => {
            let own = (visit.url(&pieces(id, "")), Words::given(text(&made, "name")));
            made_known(visit, &made, own)
        }
        ControlFlow::Break(page) => page,
    }
}
