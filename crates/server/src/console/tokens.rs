//! The access tokens of the whole realm, one of them, and its end.

use super::names::Names;
use super::pick;
use super::places;
use super::token_rows;
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{instant, paged, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, LocalUrl, Weight, Words};

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
    let mut table = token_rows::table(visit, &found.items, true).await?;
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

/// One: whose it is, and what it permits.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let token = visit.ask(Ask::get(path(&["tokens", id]))).await?.body;
    let names = Names::of(visit, std::slice::from_ref(&token)).await?;
    let client = text(&token, "client_id");
    let ends = visit.actor.may("grantd:tokens:write") && text(&token, "state") == "live";
    let end = ends.then(|| Action {
        label: Words::say("console-token-end"),
        href: visit.url(&["tokens", id, "end"]),
        weight: Weight::Danger,
    });
    let heading = Heading {
        id: Some(id.to_owned()),
        back: Some(above(visit, &names, client)),
        actions: end.into_iter().collect(),
        ..Heading::new(token_rows::called(&token))
    };
    let permits = Cell::Codes {
        texts: texts(&token, "scopes"),
    };
    let facts = vec![
        (Words::say("console-state"), token_rows::state(&token)),
        (Words::say("console-application"), names.client_cell(visit, client)),
        (
            Words::say("console-token-user"),
            token_rows::acts_for(visit, &names, &token),
        ),
        (
            Words::say("console-tenant"),
            names.tenant_cell(visit, text(&token, "tenant")),
        ),
        (Words::say("roles-permits"), permits),
        (Words::say("console-created"), instant(&token, "issued_at")),
        (Words::say("console-ends"), instant(&token, "expires_at")),
    ];
    visit.show(places::TOKENS, heading, vec![Block::Facts { facts }])
}

/// The list that a token stands in: whoever runs applications came from its application's; a tenant's administrators have the
/// one list.
fn above(visit: &Visit<'_>, names: &Names, client: &str) -> (LocalUrl, Words) {
    match visit.actor.tenant() {
        None if visit.actor.may("grantd:clients:read") => {
            let list = visit.url(&["applications", client, "tokens"]);
            (list, Words::given(names.client(client)))
        }
        _ => (visit.at(places::TOKENS), places::TOKENS.title()),
    }
}

/// Asks, and ends it.
pub(crate) async fn end(visit: &Visit<'_>, id: &str) -> Page {
    let token = visit.ask(Ask::get(path(&["tokens", id]))).await?.body;
    let client = text(&token, "client_id");
    let names = Names::of(visit, std::slice::from_ref(&token)).await?;
    let (on, _) = above(visit, &names, client);
    let back = visit.url(&["tokens", id]);
    let dialog = Dialog {
        place: places::TOKENS,
        heading: Heading {
            id: Some(id.to_owned()),
            back: Some((back.clone(), token_rows::called(&token))),
            ..Heading::new(Words::say("console-token-end-title"))
        },
        consequences: vec![
            Words::say("console-token-end-breaks").with("app", names.client(client)),
            Words::say("console-token-end-others"),
        ],
        submit: Words::say("console-token-end"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["tokens", id, "end"]),
        back,
        on,
        said: "console-done-ended",
    };
    visit
        .dialog(dialog, Ask::new(http::Method::DELETE, path(&["tokens", id])))
        .await
}
