//! The end of an application: what hangs off it is counted before anybody decides.

use super::super::places;
use super::{deed, load, pieces};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::text;
use crate::signed_in::{Page, Visit};
use grantd_pages::{Weight, Words};

/// The dialog.
pub(in super::super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let name = text(&found.body, "name");
    let mut consequences = vec![Words::say("console-app-delete-breaks").with("app", name)];
    if places::TOKENS.is_open_to(&visit.actor) {
        let tokens = Ask::get(path(&["tokens"])).query("client", id).query("state", "live");
        let live = visit.all(tokens.query("limit", "200")).await?;
        let words = Words::say("console-app-delete-tokens").with("count", live.items.len());
        consequences.push(words);
    }
    if visit.actor.may("grantd:grants:read") {
        let grants = Ask::get(path(&["grants"])).query("client", id).query("limit", "200");
        let grants = visit.all(grants).await?.items.len();
        consequences.push(Words::say("console-app-delete-grants").with("count", grants));
    }
    consequences.push(Words::say("console-app-delete-id"));
    let dialog = Dialog {
        place: places::APPLICATIONS,
        heading: deed(visit, &found.body, "console-app-delete-title"),
        consequences,
        submit: Words::say("console-delete"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&pieces(id, "delete")),
        back: visit.url(&pieces(id, "settings")),
        on: visit.at(places::APPLICATIONS),
        said: "console-done-deleted",
    };
    visit
        .dialog(dialog, Ask::new(http::Method::DELETE, path(&["clients", id])))
        .await
}
