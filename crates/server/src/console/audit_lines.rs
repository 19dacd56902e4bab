//! Lines of the audit log as a table: who did what to what, from where. Used wherever something's history is shown.

use super::listing::{code, instant, rows, text};
use super::visit::Visit;
use grantd_pages::{Cell, Column, Empty, Table, Words};
use serde_json::Value;

/// The table.
pub(super) fn table(visit: &Visit<'_>, lines: &[Value]) -> Table {
    Table {
        caption: Words::say("console-audit"),
        filters: None,
        columns: vec![
            Column::new(Words::say("console-audit-action")),
            Column::new(Words::say("console-audit-target")),
            Column::new(Words::say("console-audit-actor")),
            Column::new(Words::say("console-audit-address")),
            Column::new(Words::say("console-audit-at")),
        ],
        rows: rows(lines, |line| {
            vec![
                Cell::link(
                    Words::given(text(line, "action")),
                    visit.url(&["audit", text(line, "id")]),
                ),
                code(line, "target"),
                code(line, "actor"),
                code(line, "address"),
                instant(line, "at"),
            ]
        }),
        empty: Empty {
            title: Words::say("console-audit-empty"),
            text: Words::say("console-audit-empty-more"),
            action: None,
        },
        first: None,
        next: None,
    }
}
