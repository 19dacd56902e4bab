//! The developers' portal: users of the realm whom its configuration lets in make applications of their own. It decides
//! nothing: its pages are those of the operators' console about an application, and a few more, asked of the admin API as an
//! actor who reaches their own applications and nothing else
//! ([`developer`](grantd_core::admin::actor::developer)).

pub(crate) mod logs;
pub(crate) mod preview;
pub(crate) mod review;
pub(crate) mod secrets;
mod try_out;
pub(crate) mod users;

use crate::api::inside::Denied;
use crate::console::{applications, places, tokens};
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::{self, Area, Group, KeptOut, Page, Visit};
use grantd_core::admin::actor;
use grantd_store::Store;

/// The portal. One can go to one's applications alone; everything else is about one of them.
static PORTAL: Area = Area {
    path: "developers",
    name: "portal-product",
    groups: &[Group {
        title: None,
        places: &[places::APPLICATIONS],
    }],
    done: DONE,
};

/// What forms did, as the page after them says it.
const DONE: &[&str] = &[
    "console-done-created",
    "console-done-saved",
    "console-done-deleted",
    "console-done-ended",
    "console-done-trimmed",
    "portal-done-submitted",
    "portal-done-withdrawn",
    "portal-done-secret",
];

/// Whom the realm does not let in.
const STRANGER: KeptOut = KeptOut {
    title: "portal-stranger",
    lead: "portal-stranger-more",
    way_on: "portal-stranger-another",
    to: None,
};

/// Answers a request to the portal.
pub async fn handle(request: &Request<'_>) -> Reply {
    signed_in::answered(request, visited(request).await)
}

async fn visited(request: &Request<'_>) -> Page {
    let facts = signed_in::entered(request).await?;
    let realm = &request.realm.config.realm;
    let belongs = request.app.store.memberships(&realm.name, &facts.session.user).await;
    let belongs = belongs.map_err(Failure::from)?;
    let Some(actor) = actor::developer(&facts, &belongs, realm, request.now) else {
        return Ok(signed_in::kept_out(request, &PORTAL, &facts, STRANGER)?);
    };
    let visit = Visit::new(request, &PORTAL, PORTAL.home(request)?, facts, actor)?;
    let page = match visit.pieces() {
        Some(pieces) => {
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            routed(&visit, &pieces).await
        }
        None => Err(Denied::Unknown.into()),
    };
    visit.told(places::APPLICATIONS, page)
}

/// Every page, and who answers. Each takes what its own form sent, too.
async fn routed(visit: &Visit<'_>, pieces: &[&str]) -> Page {
    match pieces {
        [] | ["applications"] => applications::list(visit).await,
        ["applications", "new"] => applications::create::show(visit).await,
        ["applications", id, rest @ ..] => match application(visit, id, rest).await {
            Some(page) => page,
            None => Err(Denied::Unknown.into()),
        },
        ["tokens", id] => tokens::show(visit, id).await,
        ["tokens", id, "end"] => tokens::end(visit, id).await,
        _ => Err(Denied::Unknown.into()),
    }
}

/// The pages about one application; nothing where there is no such page.
async fn application(visit: &Visit<'_>, id: &str, rest: &[&str]) -> Option<Page> {
    if let Some(page) = of_every_application(visit, id, rest).await {
        return Some(page);
    }
    Some(match rest {
        [] => applications::auth::show(visit, id).await,
        ["rotate"] => applications::auth::rotate(visit, id).await,
        ["permissions"] => applications::permissions::show(visit, id).await,
        ["trim"] => applications::permissions::trim(visit, id).await,
        ["tokens"] => applications::tokens::show(visit, id).await,
        ["tokens", "new"] => applications::tokens::create(visit, id).await,
        ["settings"] => applications::settings::show(visit, id).await,
        ["delete"] => applications::delete::show(visit, id).await,
        ["submit"] => review::submit(visit, id).await,
        ["withdraw"] => review::withdraw(visit, id).await,
        ["try"] => try_out::show(visit, id).await,
        ["try", "back"] => try_out::back(visit, id).await,
        _ => return None,
    })
}

/// The pages about one application that operators have in their console, too.
pub(crate) async fn of_every_application(visit: &Visit<'_>, id: &str, rest: &[&str]) -> Option<Page> {
    Some(match rest {
        ["secrets", secret, "end"] => secrets::end(visit, id, secret).await,
        ["users"] => users::list(visit, id).await,
        ["logs"] => logs::list(visit, id).await,
        ["permissions", "preview"] => preview::show(visit, id).await,
        ["review"] => review::show(visit, id).await,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use grantd_pages::Pages;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_text_that_a_handler_chooses_is_there_and_none_is_left_over() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files: Vec<_> = ["portal.rs", "console.rs"].map(|name| sources.join(name)).into();
        for folder in ["portal", "portal/try_out", "console", "console/applications"] {
            let entries = std::fs::read_dir(sources.join(folder)).unwrap();
            files.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
        }
        let mut used = BTreeSet::new();
        for file in files {
            let source = std::fs::read_to_string(file).unwrap();
            let is_key =
                |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            let keys = source
                .split('"')
                .filter(|piece| piece.strip_prefix("portal-").is_some_and(is_key) && !piece.ends_with('-'));
            used.extend(keys.map(str::to_owned));
        }
        let known: BTreeSet<String> = Pages::keys_of("portal").into_iter().collect();
        let missing: Vec<_> = used.difference(&known).collect();
        assert!(missing.is_empty(), "no texts: {missing:?}");
        let unused: Vec<_> = known.difference(&used).collect();
        assert!(unused.is_empty(), "nobody says: {unused:?}");
    }
}
