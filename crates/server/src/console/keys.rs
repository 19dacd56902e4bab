//! Signing keys and their rotation.

use super::places;
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::Dialog;
use crate::signed_in::listing::{instant, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Block, Cell, Heading, Tone, Weight, Words};
use serde_json::json;

/// The signing keys.
pub(super) async fn signing(visit: &Visit<'_>) -> Page {
    let found = visit.all(Ask::get(path(&["keys"]))).await?;
    let rows = rows(&found.items, |key| {
        let (word, tone) = match text(key, "state") {
            "active" => ("console-key-active", Tone::Success),
            "next" => ("console-key-next", Tone::Info),
            _ => ("console-key-retired", Tone::Plain),
        };
        vec![
            Cell::code(text(key, "kid")),
            Cell::code(text(key, "alg")),
            Cell::chip(Words::say(word), tone),
            instant(key, "since"),
            instant(key, "remove_at"),
        ]
    });
    let columns = [
        "console-key",
        "console-key-algorithm",
        "console-state",
        "console-key-since",
        "console-key-removed",
    ];
    let empty = ("console-key-empty", "console-key-empty-more");
    let mut algorithms: Vec<&str> = found.items.iter().map(|key| text(key, "alg")).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let rotate = |alg: &&str| Action {
        label: Words::say("console-key-rotate").with("algorithm", *alg),
        href: visit.url(&["keys", alg, "rotate"]),
        weight: Weight::Secondary,
    };
    let heading = Heading {
        lead: Some(Words::say("console-keys-lead")),
        actions: algorithms.iter().map(rotate).collect(),
        ..Heading::new(places::KEYS.title())
    };
    let table = table(places::KEYS.title(), &columns, rows, empty);
    visit.show(places::KEYS, heading, vec![Block::Table(Box::new(table))])
}

/// Asks, and rotates one algorithm's key.
pub(super) async fn rotate(visit: &Visit<'_>, algorithm: &str) -> Page {
    let dialog = Dialog {
        place: places::KEYS,
        heading: Heading {
            back: Some((visit.at(places::KEYS), places::KEYS.title())),
            ..Heading::new(Words::say("console-key-rotate-title").with("algorithm", algorithm))
        },
        consequences: vec![
            Words::say("console-key-rotate-breaks"),
            Words::say("console-key-rotate-old"),
        ],
        submit: Words::say("console-rotate"),
        weight: Weight::Danger,
        fields: Vec::new(),
        here: visit.url(&["keys", algorithm, "rotate"]),
        back: visit.at(places::KEYS),
        on: visit.at(places::KEYS),
        said: "console-done-rotated",
    };
    let ask = Ask::new(http::Method::POST, path(&["keys", "rotate"])).body(json!({ "alg": algorithm }));
    visit.dialog(dialog, ask).await
}
