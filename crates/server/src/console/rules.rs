//! What the realm's configuration says, as the API tells it: permissions and settings; read here and changed in the file.

use super::applications::permissions::risk;
use super::places;
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::listing::{paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Heading, Risk, Tone, Words};
use serde_json::Value;

/// The catalogue.
pub(super) async fn permissions(visit: &Visit<'_>) -> Page {
    let found = visit.listing(Ask::get(path(&["permissions"]))).await?;
    let rows = rows(&found.items, |permission| {
        let (word, tone) = match risk(permission) {
            Risk::Read => ("console-risk-read", Tone::Plain),
            Risk::Change => ("console-risk-change", Tone::Plain),
            Risk::Delete => ("console-risk-delete", Tone::Warning),
            Risk::Money => ("console-risk-money", Tone::Warning),
            Risk::Admin => ("console-risk-admin", Tone::Warning),
        };
        vec![
            Cell::code(text(permission, "name")),
            Cell::given(text(permission, "group")),
            Cell::given(text(permission, "description")),
            Cell::chip(Words::say(word), tone),
        ]
    });
    let columns = [
        "console-permission",
        "console-group",
        "console-permission-lets",
        "console-risk",
    ];
    let empty = ("console-permission-empty", "console-permission-empty-more");
    let table = table(places::PERMISSIONS.title(), &columns, rows, empty);
    let heading = Heading {
        lead: Some(Words::say("console-permissions-lead")),
        ..Heading::new(places::PERMISSIONS.title())
    };
    let pager = visit.pager(&[places::PERMISSIONS.path], &[], found.next.as_deref());
    visit.show(places::PERMISSIONS, heading, vec![paged(table, pager)])
}

/// The realm's settings.
pub(super) async fn settings(visit: &Visit<'_>) -> Page {
    let realm = visit.ask(Ask::get(path(&["realm"]))).await?.body;
    let mut facts = Vec::new();
    flatten("", &realm, &mut facts);
    let mut blocks = Vec::new();
    for loosening in &visit.request.realm.config.loosenings {
        blocks.push(Block::Notice {
            tone: Tone::Warning,
            title: Words::given(loosening.key.clone()),
            text: Some(Words::given(loosening.says.clone())),
            action: None,
        });
    }
    blocks.push(Block::Facts { facts });
    let heading = Heading {
        lead: Some(Words::say("console-settings-lead").with("file", text(&realm, "source"))),
        ..Heading::new(places::SETTINGS.title())
    };
    visit.show(places::SETTINGS, heading, blocks)
}

/// Members of members under the names that the API has for them: they are those of the file.
fn flatten(prefix: &str, value: &Value, facts: &mut Vec<(Words, Cell)>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        let shown = match value {
            Value::Object(_) => {
                flatten(&name, value, facts);
                continue;
            }
            Value::Array(items) if items.is_empty() => Cell::Nothing,
            Value::Array(items) => Cell::Codes {
                texts: items.iter().map(plain).collect(),
            },
            other => Cell::code(plain(other)),
        };
        facts.push((Words::given(name), shown));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let members: Vec<String> = members.values().map(plain).collect();
            members.join(" · ")
        }
        other => other.to_string(),
    }
}

impl Visit<'_> {
    /// The whole catalogue.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(super) async fn catalogue(&self) -> Result<Vec<Value>, Denied> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let ask = Ask::get(path(&["permissions"])).query("limit", "200");
            let found = self.all(ask.query("cursor", cursor.as_str())).await?;
            all.extend(found.items);
            match found.next {
                Some(next) => cursor = next,
                None => return Ok(all),
            }
        }
    }
}
