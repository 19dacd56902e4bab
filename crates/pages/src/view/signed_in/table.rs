//! Lists: filtered, sorted and paged by the server, with plain links and GET forms.

use serde::Serialize;

use super::{Empty, Field, Tone};
use crate::link::LocalUrl;
use crate::view::Words;

/// A list.
#[derive(Clone, Serialize)]
pub struct Table {
    /// What is listed, for those who do not see where it stands.
    pub caption: Words,
    /// What narrows it.
    pub filters: Option<Filters>,
    /// Its columns. The first one names the row.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What stands in the place of no rows.
    pub empty: Empty,
    /// The first page, where this is another.
    pub first: Option<LocalUrl>,
    /// The next page, where there is one.
    pub next: Option<LocalUrl>,
}

/// What narrows a list.
#[derive(Clone, Serialize)]
pub struct Filters {
    /// Where the form leads.
    pub action: LocalUrl,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The list without filters, where there are some.
    pub clear: Option<LocalUrl>,
    /// Whether there is nothing to see before something is asked for. Otherwise nothing narrows a list of nothing.
    pub finds: bool,
}

/// A column.
#[derive(Clone, Serialize)]
pub struct Column {
    /// Its name.
    pub label: Words,
    /// How the list can be sorted by it.
    pub sort: Option<Sort>,
    /// Whether it stands at the end of its cell: numbers.
    pub end: bool,
}

impl Column {
    /// One that is not sorted by.
    #[must_use]
    pub const fn new(label: Words) -> Self {
        Self {
            label,
            sort: None,
            end: false,
        }
    }
}

/// How a list can be sorted by a column.
#[derive(Clone, Serialize)]
pub struct Sort {
    /// The list sorted by it, or the other way round.
    pub href: LocalUrl,
    /// How it is sorted by it now: `ascending`, `descending`, or `none`.
    pub order: &'static str,
}

/// A row.
#[derive(Clone, Serialize)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// What stands in a cell.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cell {
    /// Nothing.
    Nothing,
    /// Words.
    Text {
        /// The words.
        text: Words,
    },
    /// Words in the background.
    Quiet {
        /// The words.
        text: Words,
    },
    /// A link.
    Link {
        /// The words.
        text: Words,
        /// Where it leads.
        href: LocalUrl,
        /// Something quiet below it.
        more: Option<String>,
    },
    /// Something for machines.
    Code {
        /// As it is.
        text: String,
    },
    /// Several of those, one below the other.
    Codes {
        /// As they are.
        texts: Vec<String>,
    },
    /// An instant.
    Time {
        /// Seconds since 1970.
        secs: i64,
    },
    /// A word on a tinted ground.
    Chip {
        /// The word.
        text: Words,
        /// How it stands.
        tone: Tone,
    },
    /// Several of those.
    Chips {
        /// Word and tone.
        chips: Vec<(Words, Tone)>,
    },
    /// What was, and what is.
    Change {
        /// Before.
        before: Option<String>,
        /// After.
        after: Option<String>,
    },
}

impl Cell {
    /// Words.
    #[must_use]
    pub const fn text(text: Words) -> Self {
        Self::Text { text }
    }

    /// Something from outside.
    #[must_use]
    pub fn given(text: impl Into<String>) -> Self {
        Self::Text {
            text: Words::given(text),
        }
    }

    /// Something for machines.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code { text: text.into() }
    }

    /// A link.
    #[must_use]
    pub const fn link(text: Words, href: LocalUrl) -> Self {
        Self::Link { text, href, more: None }
    }

    /// A word on a tinted ground.
    #[must_use]
    pub const fn chip(text: Words, tone: Tone) -> Self {
        Self::Chip { text, tone }
    }
}
