//! Ending one of an application's two secrets: whether it was used lately is said before anybody decides.

use crate::api::inside::{Ask, Denied, path};
use crate::console::applications::{deed, load, pieces};
use crate::console::places;
use crate::signed_in::fields::{Dialog, hidden};
use crate::signed_in::listing::{flag, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Weight, Words};

/// The dialog.
pub(crate) async fn end(visit: &Visit<'_>, id: &str, secret: &str) -> Page {
    let client = load(visit, id).await?;
    let found = visit.all(Ask::get(path(&["clients", id, "secrets"]))).await?;
    let known = found.items.iter().find(|item| text(item, "id") == secret);
    let known = known.ok_or(Denied::Unknown)?;
    let breaks = if flag(known, "idle") {
        "portal-secret-idle"
    } else {
        "portal-secret-breaks"
    };
    let name = format!("{}…{}", text(known, "first_four"), text(known, "last_four"));
    let dialog = Dialog {
        place: places::APPLICATIONS,
        heading: deed(visit, &client.body, "portal-secret-end-title"),
        consequences: vec![
            Words::say("portal-secret-which").with("secret", name),
            Words::say(breaks),
        ],
        submit: Words::say("portal-secret-end"),
        weight: Weight::Danger,
        fields: vec![hidden("etag", client.etag.as_deref().unwrap_or_default())],
        here: visit.url(&["applications", id, "secrets", secret, "end"]),
        back: visit.url(&pieces(id, "")),
        on: visit.url(&pieces(id, "")),
        said: "portal-done-secret",
    };
    let etag = visit.field("etag").to_owned();
    let ask = Ask::new(http::Method::DELETE, path(&["clients", id, "secrets", secret]));
    visit.dialog(dialog, ask.if_match(Some(&etag))).await
}
