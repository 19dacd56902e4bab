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
    let found = visit
        .listing(asked(visit, &["audit"]).query("sort", visit.asked("sort")))
        .await?;
    let mut table = audit_lines::table(visit, &found.items).await?;
    let fields = vec![
        visit.search("action", Words::say("console-audit-filter-action")),
        visit.search("target", Words::say("console-audit-filter-target")),
        visit.search("actor", Words::say("console-audit-filter-actor")),
    ];
    table.filters = Some(visit.filters(&here, fields));
    visit.sortable(&mut table, &here, &FILTERS, (&[(5, "at")], "-at"));
    let query: Vec<(&str, &str)> = FILTERS.iter().map(|name| (*name, visit.asked(name))).collect();
    let export_as = |label, kind| {
        let query: Vec<_> = query.iter().copied().chain([("as", kind)]).collect();
        Action {
            label: Words::say(label),
            href: visit.url_with(&["audit", "export"], &query),
            weight: Weight::Secondary,
        }
    };
    let heading = Heading {
        lead: Some(Words::say("console-audit-lead")),
        actions: vec![
            export_as("console-audit-export", "jsonl"),
            export_as("console-audit-export-csv", "csv"),
        ],
        ..Heading::new(places::AUDIT.title())
    };
    let pager = visit.pager(&here, &FILTERS, found.next.as_deref());
    visit.show(places::AUDIT, heading, vec![paged(table, pager)])
}

/// The lines as a file: JSON, one line each, or a table for a spreadsheet.
pub(super) async fn export(visit: &Visit<'_>) -> Page {
    let lines = match visit.ask(asked(visit, &["audit", "export"])).await?.body {
        Value::String(lines) => lines,
        _ => String::new(),
    };
    let (lines, media, name) = match visit.asked("as") {
        "csv" => (
            csv(&lines),
            "text/csv; charset=utf-8",
            "attachment; filename=\"audit.csv\"",
        ),
        _ => (lines, "application/jsonl", "attachment; filename=\"audit.jsonl\""),
    };
    let mut reply = reply::json_bytes(http::StatusCode::OK, lines.into_bytes());
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(reply)
}

/// The columns of the table.
const COLUMNS: [&str; 6] = ["id", "at", "actor", "action", "target", "address"];

/// JSON lines as a table (RFC 4180), with what a line tells beside its columns as JSON in the last one.
fn csv(lines: &str) -> String {
    let mut table = format!("{},detail\r\n", COLUMNS.join(","));
    for line in lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        for name in COLUMNS {
            let text = match line.get(name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => field(text),
                Some(other) => field(&other.to_string()),
            };
            table.push_str(&text);
            table.push(',');
        }
        let detail = line.get("detail").map(Value::to_string);
        table.push_str(&field(&detail.unwrap_or_default()));
        table.push_str("\r\n");
    }
    table
}

/// A text as a field. One that a spreadsheet would take for a formula is told apart by an apostrophe: names in the log are
/// chosen by strangers.
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

fn asked<'v>(visit: &'v Visit<'_>, pieces: &[&str]) -> Ask<'v> {
    let ask = Ask::get(path(pieces));
    FILTERS
        .into_iter()
        .fold(ask, |ask, name| ask.query(name, visit.asked(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_stranger_chose_is_no_formula_and_no_other_column() {
        let line = r#"{"id":"1","at":7,"actor":"client:a","action":"client.created","target":"=HYPERLINK(\"x\")","detail":{"name":"a,b\nc"}}"#;
        let table = csv(&format!("{line}\n"));
        let expected = "id,at,actor,action,target,address,detail\r\n\"1\",\"7\",\"client:a\",\"client.created\",\"'=HYPERLINK(\"\"x\"\")\",,\"{\"\"name\"\":\"\"a,b\\nc\"\"}\"\r\n";
        assert_eq!(table, expected);
    }
}
