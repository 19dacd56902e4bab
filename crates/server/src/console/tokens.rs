//! The access tokens of the whole realm, and the end of one.

use super::places;
use super::token_rows;
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{paged, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Heading, Weight, Words};

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let kept = ["client", "user", "tenant", "state"];
    let ask = Ask::get(path(&["tokens"]));
    let ask = kept.iter().fold(ask, |ask, name| ask.query(name, visit.asked(name)));
    let found = visit.listing(ask).await?;
    let here = [places::TOKENS.path];
    let mut table = token_rows::table(visit, &found.items, true);
    let fields = vec![
        visit.search("client", Words::say("console-filter-client")),
        visit.search("user", Words::say("console-filter-user")),
        token_rows::states(visit),
    ];
    let tenant = visit.search("tenant", Words::say("console-tenant"));
    let tenant = visit.actor.tenant().is_none().then_some(tenant);
    let fields = fields.into_iter().chain(tenant).collect();
    table.filters = Some(visit.filters(&here, fields));
    let heading = Heading {
        lead: Some(Words::say("console-tokens-lead")),
        ..Heading::new(places::TOKENS.title())
    };
    let pager = visit.pager(&here, &kept, found.next.as_deref());
    visit.show(places::TOKENS, heading, vec![paged(table, pager)])
}

/// Asks, and ends it.
pub(super) async fn end(visit: &Visit<'_>, id: &str) -> Page {
    let token = visit.ask(Ask::get(path(&["tokens", id]))).await?.body;
    let client = text(&token, "client_id");
    let dialog = Dialog {
        place: places::TOKENS,
        heading: Heading {
            id: Some(id.to_owned()),
            back: Some((visit.at(places::TOKENS), places::TOKENS.title())),
            ..Heading::new(Words::say("console-token-end-title"))
        },
        consequences: vec![
            Words::say("console-token-end-breaks").with("app", client),
            Words::say("console-token-end-others"),
        ],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["tokens", id, "end"]),
        back: visit.at(places::TOKENS),
        on: match visit.actor.tenant() {
            None => visit.url(&["applications", client, "tokens"]),
            Some(_) => visit.at(places::TOKENS),
        },
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(http::Method::DELETE, path(&["tokens", id])))
        .await
}
