//! What applications would break if the rules were enforced that the realm only tries out.

use super::places;
use crate::api::inside::{Ask, path};
use crate::signed_in::listing::{code, instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Cell, Heading, Words};
use serde_json::Value;

/// The list.
pub(super) async fn list(visit: &Visit<'_>) -> Page {
    let found = visit.listing(Ask::get(path(&["findings"]))).await?;
    let rows = rows(&found.items, |finding| {
        let client = text(finding, "client_id");
        let count = finding.get("count").and_then(Value::as_u64).unwrap_or_default();
        vec![
            Cell::link(Words::given(client), visit.url(&["applications", client])),
            code(finding, "rule"),
            Cell::given(count.to_string()),
            instant(finding, "first_at"),
            instant(finding, "last_at"),
        ]
    });
    let columns = [
        "console-application",
        "console-finding-rule",
        "console-finding-count",
        "console-finding-first",
        "console-finding-last",
    ];
    let empty = ("console-finding-empty", "console-finding-empty-more");
    let mut table = table(places::FINDINGS.title(), &columns, rows, empty);
    table.empty.action = places::lead(visit, places::SETTINGS);
    let heading = Heading {
        lead: Some(Words::say("console-findings-lead")),
        ..Heading::new(places::FINDINGS.title())
    };
    let pager = visit.pager(&[places::FINDINGS.path], &[], found.next.as_deref());
    visit.show(places::FINDINGS, heading, vec![paged(table, pager)])
}
