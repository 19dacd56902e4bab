//! Names for what lists have ids of: applications, users, tenants. Each id is asked about once for a page, as whoever looks may
//! know it; one that has no name for them, or is gone, stays an id. What an application is called is what its consent page tells
//! everybody.

use super::audit_lines;
use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::error::Failure;
use crate::signed_in::Visit;
use crate::signed_in::listing::text;
use futures_util::future::join_all;
use grantd_core::record::ClientRecord;
use grantd_core::record::client::GrantType;
use grantd_pages::{Cell, LocalUrl, Words};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where lists have ids.
const CLIENTS: &[&str] = &["client_id"];
const USERS: &[&str] = &["user_id", "subject", "asked_by"];
const TENANTS: &[&str] = &["tenant"];

/// Names by their ids.
#[derive(Default)]
pub(crate) struct Names {
    clients: BTreeMap<String, String>,
    users: BTreeMap<String, String>,
    tenants: BTreeMap<String, String>,
}

/// Ids that names are wanted of.
#[derive(Default)]
pub(super) struct Ids<'i> {
    pub(super) clients: BTreeSet<&'i str>,
    pub(super) users: BTreeSet<&'i str>,
    pub(super) tenants: BTreeSet<&'i str>,
}

impl Names {
    /// Those of all ids in items of a list.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(crate) async fn of(visit: &Visit<'_>, items: &[Value]) -> Result<Self, Denied> {
        let ids = |members: &[&'static str]| {
            let all = items
                .iter()
                .flat_map(|item| members.iter().map(move |name| text(item, name)));
            all.filter(|id| !id.is_empty()).collect::<BTreeSet<&str>>()
        };
        let clients = ids(CLIENTS);
        // A machine's token acts for the machine.
        let users = ids(USERS).difference(&clients).copied().collect();
        let ids = Ids {
            users,
            clients,
            tenants: ids(TENANTS),
        };
        Self::named(visit, ids).await
    }

    /// Those of ids.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(super) async fn named(visit: &Visit<'_>, ids: Ids<'_>) -> Result<Self, Denied> {
        let actor = &visit.actor;
        let mut names = Self::default();
        let request = visit.request;
        for id in ids.clients {
            let found = request.app.client(request.realm.name(), id).await;
            let found = found.map_err(|fault| Denied::Failed(Failure::from(fault)))?;
            let found = found.filter(|client| actor.tenant().is_none() || is_told(visit, client));
            names
                .clients
                .extend(found.map(|client| (id.to_owned(), client.name.clone())));
        }
        names.users = match actor.tenant() {
            Some(tenant) if actor.may("grantd:members:read") => {
                called(visit, ids.users, "username", |id| {
                    path(&["tenants", tenant, "members", id])
                })
                .await?
            }
            None if actor.governs() && actor.may("grantd:users:read") => {
                called(visit, ids.users, "username", |id| path(&["users", id])).await?
            }
            _ => BTreeMap::new(),
        };
        if actor.governs() && actor.may("grantd:tenants:read") {
            names.tenants = called(visit, ids.tenants, "name", |id| path(&["tenants", id])).await?;
        }
        Ok(names)
    }

    /// What an application is called.
    pub(crate) fn client<'n>(&'n self, id: &'n str) -> &'n str {
        self.clients.get(id).map_or(id, String::as_str)
    }

    /// What a user is called.
    pub(super) fn user<'n>(&'n self, id: &'n str) -> &'n str {
        self.users.get(id).map_or(id, String::as_str)
    }

    /// What a tenant is called.
    pub(super) fn tenant<'n>(&'n self, id: &'n str) -> &'n str {
        self.tenants.get(id).map_or(id, String::as_str)
    }

    /// An application, with the way to its page.
    pub(crate) fn client_cell(&self, visit: &Visit<'_>, id: &str) -> Cell {
        let href = match visit.actor.tenant() {
            Some(tenant) if visit.actor.may("grantd:apps:read") => Some(visit.url(&["tenants", tenant, "apps", id])),
            None if visit.actor.may("grantd:clients:read") => Some(visit.url(&["applications", id])),
            _ => None,
        };
        cell(id, self.client(id), href)
    }

    /// A user, with the way to their page.
    pub(crate) fn user_cell(&self, visit: &Visit<'_>, id: &str) -> Cell {
        let is_known = self.users.contains_key(id);
        let href = match visit.actor.tenant() {
            Some(tenant) if visit.actor.may("grantd:members:write") => {
                Some(visit.url(&["tenants", tenant, "members", id]))
            }
            None if places::USERS.is_open_to(&visit.actor) => Some(visit.url(&["users", id])),
            _ => None,
        };
        cell(id, self.user(id), href.filter(|_| is_known))
    }

    /// Who did something, as the audit log has it: with the name of the user whom it tells.
    pub(super) fn actor_cell(&self, visit: &Visit<'_>, actor: &str) -> Cell {
        match audit_lines::user_of(actor).map(|id| self.user_cell(visit, id)) {
            Some(Cell::Link { text, href, .. }) => Cell::Link {
                text,
                href,
                more: Some(actor.to_owned()),
            },
            _ if actor.is_empty() => Cell::Nothing,
            _ => Cell::code(actor),
        }
    }

    /// A tenant, with the way to its page.
    pub(crate) fn tenant_cell(&self, visit: &Visit<'_>, id: &str) -> Cell {
        let is_known = self.tenants.contains_key(id);
        cell(id, self.tenant(id), is_known.then(|| visit.url(&["tenants", id])))
    }
}

/// Whether a tenant's administrators are told what a client is called: their own machines, and what a consent page tells
/// everybody. They can write any id into an address, so nothing else has a name there.
fn is_told(visit: &Visit<'_>, client: &ClientRecord) -> bool {
    let realm = &visit.request.realm.config.realm;
    match &client.tenant {
        Some(tenant) => visit.actor.reaches(tenant),
        None => client.enabled && client.is_open(realm.portal.reviews) && client.may_use(GrantType::AuthorizationCode),
    }
}

/// A name with its id below it: two can have one name.
fn cell(id: &str, name: &str, href: Option<LocalUrl>) -> Cell {
    match href {
        _ if id.is_empty() => Cell::Nothing,
        Some(href) => Cell::Link {
            text: Words::given(name),
            href,
            more: Some(id.to_owned()).filter(|id| id != name),
        },
        None if id == name => Cell::code(id),
        None => Cell::given(name),
    }
}

/// What objects are called in a member of theirs. Who is gone has no name.
async fn called(
    visit: &Visit<'_>,
    ids: BTreeSet<&str>,
    member: &str,
    at: impl Fn(&str) -> String,
) -> Result<BTreeMap<String, String>, Denied> {
    let asked = ids.into_iter().map(|id| {
        let ask = Ask::get(at(id));
        async move { (id, visit.ask(ask).await) }
    });
    let mut names = BTreeMap::new();
    for (id, answer) in join_all(asked).await {
        match answer {
            Ok(found) => {
                let name = Some(text(&found.body, member)).filter(|name| !name.is_empty());
                names.extend(name.map(|name| (id.to_owned(), name.to_owned())));
            }
            Err(Denied::Unknown | Denied::Bad(_)) => {}
            Err(denied) => return Err(denied),
        }
    }
    Ok(names)
}
