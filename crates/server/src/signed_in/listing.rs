//! Lists of the API as tables: a page of items, the way to the next one, and what the items say.

use super::Visit;
use super::fields::hidden;
use crate::api::inside::{Ask, Denied};
use grantd_pages::{Block, Cell, Column, Empty, Field, FieldKind, Filters, LocalUrl, Offer, Row, Sort, Table, Words};
use serde_json::Value;

/// Items of a page.
const LIMIT: &str = "50";

/// A page of a list.
pub(crate) struct Listing {
    /// The items.
    pub(crate) items: Vec<Value>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

impl Visit<'_> {
    /// The page of a list that the address asks for.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(crate) async fn listing(&self, ask: Ask<'_>) -> Result<Listing, Denied> {
        let cursor = self.asked("cursor");
        self.all(ask.query("limit", LIMIT).query("cursor", cursor)).await
    }

    /// A list whose first page is enough.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(crate) async fn all(&self, ask: Ask<'_>) -> Result<Listing, Denied> {
        let mut body = self.ask(ask).await?.body;
        let next = body.get("next").and_then(Value::as_str).map(str::to_owned);
        let items = match body.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        Ok(Listing { items, next })
    }

    /// The ways to the first and the next page of a list at `pieces`, with the filters named `kept`.
    pub(crate) fn pager(
        &self,
        pieces: &[&str],
        kept: &[&str],
        next: Option<&str>,
    ) -> (Option<LocalUrl>, Option<LocalUrl>) {
        let with = |cursor: &str| {
            let mut query: Vec<(&str, &str)> = kept.iter().map(|name| (*name, self.asked(name))).collect();
            query.extend([("sort", self.asked("sort")), ("cursor", cursor)]);
            self.url_with(pieces, &query)
        };
        let first = (!self.asked("cursor").is_empty()).then(|| with(""));
        (first, next.map(with))
    }

    /// Lets a list at `pieces` with the filters named `kept` be sorted by columns: the number of each, and what the API calls
    /// it. `unasked` is how it is sorted where nobody says.
    pub(crate) fn sortable(
        &self,
        table: &mut Table,
        pieces: &[&str],
        kept: &[&str],
        (columns, unasked): (&[(usize, &str)], &str),
    ) {
        let asked = self.asked("sort");
        let now = if asked.is_empty() { unasked } else { asked };
        for (number, name) in columns {
            let (order, other) = if now == *name {
                ("ascending", format!("-{name}"))
            } else if now.strip_prefix('-') == Some(name) {
                ("descending", (*name).to_owned())
            } else {
                ("none", (*name).to_owned())
            };
            let filters = kept.iter().map(|name| (*name, self.asked(name)));
            let query: Vec<(&str, &str)> = filters.chain([("sort", other.as_str())]).collect();
            let href = self.url_with(pieces, &query);
            if let Some(column) = table.columns.get_mut(*number) {
                column.sort = Some(Sort { href, order });
            }
        }
        // A filter is set without another order.
        if let Some(filters) = table.filters.as_mut().filter(|_| !asked.is_empty()) {
            filters.fields.push(hidden("sort", asked));
        }
    }

    /// What narrows a list at `pieces`.
    pub(crate) fn filters(&self, pieces: &[&str], fields: Vec<Field>) -> Filters {
        let is_set = fields.iter().any(|field| !self.asked(&field.name).is_empty());
        Filters {
            action: self.url(pieces),
            fields,
            clear: is_set.then(|| self.url(pieces)),
            finds: false,
        }
    }

    /// A field of a filter that one writes into.
    pub(crate) fn search(&self, name: &'static str, label: Words) -> Field {
        let value = self.asked(name).to_owned();
        of_a_filter(name, label, FieldKind::Line { value, input: "search" })
    }

    /// A field of a filter that one chooses from; the first offer has no value and filters nothing.
    pub(crate) fn choice(&self, name: &'static str, label: Words, offers: Vec<(&str, Words)>) -> Field {
        let any = ("", Words::say("area-any"));
        let offer = |(value, label): (&str, Words)| Offer {
            value: value.to_owned(),
            label,
            hint: None,
            chosen: self.asked(name) == value,
        };
        let offers = std::iter::once(any).chain(offers).map(offer).collect();
        of_a_filter(name, label, FieldKind::Select { offers })
    }
}

fn of_a_filter(name: &str, label: Words, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        label,
        hint: None,
        required: false,
        error: None,
        kind,
    }
}

/// The rows of a table.
pub(crate) fn rows(items: &[Value], cells: impl Fn(&Value) -> Vec<Cell>) -> Vec<Row> {
    items.iter().map(|item| Row { cells: cells(item) }).collect()
}

/// A table with columns of these names, and what stands in the place of no rows: a title and a sentence.
pub(crate) fn table(
    caption: Words,
    columns: &[&'static str],
    rows: Vec<Row>,
    (title, text): (&'static str, &'static str),
) -> Table {
    Table {
        caption,
        filters: None,
        columns: columns.iter().map(|name| Column::new(Words::say(name))).collect(),
        rows,
        empty: Empty {
            title: Words::say(title),
            text: Words::say(text),
            action: None,
        },
        first: None,
        next: None,
    }
}

/// A table on a page, with the ways between its pages.
pub(crate) fn paged(mut table: Table, (first, next): (Option<LocalUrl>, Option<LocalUrl>)) -> Block {
    table.first = first;
    table.next = next;
    Block::Table(Box::new(table))
}

/// A text of an item; empty where it has none.
pub(crate) fn text<'v>(item: &'v Value, name: &str) -> &'v str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The texts of a list in an item.
pub(crate) fn texts(item: &Value, name: &str) -> Vec<String> {
    let list = item.get(name).and_then(Value::as_array);
    let list = list.into_iter().flatten().filter_map(Value::as_str);
    list.map(str::to_owned).collect()
}

/// Whether an item says so.
pub(crate) fn flag(item: &Value, name: &str) -> bool {
    item.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// An instant of an item.
pub(crate) fn instant(item: &Value, name: &str) -> Cell {
    match item.get(name).and_then(Value::as_i64) {
        Some(secs) => Cell::Time { secs },
        None => Cell::Nothing,
    }
}

/// A text of an item for machines.
pub(crate) fn code(item: &Value, name: &str) -> Cell {
    match text(item, name) {
        "" => Cell::Nothing,
        text => Cell::code(text),
    }
}
