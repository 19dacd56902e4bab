//! The operators' console: pages over the admin API, for those whom the realm's configuration names. It decides nothing:
//! a page asks the API as the operator ([`crate::api::inside`]), and shows what it says.

mod api_keys;
pub(crate) mod applications;
mod audit;
mod audit_lines;
mod credentials;
mod design;
mod drawings;
mod findings;
mod grants;
mod keys;
mod least_privilege;
mod links;
mod mail;
mod members;
pub(crate) mod names;
mod of_tenant;
mod overview;
pub(crate) mod permission_field;
mod pick;
pub(crate) mod places;
mod registrations;
mod rename;
mod roles;
mod rules;
mod service_accounts;
mod sessions;
mod tenants;
mod third_party;
pub(crate) mod token_rows;
pub(crate) mod tokens;
mod unused;
mod users;
mod webhooks;

use crate::api::inside::{self, Denied};
use crate::portal;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::signed_in::{self, KeptOut, Page, Visit};
use grantd_core::admin::actor::{self, NoOperator};
use grantd_core::record::SessionFacts;
use of_tenant::Entrance;

/// What forms did, as the page after them says it.
const DONE: &[&str] = &[
    "console-done-created",
    "console-done-added",
    "console-done-removed",
    "console-done-saved",
    "console-done-deleted",
    "console-done-ended",
    "console-done-session-ended",
    "console-done-trimmed",
    "console-done-rotated",
    "console-done-expired",
    "console-done-replayed",
    "console-done-signed-out",
    "portal-done-reviewed",
    "portal-done-secret",
];

/// Answers a request to the console.
pub async fn handle(request: &Request<'_>) -> Reply {
    signed_in::answered(request, visited(request).await)
}

async fn visited(request: &Request<'_>) -> Page {
    let facts = signed_in::entered(request).await?;
    let home = places::CONSOLE.home(request)?;
    let realm = &request.realm.config.realm;
    let visit = match actor::operator(&facts, realm, request.now) {
        Ok(actor) => Visit::new(request, &places::CONSOLE, home, facts, actor)?,
        Err(NoOperator::OneStep(actor)) => {
            inside::kept_from(request, &actor, "console", "mfa").await?;
            return Ok(signed_in::kept_out(
                request,
                &places::CONSOLE,
                &facts,
                one_step(&facts),
            )?);
        }
        Err(NoOperator::Nobody) => match of_tenant::entered(request, &facts, &home).await? {
            Entrance::Tenant(home, actor) => Visit::new(request, &places::OF_TENANT, home, facts, actor)?,
            Entrance::Elsewhere(home) => return Ok(reply::see_other(home.as_str())),
            Entrance::Several(choice) => return Ok(choice),
            Entrance::Nowhere => return Ok(signed_in::kept_out(request, &places::CONSOLE, &facts, STRANGER)?),
        },
    };
    let pieces = visit.pieces();
    let pieces: Option<Vec<&str>> = pieces
        .as_ref()
        .map(|pieces| pieces.iter().map(String::as_str).collect());
    let first = pieces.as_ref().and_then(|pieces| pieces.first().copied());
    let place = visit.area.place(first.unwrap_or_default()).unwrap_or(places::OVERVIEW);
    let page = match pieces {
        Some(pieces) if of_tenant::has(&visit.actor, &pieces) => routed(&visit, &pieces).await,
        _ => Err(Denied::Unknown.into()),
    };
    visit.told(place, page)
}

