//! How lists are sorted other than by id: by which column, which way, and where a page begins. A store has an index for
//! each of the columns, in both directions, so that a page costs the same wherever it is.

use grantd_core::record::{ClientRecord, UserRecord};
use grantd_protocol::Timestamp;

/// By what a list is sorted, and which way. Rows that are alike there are in the order of their ids, the same way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sorting<C> {
    /// The column.
    pub by: C,
    /// The highest first.
    pub descending: bool,
}

/// A page of a sorted list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sorted<C> {
    /// The realm's name.
    pub realm: String,
    /// What this developer owns alone; of users nothing is owned.
    pub owner: Option<String>,
    /// How it is sorted.
    pub sorting: Sorting<C>,
    /// Behind this row.
    pub behind: Option<Place>,
    /// At most so many rows.
    pub limit: u32,
}

/// What clients are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientColumn {
    /// The name. The letters from A to Z are the same in both cases; everything else is in the order of its bytes, which is
    /// the same in every store. Names count by their first 120 characters: an index has no room for all that a name can be.
    Name,
    /// When it was made.
    Created,
}

/// What users are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserColumn {
    /// The username's key ([`UserRecord::key_of`]).
    Username,
    /// When they were made.
    Created,
}

/// Characters of a name by which rows are sorted; the stores' schemas say the same.
const NAME: usize = 120;

/// What a row has in a column.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SortValue {
    /// A text.
    Text(String),
    /// An instant.
    Time(Timestamp),
}

/// Where a row stands in a sorted list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// What it has in the column.
    pub value: SortValue,
    /// Its id.
    pub id: String,
}

/// A column of rows of one kind.
pub trait Column: Copy {
    /// The rows.
    type Row;

    /// Where a row stands in a list that is sorted by it.
    fn place(self, row: &Self::Row) -> Place;

    /// Whether it has instants; otherwise it has texts.
    fn has_times(self) -> bool;
}

impl Column for ClientColumn {
    type Row = ClientRecord;

    fn place(self, row: &ClientRecord) -> Place {
        let value = match self {
            Self::Name => SortValue::Text(row.name.to_ascii_lowercase().chars().take(NAME).collect()),
            Self::Created => SortValue::Time(row.created_at),
        };
        Place {
            value,
            id: row.client_id.to_string(),
        }
    }

    fn has_times(self) -> bool {
        self == Self::Created
    }
}

impl Column for UserColumn {
    type Row = UserRecord;

    fn place(self, row: &UserRecord) -> Place {
        let value = match self {
            Self::Username => SortValue::Text(UserRecord::key_of(&row.username)),
            Self::Created => SortValue::Time(row.created_at),
        };
        Place {
            value,
            id: row.id.to_string(),
        }
    }

    fn has_times(self) -> bool {
        self == Self::Created
    }
}

impl<C> Sorting<C> {
    /// The comparison of what is behind a place, and the words for the order, in SQL.
    pub(crate) const fn sql(&self) -> (&'static str, &'static str) {
        if self.descending { ("<", "DESC") } else { (">", "ASC") }
    }
}

impl<C: Column> Sorted<C> {
    /// The rows behind the place, in order: how a store without indices does it.
    pub(crate) fn rows(&self, rows: impl Iterator<Item = C::Row>) -> Vec<C::Row> {
        let Sorting { by, descending } = self.sorting;
        let mut placed: Vec<(Place, C::Row)> = rows.map(|row| (by.place(&row), row)).collect();
        placed.sort_by(|(left, _), (right, _)| left.cmp(right));
        if descending {
            placed.reverse();
        }
        let is_behind = |place: &Place| match (&self.behind, descending) {
            (None, _) => true,
            (Some(behind), false) => place > behind,
            (Some(behind), true) => place < behind,
        };
        let rows = placed.into_iter().filter(|(place, _)| is_behind(place));
        rows.map(|(_, row)| row).collect()
    }
}
