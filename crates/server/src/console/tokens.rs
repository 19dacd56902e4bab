//! The access tokens of the whole realm, and the end of one.

use super::pick;
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
    let user = pick::user_asked(visit).await?;
    let ask = kept.iter().fold(ask, |ask, name| match *name {
        "user" => ask.query(name, user.as_str()),
        name => ask.query(name, visit.asked(name)),
    });
    let found = visit.listing(ask).await?;
    let here = [places::TOKENS.path];
    let mut table = token_rows::table(visit, &found.items, true);
    let mut fields = vec![pick::by_application(visit).await?, pick::by_user(visit)];
    if visit.actor.tenant().is_none() {
        fields.push(pick::by_tenant(visit).await?);
    }
    fields.push(token_rows::states(visit));
    table.filters = Some(visit.filters(&here, fields));
    table.empty.action = places::lead(visit, places::APPLICATIONS);
    let heading = Heading {
        lead: Some(Words::say("console-tokens-lead")),
        ..Heading::new(places::TOKENS.title())
    };
    let pager = visit.pager(&here, &kept, found.next.as_deref());
    visit.show(places::TOKENS, heading, vec![paged(table, pager)])
}

/// Asks, and ends it.
pub(crate) async fn end(visit: &Visit<'_>, id: &str) -> Page {
    let token = visit.ask(Ask::get(path(&["tokens", id]))).await?.body;
    let client = text(&token, "client_id");
    // Whoever runs applications came from this one's; a tenant's administrators have the one list.
    let (back, called) = match visit.actor.tenant() {
        None => {
            let found = visit.ask(Ask::get(path(&["clients", client]))).await.ok();
            let name = found.map(|found| text(&found.body, "name").to_owned());
            let list = visit.url(&["applications", client, "tokens"]);
            (list, Words::given(name.unwrap_or_else(|| client.to_owned())))
        }
        Some(_) => (visit.at(places::TOKENS), places::TOKENS.title()),
    };
    let dialog = Dialog {
        place: places::TOKENS,
        heading: Heading {
            id: Some(id.to_owned()),
            back: Some((back.clone(), called)),
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
        back: back.clone(),
        on: back,
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(http::Method::DELETE, path(&["tokens", id])))
        .await
}
