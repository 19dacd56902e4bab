//! What the realm's configuration says, as the API tells it: permissions and settings; read here and changed in the file.

use super::permission_field::risk;
use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::listing::{paged, rows, table, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Heading, Risk, Row, Tone, Words};
use grantd_protocol::scope::{covers, is_pattern};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Pages of applications that are counted; of more, it is as many and a plus sign.
const COUNTED: usize = 5;

/// The catalogue.
pub(super) async fn permissions(visit: &Visit<'_>) -> Page {
    let found = visit
        .listing(Ask::get(path(&["permissions"])).query("q", visit.asked("q")))
        .await?;
    let held = held(visit, &found.items).await?;
    let rows = rows(&found.items, |permission| {
        let (word, tone) = match risk(permission) {
            Risk::Read => ("console-risk-read", Tone::Plain),
            Risk::Change => ("console-risk-change", Tone::Plain),
            Risk::Delete => ("console-risk-delete", Tone::Warning),
            Risk::Money => ("console-risk-money", Tone::Warning),
            Risk::Admin => ("console-risk-admin", Tone::Warning),
        };
        let mut cells = vec![
            Cell::code(text(permission, "name")),
            Cell::given(text(permission, "group")),
            Cell::given(text(permission, "description")),
            Cell::chip(Words::say(word), tone),
        ];
        cells.extend(held.as_ref().map(|held| held.cell(text(permission, "name"))));
        cells
    });
    let mut columns = vec![
        "console-permission",
        "console-group",
        "console-permission-lets",
        "console-risk",
    ];
    columns.extend(held.is_some().then_some("console-figure-applications"));
    let empty = ("console-permission-empty", "console-permission-empty-more");
    let here = [places::PERMISSIONS.path];
    let mut table = table(places::PERMISSIONS.title(), &columns, rows, empty);
    table.filters = Some(visit.filters(&here, vec![visit.search("q", Words::say("console-search"))]));
    let heading = Heading {
        lead: Some(Words::say("console-permissions-lead")),
        ..Heading::new(places::PERMISSIONS.title())
    };
    let pager = visit.pager(&here, &["q"], found.next.as_deref());
    visit.show(places::PERMISSIONS, heading, vec![paged(table, pager)])
}

/// How many applications may ask for permissions, by themselves or by a pattern.
struct Held {
    counts: BTreeMap<String, usize>,
    /// Whether there are more applications than were counted.
    more: bool,
}

impl Held {
    fn of(permissions: &[Value], clients: &[Value], more: bool) -> Self {
        let names: BTreeSet<&str> = permissions.iter().map(|permission| text(permission, "name")).collect();
        let mut counts = BTreeMap::new();
        for client in clients {
            let mut held: BTreeSet<&str> = BTreeSet::new();
            for scope in &texts(client, "scopes") {
                let is_held = |name: &&&str| covers(scope, name);
                if is_pattern(scope) {
                    held.extend(names.iter().filter(is_held));
                } else {
                    held.extend(names.get(&**scope));
                }
            }
            for name in held {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
        Self { counts, more }
    }

    fn cell(&self, permission: &str) -> Cell {
        let count = self.counts.get(permission).copied().unwrap_or_default();
        match (count, self.more) {
            (0, false) => Cell::Nothing,
            (count, false) => Cell::given(count.to_string()),
            (count, true) => Cell::text(Words::say("console-figure-more").with("count", count)),
        }
    }
}

/// The same of these, for whoever may see the applications.
async fn held(visit: &Visit<'_>, permissions: &[Value]) -> Result<Option<Held>, Denied> {
    if !visit.actor.governs() || !places::APPLICATIONS.is_open_to(&visit.actor) {
        return Ok(None);
    }
    let (clients, all) = visit.first("clients", COUNTED).await?;
    Ok(Some(Held::of(permissions, &clients, !all)))
}

/// The realm's settings.
pub(super) async fn settings(visit: &Visit<'_>) -> Page {
    let realm = visit.ask(Ask::get(path(&["realm"]))).await?.body;
    let mut blocks = Vec::new();
    for loosening in &visit.request.realm.config.loosenings {
        blocks.push(Block::Notice {
            tone: Tone::Warning,
            title: Words::given(loosening.key.clone()),
            text: Some(Words::given(loosening.says.clone())),
            action: None,
        });
    }
    let names = [("console-name", "name"), ("console-issuer", "issuer")];
    let facts = names.map(|(label, name)| (Words::say(label), Cell::code(text(&realm, name))));
    blocks.push(Block::Facts { facts: facts.into() });
    let mut written = Vec::new();
    let settings = realm.get("settings").unwrap_or(&Value::Null);
    flatten("", settings, text(&realm, "source"), &mut written);
    let columns = ["console-setting", "console-setting-value", "console-setting-from"];
    let empty = ("console-setting-empty", "console-setting-empty-more");
    let table = table(places::SETTINGS.title(), &columns, written, empty);
    blocks.push(Block::Table(Box::new(table)));
    let heading = Heading {
        lead: Some(Words::say("console-settings-lead").with("file", text(&realm, "source"))),
        ..Heading::new(places::SETTINGS.title())
    };
    visit.show(places::SETTINGS, heading, blocks)
}

/// Members of members under the names that the file has for them, each with where it is written.
fn flatten(prefix: &str, value: &Value, file: &str, rows: &mut Vec<Row>) {
    let below = |name: &str| match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}.{name}"),
    };
    match value {
        Value::Object(members) => match (members.get("value"), members.get("from").and_then(Value::as_str)) {
            (Some(value), Some(from)) => rows.push(Row {
                cells: vec![Cell::code(prefix), shown(value), place(from, file)],
            }),
            _ => {
                for (name, value) in members {
                    flatten(&below(name), value, file, rows);
                }
            }
        },
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                flatten(&format!("{prefix}[{}]", number + 1), item, file, rows);
            }
        }
        _ => {}
    }
}

