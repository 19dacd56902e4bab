//! Who enters the console for one tenant: somebody with a role there that permits something of this server's own. Each
//! tenant's console is below an address of its own, so that nobody acts in another than the one they see.

use super::places;
use crate::api::inside::escaped;
use crate::error::{Failure, Fault};
use crate::interaction::outcome::{self, shell};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::listing::{rows, table};
use grantd_core::admin::{Actor, actor};
use grantd_core::record::{MembershipRecord, SessionFacts};
use grantd_pages::{Block, Cell, Heading, LocalUrl, SignedInView, Words};
use grantd_protocol::params::decode;
use grantd_store::Store;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// The piece of the address that a tenant's console is below.
const OF: &str = "of";

/// Where somebody may go who is no operator.
pub(super) enum Entrance {
    /// Into the tenant of the address: its first page, and who they are there.
    Tenant(LocalUrl, Actor),
    /// To the only tenant that there is for them.
    Elsewhere(LocalUrl),
    /// They choose.
    Several(Reply),
    /// There is nothing for them.
    Nowhere,
}

/// Judges somebody who is no operator.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn entered(request: &Request<'_>, facts: &SessionFacts, home: &LocalUrl) -> Result<Entrance, Failure> {
    let realm = &request.realm.config.realm;
    let memberships = request
        .app
        .store
        .memberships(request.realm.name(), &facts.session.user)
        .await?;
    let judged = |place: MembershipRecord| {
        let actor = actor::administrator(facts, &place, realm, request.now)?;
        Some((place, actor))
    };
    let mut places: Vec<(MembershipRecord, Actor)> = memberships.into_iter().filter_map(judged).collect();
    if let Some(named) = named(request, home) {
        let found = places.iter().position(|(place, _)| *place.tenant.id == *named);
        return match found {
            Some(index) => Ok(Entrance::Tenant(below(home, &named)?, places.swap_remove(index).1)),
            None => Ok(Entrance::Nowhere),
        };
    }
    match places.as_slice() {
        [] => Ok(Entrance::Nowhere),
        [(place, _)] if *request.method() != Method::POST => Ok(Entrance::Elsewhere(below(home, &place.tenant.id)?)),
        several => Ok(Entrance::Several(choice(request, facts, home, several)?)),
    }
}

/// Whether an actor's console has an address at all: a tenant's has its own places, and what is in that tenant. The API
/// refuses the rest anyway; there is no reason to show forms for it.
pub(super) fn has(actor: &Actor, pieces: &[&str]) -> bool {
    let Some(tenant) = actor.tenant() else {
        return true;
    };
    let mut places = places::OF_TENANT.groups.iter().flat_map(|group| group.places);
    match pieces {
        [] => true,
        ["tenants" | "service-accounts", of, ..] => *of == &**tenant,
        [first, ..] => places.any(|place| place.path == *first),
    }
}

/// The tenant that the address names.
fn named(request: &Request<'_>, home: &LocalUrl) -> Option<String> {
    let below = request.parts.uri.path().strip_prefix(home.as_str())?;
    let mut pieces = below.split('/').skip(1);
    let tenant = pieces.next().filter(|piece| *piece == OF).and(pieces.next())?;
    let tenant = decode(tenant.as_bytes()).ok().filter(|_| !tenant.contains('+'))?;
    Some(tenant.into_owned())
}

fn below(home: &LocalUrl, tenant: &str) -> Result<LocalUrl, Failure> {
    LocalUrl::parse(&format!("{}/{OF}/{}", home.as_str(), escaped(tenant)))
        .map_err(|_| Fault::Broken("the page path is no path").into())
}

/// The page on which somebody with several tenants says which one.
fn choice(
    request: &Request<'_>,
    facts: &SessionFacts,
    home: &LocalUrl,
    several: &[(MembershipRecord, Actor)],
) -> Result<Reply, Failure> {
    let item = |(place, _): &(MembershipRecord, Actor)| json!({ "id": place.tenant.id, "name": place.tenant.name, "role": place.role });
    let items: Vec<Value> = several.iter().map(item).collect();
    let text = crate::signed_in::listing::text;
    let rows = rows(&items, |item| {
        let id = text(item, "id");
        vec![
            Cell::Link {
                text: Words::given(text(item, "name")),
                href: below(home, id).unwrap_or_else(|_| home.clone()),
                more: Some(id.to_owned()),
            },
            Cell::code(text(item, "role")),
        ]
    });
    let columns = ["console-tenant", "console-role"];
    let empty = ("console-tenant-empty", "console-tenant-empty-more");
    let table = table(Words::say("console-tenants"), &columns, rows, empty);
    let username = facts.user.as_ref().map(|user| user.username.as_str());
    let view = SignedInView {
        frame: places::OF_TENANT.frame(request, home.clone(), username.unwrap_or_default(), None)?,
        heading: Heading {
            lead: Some(Words::say("console-tenant-choose-lead")),
            ..Heading::new(Words::say("console-tenant-choose"))
        },
        blocks: vec![Block::Table(Box::new(table))],
    };
    let html = request.app.pages.signed_in(&view, &shell(request, None)?);
    Ok(outcome::page(StatusCode::OK, html))
}
