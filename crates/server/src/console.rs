//! The operators' console: pages over the admin API, for those whom the realm's configuration names. It decides nothing:
//! a page asks the API as the operator ([`crate::api::inside`]), and shows what it says.

mod applications;
mod area;
mod audit;
mod audit_lines;
mod design;
mod fields;
mod keys;
mod least_privilege;
mod listing;
mod overview;
mod rules;
mod signed_in;
mod tenants;
mod token_rows;
mod tokens;
mod users;
mod visit;

use crate::api::inside::Denied;
use crate::error::Failure;
use crate::interaction::{login, outcome};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use area::Area;
use grantd_core::admin::actor;
use grantd_core::record::SessionFacts;
use grantd_pages::{Action, Block, Frame, Heading, SignedInView, Tone, Weight, Words};
use grantd_protocol::params::decode;
use http::StatusCode;
use visit::{Halt, Page, Visit};

/// What forms did, as the page after them says it.
const DONE: &[&str] = &[
    "console-done-created",
    "console-done-saved",
    "console-done-deleted",
    "console-done-ended",
    "console-done-trimmed",
    "console-done-rotated",
    "console-done-signed-out",
];

/// Answers a request to the console.
pub async fn handle(request: &Request<'_>) -> Reply {
    match visited(request).await {
        Ok(reply) => reply,
        Err(failure) => outcome::error_page(request, &failure),
    }
}

async fn visited(request: &Request<'_>) -> Result<Reply, Failure> {
    let facts = match signed_in::session(request).await? {
        Ok(facts) => facts,
        Err(login) => return Ok(login),
    };
    let Some(actor) = actor::operator(&facts, &request.realm.config.realm, request.now) else {
        return no_operator(request, &facts);
    };
    let form = match signed_in::sent(request, &facts.session)? {
        Ok(form) => form,
        Err(refusal) => return Ok(refusal),
    };
    let visit = Visit {
        request,
        actor,
        facts,
        query: wire::query(request.query())?,
        form,
        home: visit::home(request)?,
    };
    let Some(pieces) = pieces(request, visit.home.as_str()) else {
        return nothing(&visit);
    };
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let area = area_of(&pieces);
    match routed(&visit, &pieces).await {
        Ok(reply) => Ok(reply),
        Err(Halt::Failure(failure)) => Err(failure),
        Err(Halt::Denied(denied)) => refused(&visit, area, denied),
    }
}

/// The pieces of the path behind the console's address, unescaped once; `None` for one that is no text.
fn pieces(request: &Request<'_>, home: &str) -> Option<Vec<String>> {
    let below = request.parts.uri.path().strip_prefix(home)?;
    let pieces = below.split('/').skip(1).filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            Some(
                decode(piece.as_bytes())
                    .ok()
                    .filter(|_| !piece.contains('+'))?
                    .into_owned(),
            )
        })
        .collect()
}

/// The area that an address belongs to.
fn area_of(pieces: &[&str]) -> Area {
    let first = pieces.first().copied().unwrap_or_default();
    let mut areas = area::GROUPS.iter().flat_map(|(_, areas)| areas.iter().copied());
    areas.find(|area| area.path() == first).unwrap_or(Area::Overview)
}