/// Every page, and who answers. Each takes what its own form sent, too.
async fn routed(visit: &Visit<'_>, pieces: &[&str]) -> Page {
    match pieces {
        [] => match visit.actor.tenant() {
            None => overview::show(visit).await,
            Some(tenant) => tenants::show(visit, tenant).await,
        },
        ["applications"] => applications::list(visit).await,
        ["applications", "new"] => applications::create::show(visit).await,
        ["applications", id] => applications::auth::show(visit, id).await,
        ["applications", id, "rotate"] => applications::auth::rotate(visit, id).await,
        ["applications", id, "permissions"] => applications::permissions::show(visit, id).await,
        ["applications", id, "trim"] => applications::permissions::trim(visit, id).await,
        ["applications", id, "tokens"] => applications::tokens::show(visit, id).await,
        ["applications", id, "tokens", "new"] => applications::tokens::create(visit, id).await,
        ["applications", id, "settings"] => applications::settings::show(visit, id).await,
        ["applications", id, "delete"] => applications::delete::show(visit, id).await,
        ["applications", id, rest @ ..] => match portal::of_every_application(visit, id, rest).await {
            Some(page) => page,
            None => Err(Denied::Unknown.into()),
        },
        ["tokens"] => tokens::list(visit).await,
        ["tokens", id] => tokens::show(visit, id).await,
        ["tokens", id, "end"] => tokens::end(visit, id).await,
        ["api-keys"] => api_keys::list(visit).await,
        ["api-keys", "new"] => api_keys::create(visit).await,
        ["api-keys", id] => api_keys::show(visit, id).await,
        ["api-keys", id, "end"] => api_keys::end(visit, id).await,
        ["least-privilege"] => least_privilege::show(visit).await,
        ["users"] => users::list(visit).await,
        ["users", "new"] => users::create(visit).await,
        ["users", id] => users::show(visit, id).await,
        ["users", id, "password"] => users::set_password(visit, id).await,
        ["users", id, "rename"] => users::rename(visit, id).await,
        ["users", id, "sessions", session] => sessions::end(visit, id, session).await,
        ["users", id, "links", link] => links::remove(visit, id, link).await,
        [
            "users",
            id,
            what @ ("sign-out" | "second-step" | "passkeys" | "state" | "delete"),
        ] => users::deed(visit, id, what).await,
        ["sessions"] => sessions::find(visit).await,
        ["grants"] => grants::list(visit).await,
        ["grants", id] => grants::show(visit, id).await,
        ["grants", id, "end"] => grants::end(visit, id).await,
        ["registrations"] => registrations::list(visit).await,
        ["registrations", "unused"] => unused::expire(visit).await,
        ["findings"] => findings::list(visit).await,
        ["tenants"] => tenants::list(visit).await,
        ["tenants", "new"] => tenants::create(visit).await,
        ["tenants", id] => tenants::show(visit, id).await,
        ["apps"] => match visit.actor.tenant() {
            None => third_party::all(visit).await,
            Some(tenant) => third_party::list(visit, tenant).await,
        },
        ["tenants", id, "rename"] => tenants::rename(visit, id).await,
        ["tenants", id, "apps"] => third_party::list(visit, id).await,
        ["tenants", id, "apps-policy"] => third_party::policy(visit, id).await,
        ["tenants", id, "apps", client] => third_party::show(visit, id, client).await,
        ["tenants", id, "apps", client, what @ ("allow" | "block" | "forget")] => {
            third_party::decide(visit, id, client, what).await
        }
        ["tenants", id, "members", "new"] => members::add(visit, id).await,
        ["tenants", id, "members", user] => members::change(visit, id, user).await,
        ["tenants", id, "members", user, "remove"] => members::remove(visit, id, user).await,
        ["tenants", id, what @ ("state" | "delete")] => tenants::deed(visit, id, what).await,
        ["service-accounts"] => match visit.actor.tenant() {
            None => tenants::service_accounts(visit).await,
            Some(tenant) => service_accounts::list(visit, tenant).await,
        },
        ["service-accounts", tenant] => service_accounts::list(visit, tenant).await,
        ["service-accounts", tenant, "new"] => service_accounts::create(visit, tenant).await,
        ["service-accounts", tenant, id] => service_accounts::change(visit, tenant, id).await,
        ["service-accounts", tenant, id, "rotate"] => service_accounts::rotate(visit, tenant, id).await,
        ["service-accounts", tenant, id, "delete"] => service_accounts::delete(visit, tenant, id).await,
        ["roles"] => roles::list(visit).await,
        ["roles", "new"] => roles::create(visit).await,
        ["roles", name] => roles::show(visit, name).await,
        ["roles", name, "delete"] => roles::delete(visit, name).await,
        ["permissions"] => rules::permissions(visit).await,
        ["settings"] => rules::settings(visit).await,
        ["keys"] => keys::signing(visit).await,
        ["keys", algorithm, "rotate"] => keys::rotate(visit, algorithm).await,
        ["webhooks", rest @ ..] => of_webhooks(visit, rest).await,
        ["audit"] => audit::list(visit).await,
        ["audit", "export"] => audit::export(visit).await,
        ["mail"] if visit.request.realm.development => mail::list(visit),
        ["mail", number] if visit.request.realm.development => mail::show(visit, number),
        ["design"] if visit.request.realm.development => design::show(visit),
        _ => Err(Denied::Unknown.into()),
    }
}

async fn of_webhooks(visit: &Visit<'_>, pieces: &[&str]) -> Page {
    match pieces {
        [] => webhooks::list(visit).await,
        ["new"] => webhooks::create(visit).await,
        [id] => webhooks::show(visit, id).await,
        [id, "settings"] => webhooks::settings(visit, id).await,
        [id, "rotate"] => webhooks::rotate(visit, id).await,
        [id, "delete"] => webhooks::delete(visit, id).await,
        [id, "replay"] => webhooks::replay_failed(visit, id).await,
        [id, "deliveries", event] => webhooks::replay(visit, id, event).await,
        _ => Err(Denied::Unknown.into()),
    }
}

const STRANGER: KeptOut = KeptOut {
    title: "console-stranger",
    lead: "console-stranger-more",
    way_on: "console-stranger-another",
    to: None,
};

/// An operator who must have logged in with a second step, and did not: they do it now, or set one up first.
fn one_step(facts: &SessionFacts) -> KeptOut {
    let has_one = facts
        .user
        .as_ref()
        .is_some_and(|user| user.has_second_step() || !user.passkeys().is_empty());
    let (lead, way_on, to) = if has_one {
        ("console-one-step-again", "console-one-step-sign-in", None)
    } else {
        (
            "console-one-step-none",
            "console-one-step-set-up",
            Some("account/two-step"),
        )
    };
    KeptOut {
        title: "console-one-step",
        lead,
        way_on,
        to,
    }
}

#[cfg(test)]
mod tests {
    use grantd_pages::Pages;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Every text that begins with `console-` in the sources of the console.
    fn chosen(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                chosen(&path, found);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            // Between quotes: a key has neither a quote nor an escape.
            let pieces = source.split('"').filter(|piece| {
                piece.strip_prefix("console-").is_some_and(|rest| {
                    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                })
            });
            found.extend(pieces.map(str::to_owned));
        }
    }

    #[test]
    fn every_text_that_a_handler_chooses_is_there_and_none_is_left_over() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console");
        let mut used = BTreeSet::new();
        chosen(&sources, &mut used);
        let own = std::fs::read_to_string(sources.with_extension("rs")).unwrap();
        let own = own
            .split('"')
            .filter(|piece| piece.starts_with("console-") && *piece != "console-");
        used.extend(own.map(str::to_owned));
        let known: BTreeSet<String> = Pages::keys_of("console").into_iter().collect();
        let missing: Vec<_> = used.difference(&known).collect();
        assert!(missing.is_empty(), "no texts: {missing:?}");
        let unused: Vec<_> = known.difference(&used).collect();
        assert!(unused.is_empty(), "nobody says: {unused:?}");
    }
}
