//! The first page: how the realm stands, at a glance, and what was done last.

use super::places;
use super::{audit_lines, drawings, roles};
use crate::api::inside::{Ask, path};
use crate::signed_in::listing::text;
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, CarryUrl, Figure, Heading, Tone, Words};
use serde_json::Value;

/// Items that are counted for a figure; more are told as so many and a plus sign.
const COUNTED: usize = 200;

/// The page.
pub(super) async fn show(visit: &Visit<'_>) -> Page {
    let mut blocks = warnings(visit);
    blocks.push(Block::Figures {
        figures: figures(visit).await?,
    });
    if places::TOKENS.is_open_to(&visit.actor) {
        blocks.extend(drawings::issued(visit).await?);
    }
    // What any application was refused is read by whoever reads applications.
    if places::APPLICATIONS.is_open_to(&visit.actor) {
        blocks.extend(drawings::refused(visit).await?);
    }
    if places::AUDIT.is_open_to(&visit.actor) {
        let lines = visit.all(Ask::get(path(&["audit"])).query("limit", "8")).await?;
        blocks.push(Block::Section {
            title: Words::say("console-overview-recent"),
            lead: None,
        });
        blocks.push(Block::Table(Box::new(audit_lines::table(visit, &lines.items).await?)));
    }
    blocks.push(documents(visit));
    let realm = &visit.request.realm.config.realm;
    let heading = Heading {
        lead: Some(Words::say("console-overview-lead").with("issuer", &*realm.issuer)),
        ..Heading::new(places::OVERVIEW.title())
    };
    visit.show(places::OVERVIEW, heading, blocks)
}

/// What an operator should know before anything else.
fn warnings(visit: &Visit<'_>) -> Vec<Block> {
    let config = &visit.request.realm.config;
    let mut blocks = Vec::new();
    if visit.request.realm.development {
        blocks.push(Block::Notice {
            tone: Tone::Info,
            title: Words::say("console-development"),
            text: Some(Words::say("console-development-more")),
            action: None,
        });
    }
    blocks.extend(roles::hidden_ones(visit).filter(|_| places::ROLES.is_open_to(&visit.actor)));
    if !config.loosenings.is_empty() {
        let settings = places::SETTINGS.is_open_to(&visit.actor);
        blocks.push(Block::Notice {
            tone: Tone::Warning,
            title: Words::say("console-loosened").with("count", config.loosenings.len()),
            text: Some(Words::say("console-loosened-more")),
            action: settings.then(|| (visit.at(places::SETTINGS), places::SETTINGS.title())),
        });
    }
    blocks
}

/// A number for each place that the operator may see.
async fn figures(visit: &Visit<'_>) -> Result<Vec<Figure>, crate::api::inside::Denied> {
    let lists = [
        (places::APPLICATIONS, "clients", "console-figure-applications", ""),
        (places::TOKENS, "tokens", "console-figure-tokens", "live"),
        (places::GRANTS, "grants", "console-all-grants", ""),
        (places::USERS, "users", "console-figure-users", ""),
        (places::TENANTS, "tenants", "console-figure-tenants", ""),
        (places::API_KEYS, "api-keys", "console-figure-api-keys", "active"),
    ];
    let mut figures = Vec::new();
    for (place, list, label, state) in lists {
        if !place.is_open_to(&visit.actor) {
            continue;
        }
        let ask = Ask::get(path(&[list])).query("limit", COUNTED.to_string());
        let found = visit.all(ask.query("state", state)).await?;
        let count = found.items.len();
        let value = match found.next {
            Some(_) => Words::say("console-figure-more").with("count", count),
            None => Words::given(count.to_string()),
        };
        figures.push(Figure {
            label: Words::say(label),
            value,
            hint: None,
            href: Some(visit.url_with(&[place.path], &[("state", state)])),
            tone: Tone::Plain,
        });
    }
    if places::KEYS.is_open_to(&visit.actor) {
        figures.push(keys(visit).await?);
    }
    Ok(figures)
}

/// Whether the next keys are there: without them a rotation has to wait.
async fn keys(visit: &Visit<'_>) -> Result<Figure, crate::api::inside::Denied> {
    let keys = visit.all(Ask::get(path(&["keys"]))).await?;
    let in_state = |state: &str| keys.items.iter().filter(|key| text(key, "state") == state).count();
    let algorithms = |state: &str| {
        let mut names: Vec<&str> = keys
            .items
            .iter()
            .filter(|key: &&Value| text(key, "state") == state)
            .map(|key| text(key, "alg"))
            .collect();
        names.dedup();
        names.join(", ")
    };
    let ready = in_state("next") >= in_state("active");
    Ok(Figure {
        label: Words::say("console-figure-keys"),
        value: Words::given(algorithms("active")),
        hint: Some(Words::say(if ready {
            "console-figure-keys-ready"
        } else {
            "console-figure-keys-missing"
        })),
        href: Some(visit.at(places::KEYS)),
        tone: if ready { Tone::Plain } else { Tone::Warning },
    })
}

/// What programs read about the realm.
fn documents(visit: &Visit<'_>) -> Block {
    let request = visit.request;
    let metadata = crate::interaction::home::metadata_url(request.issuer);
    let api = request.realm.config.endpoints.url(crate::config::Endpoint::Api);
    let links = [
        ("console-document-metadata", metadata),
        ("console-document-api", format!("{api}/openapi.json")),
    ];
    let links = links
        .into_iter()
        .filter_map(|(label, url)| Some((Words::say(label), CarryUrl::parse(&url).ok()?)));
    Block::Documents { links: links.collect() }
}