/// Every page, and who answers. Each takes what its own form sent, too.
async fn routed(visit: &Visit<'_>, pieces: &[&str]) -> Page {
    match pieces {
        [] => overview::show(visit).await,
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
        ["tokens"] => tokens::list(visit).await,
        ["tokens", id, "end"] => tokens::end(visit, id).await,
        ["api-keys"] => keys::api_keys(visit).await,
        ["api-keys", id, "end"] => keys::end_api_key(visit, id).await,
        ["least-privilege"] => least_privilege::show(visit).await,
        ["users"] => users::list(visit).await,
        ["users", "new"] => users::create(visit).await,
        ["users", id] => users::show(visit, id).await,
        [
            "users",
            id,
            what @ ("sign-out" | "second-step" | "passkeys" | "state" | "delete"),
        ] => users::deed(visit, id, what).await,
        ["sessions"] => users::find_sessions(visit).await,
        ["tenants"] => tenants::list(visit).await,
        ["tenants", "new"] => tenants::create(visit).await,
        ["tenants", id] => tenants::show(visit, id).await,
        ["tenants", id, what @ ("state" | "delete")] => tenants::deed(visit, id, what).await,
        ["service-accounts"] => tenants::service_accounts(visit).await,
        ["service-accounts", tenant] => tenants::accounts(visit, tenant).await,
        ["roles"] => rules::roles(visit).await,
        ["permissions"] => rules::permissions(visit).await,
        ["settings"] => rules::settings(visit).await,
        ["keys"] => keys::signing(visit).await,
        ["keys", algorithm, "rotate"] => keys::rotate(visit, algorithm).await,
        ["audit"] => audit::list(visit).await,
        ["audit", "export"] => audit::export(visit).await,
        ["design"] if visit.request.realm.development => design::show(visit),
        _ => Err(Denied::Unknown.into()),
    }
}

/// A page in the place of one that cannot be shown: why, and what to do.
fn refused(visit: &Visit<'_>, area: Area, denied: Denied) -> Result<Reply, Failure> {
    let (status, title, text) = match denied {
        Denied::Failed(failure) => return Err(failure),
        Denied::Unknown => return nothing(visit),
        Denied::Forbidden(permission) => (
            StatusCode::FORBIDDEN,
            Words::say("console-forbidden"),
            Words::say("console-forbidden-more").with("permission", permission),
        ),
        Denied::Changed => (
            StatusCode::CONFLICT,
            Words::say("console-changed"),
            Words::say("console-changed-more"),
        ),
        Denied::State(text) => (StatusCode::CONFLICT, Words::say("console-conflict"), Words::given(text)),
        Denied::Bad(text) => (StatusCode::BAD_REQUEST, Words::say("console-bad"), Words::given(text)),
        Denied::Invalid(wrong) => {
            let text = wrong.into_iter().map(|(place, detail)| format!("{place} {detail}"));
            let text: Vec<String> = text.collect();
            (
                StatusCode::BAD_REQUEST,
                Words::say("console-bad"),
                Words::given(text.join("; ")),
            )
        }
    };
    let notice = Block::Notice {
        tone: Tone::Danger,
        title: title.clone(),
        text: Some(text),
        action: Some((visit.area(area), area.title())),
    };
    visit.page(status, area, Heading::new(title), vec![notice])
}

fn nothing(visit: &Visit<'_>) -> Result<Reply, Failure> {
    let notice = Block::Notice {
        tone: Tone::Info,
        title: Words::say("console-missing"),
        text: Some(Words::say("console-missing-more")),
        action: Some((visit.home.clone(), Area::Overview.title())),
    };
    let heading = Heading::new(Words::say("console-missing"));
    visit.page(StatusCode::NOT_FOUND, Area::Overview, heading, vec![notice])
}

/// Somebody is signed in who runs nothing here: they learn that, and can come back as somebody else.
fn no_operator(request: &Request<'_>, facts: &SessionFacts) -> Result<Reply, Failure> {
    let home = visit::home(request)?;
    if request.query() == "as=another" {
        return login::show_for_account(request, "console", None);
    }
    let username = facts
        .user
        .as_ref()
        .map(|user| user.username.clone())
        .unwrap_or_default();
    let another = grantd_pages::LocalUrl::parse(&format!("{}?as=another", home.as_str()));
    let action = another.ok().map(|href| Action {
        label: Words::say("console-stranger-another"),
        href,
        weight: Weight::Primary,
    });
    let view = SignedInView {
        frame: Frame {
            product: Words::say("console-product"),
            home,
            nav: Vec::new(),
            username,
            sign_out: visit::sign_out(request)?,
            toast: None,
        },
        heading: Heading {
            lead: Some(Words::say("console-stranger-more")),
            actions: action.into_iter().collect(),
            ..Heading::new(Words::say("console-stranger"))
        },
        blocks: Vec::new(),
    };
    let html = request.app.pages.signed_in(&view, &outcome::shell(request, None)?);
    Ok(outcome::page(StatusCode::FORBIDDEN, html))
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
