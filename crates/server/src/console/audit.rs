//! The audit log: filtered, paged, and handed out as a file.

use super::audit_lines;
use super::places;
use crate::api::inside::{Ask, path};
use crate::reply;
use crate::signed_in::listing::paged;
use crate::signed_in::{Page, Visit};
use grantd_pages::{Action, Heading, Weight, Words};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use serde_json::Value;

const FILTERS: [&str; 3] = ["action", "target", "actor"];

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let here = [places::AUDIT.path];
    let found = visit.listing(asked(visit, &["audit"])).await?;
    let mut table = audit_lines::table(&found.items);
    let fields = vec![
        visit.search("action", Words::say("console-audit-filter-action")),
        visit.search("target", Words::say("console-audit-filter-target")),
        visit.search("actor", Words::say("console-audit-filter-actor")),
    ];
    table.filters = Some(visit.filters(&here, fields));
    let query: Vec<(&str, &str)> = FILTERS.iter().map(|name| (*name, visit.asked(name))).collect();
    let heading = Heading {
        lead: Some(Words::say("console-audit-lead")),
        actions: vec![Action {
            label: Words::say("console-audit-export"),
            href: visit.url_with(&["audit", "export"], &query),
            weight: Weight::Secondary,
        }],
        ..Heading::new(places::AUDIT.title())
    };
    let pager = visit.pager(&here, &FILTERS, found.next.as_deref());
    visit.show(places::AUDIT, heading, vec![paged(table, pager)])
}

/// The lines as a file: JSON, one line each.
pub(super) async fn export(visit: &Visit<'_>) -> Page {
    let lines = match visit.ask(asked(visit, &["audit", "export"])).await?.body {
        Value::String(lines) => lines,
        _ => String::new(),
    };
    let mut reply = reply::json_bytes(http::StatusCode::OK, lines.into_bytes());
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let name = HeaderValue::from_static("attachment; filename=\"audit.jsonl\"");
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(reply)
}

fn asked<'v>(visit: &'v Visit<'_>, pieces: &[&str]) -> Ask<'v> {
    let ask = Ask::get(path(pieces));
    FILTERS
        .into_iter()
        .fold(ask, |ask, name| ask.query(name, visit.asked(name)))
}