fn shown(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Nothing,
        Value::Array(items) if items.is_empty() => Cell::Nothing,
        Value::Array(items) => Cell::Codes {
            texts: items.iter().map(plain).collect(),
        },
        other => Cell::code(plain(other)),
    }
}

/// Where a value is written: of the realm's own file the line alone.
fn place(from: &str, file: &str) -> Cell {
    match from.strip_prefix(file).and_then(|rest| rest.strip_prefix(':')) {
        Some(line) => Cell::text(Words::say("console-setting-line").with("line", line)),
        None if from == "default" => Cell::Quiet {
            text: Words::say("console-setting-default"),
        },
        None => Cell::code(from),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Visit<'_> {
    /// The whole catalogue.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(super) async fn catalogue(&self) -> Result<Vec<Value>, Denied> {
        Ok(self.first("permissions", usize::MAX).await?.0)
    }

    /// The items of a list's first pages, and whether those are all of them.
    async fn first(&self, list: &str, pages: usize) -> Result<(Vec<Value>, bool), Denied> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        for _ in 0..pages {
            let ask = Ask::get(path(&[list])).query("limit", "200");
            let found = self.all(ask.query("cursor", cursor.as_str())).await?;
            all.extend(found.items);
            match found.next {
                Some(next) => cursor = next,
                None => return Ok((all, true)),
            }
        }
        Ok((all, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_named_as_the_file_names_them_and_say_where_they_stand() {
        let leaf = |value: Value, from: &str| json!({ "value": value, "from": from });
        let settings = json!({
            "code": { "lifetime": leaf(json!("60s"), "default") },
            "resources": [{ "identifier": leaf(json!("https://api.example"), "/etc/shop.toml:12") }],
            "grant_types": leaf(json!(["a", "b"]), "/etc/shop.toml:3"),
        });
        let mut rows = Vec::new();
        flatten("", &settings, "/etc/shop.toml", &mut rows);
        let names: Vec<&str> = rows
            .iter()
            .map(|row| match &row.cells[0] {
                Cell::Code { text } => text.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(names, ["code.lifetime", "grant_types", "resources[1].identifier"]);
        assert!(matches!(&rows[0].cells[2], Cell::Quiet { .. }) && matches!(&rows[1].cells[2], Cell::Text { .. }));
        assert!(matches!(&rows[1].cells[1], Cell::Codes { texts } if texts.len() == 2));
    }

    #[test]
    fn an_application_counts_once_for_each_permission_that_it_may_ask_for() {
        let permissions = ["a:read", "a:write", "b:read"].map(|name| json!({ "name": name }));
        let clients = [
            json!({ "scopes": ["a:read", "a:*", "openid"] }),
            json!({ "scopes": ["a:read"] }),
            json!({ "scopes": ["*"] }),
        ];
        let held = Held::of(&permissions, &clients, false);
        let counts: Vec<(&str, usize)> = held.counts.iter().map(|(name, count)| (&**name, *count)).collect();
        assert_eq!(counts, [("a:read", 3), ("a:write", 2), ("b:read", 1)]);
        assert!(Held::of(&permissions, &[], false).counts.is_empty());
    }
}
