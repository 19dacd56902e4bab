//! Lines of the audit log as a table: who did what to what, from where, and what was before and after.

use super::names::{Ids, Names};
use crate::api::inside::Denied;
use crate::signed_in::Visit;
use crate::signed_in::listing::{code, instant, rows, table as listed, text};
use grantd_pages::{Cell, Row, Table, Words};
use serde_json::{Map, Value};

/// Members that differ, at most, of one line.
const SHOWN: usize = 6;

/// The table.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn table(visit: &Visit<'_>, lines: &[Value]) -> Result<Table, Denied> {
    let mut ids = Ids::default();
    for line in lines {
        ids.users.extend(user_of(text(line, "actor")));
        match text(line, "target").split_once(':') {
            Some(("client", id)) => ids.clients.insert(id),
            Some(("user", id)) => ids.users.insert(id),
            Some(("tenant", id)) => ids.tenants.insert(id),
            _ => false,
        };
    }
    let names = Names::named(visit, ids).await?;
    let rows = rows(lines, |line| {
        vec![
            Cell::given(text(line, "action")),
            target(visit, &names, text(line, "target")),
            changes(line),
            names.actor_cell(visit, text(line, "actor")),
            code(line, "address"),
            instant(line, "at"),
        ]
    });
    Ok(columns(rows))
}

/// The id of the user who did something, as the log has it, alone or by an application.
pub(super) fn user_of(actor: &str) -> Option<&str> {
    actor.strip_prefix("user:")?.split(' ').next()
}

/// To what something was done: with its name, and the way there, where it is still there.
fn target(visit: &Visit<'_>, names: &Names, target: &str) -> Cell {
    let cell = match target.split_once(':') {
        Some(("client", id)) if names.client(id) != id => names.client_cell(visit, id),
        Some(("user", id)) => names.user_cell(visit, id),
        Some(("tenant", id)) => names.tenant_cell(visit, id),
        _ => Cell::Nothing,
    };
    match cell {
        // The log is searched by what stands below.
        Cell::Link { text, href, .. } => Cell::Link {
            text,
            href,
            more: Some(target.to_owned()),
        },
        _ if target.is_empty() => Cell::Nothing,
        _ => Cell::code(target),
    }
}

fn columns(rows: Vec<Row>) -> Table {
    listed(
        Words::say("console-audit"),
        &[
            "console-audit-action",
            "console-audit-target",
            "console-audit-changes",
            "console-audit-actor",
            "console-audit-address",
            "console-audit-at",
        ],
        rows,
        ("console-audit-empty", "console-audit-empty-more"),
    )
}

/// What a line says was changed: the members that differ, or what else it tells.
fn changes(line: &Value) -> Cell {
    let detail = line.get("detail").unwrap_or(&Value::Null);
    let none = Map::new();
    let side = |name: &str| detail.get(name).and_then(Value::as_object);
    let mut texts = Vec::new();
    match (side("before"), side("after")) {
        (None, None) => {
            let told = detail.as_object().unwrap_or(&none).iter();
            texts.extend(told.map(|(name, value)| format!("{name}: {}", short(value))));
        }
        (Some(_), None) => {}
        (before, Some(after)) => {
            let is_new = before.is_none();
            let before = before.unwrap_or(&none);
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let (old, new) = (before.get(name), after.get(name));
                if is_new || old == new || name == "updated_at" {
                    continue;
                }
                let side = |value: Option<&Value>| value.map_or_else(|| "–".to_owned(), short);
                texts.push(format!("{name}: {} → {}", side(old), side(new)));
            }
        }
    }
    texts.truncate(SHOWN);
    if texts.is_empty() {
        Cell::Nothing
    } else {
        Cell::Codes { texts }
    }
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(" ")
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(detail: Value) -> Vec<String> {
        match changes(&json!({ "detail": detail })) {
            Cell::Codes { texts } => texts,
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_line_says_what_differs_and_nothing_else() {
        let before = json!({ "name": "A", "scopes": ["a:read", "b:read"], "updated_at": 1 });
        let after = json!({ "name": "A", "scopes": ["a:read"], "updated_at": 2 });
        assert_eq!(
            said(json!({ "before": before, "after": after })),
            ["scopes: a:read b:read → a:read"]
        );
        assert_eq!(
            said(json!({ "needed": "grantd:keys:write" })),
            ["needed: grantd:keys:write"]
        );
        assert!(said(json!({ "after": { "name": "A" } })).is_empty());
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        let long = "ä".repeat(400);
        assert_eq!(short(&json!(long)).chars().count(), 161);
    }
}
