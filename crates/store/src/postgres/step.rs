//! The parts of which a change's statement is put together. It must not know what they say.

use super::value::Value;
use grantd_protocol::id::RawId;
use std::borrow::Cow;
use std::sync::Arc;

/// Where the composer puts the condition that all guards hold. Each writing step has it once, behind a `WHERE`.
pub(super) const IF_HELD: &str = "{if_held}";
/// Where the composer puts the strength of a guard's row lock.
pub(super) const LOCK: &str = "{lock}";

/// One SQL statement with `?` for its parameters.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) sql: Cow<'static, str>,
    pub(super) values: Vec<Value>,
    /// What it writes or locks.
    pub(super) rows: Rows,
    /// Whether the rows that it removes are counted.
    pub(super) counted: bool,
}

/// Which rows a step touches: two steps that may touch the same row cannot be parts of one statement, which would
/// apply only one of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Rows {
    /// One row of a table.
    One(&'static str, Key),
    /// Unknown rows of these tables.
    Many(&'static [&'static str]),
}

/// The key of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Key {
    Id(RawId),
    Hash([u8; 32]),
    Named(Arc<str>, Arc<str>),
    NamedTwice(Arc<str>, Arc<str>, Arc<str>),
}

impl Rows {
    /// Whether both may touch one row.
    pub(super) fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(table, key), Self::One(other_table, other_key)) => table == other_table && key == other_key,
            (Self::One(table, _), Self::Many(tables)) | (Self::Many(tables), Self::One(table, _)) => {
                tables.contains(table)
            }
            (Self::Many(tables), Self::Many(others)) => tables.iter().any(|table| others.contains(table)),
        }
    }

    /// Whether both may need the same name: in these tables a row's name, apart from its key, is unique, and one step
    /// can give up the name that another takes.
    pub(super) fn may_share_a_name(&self, other: &Self) -> bool {
        let named = |rows: &Self| match rows {
            Self::One(table @ ("grants" | "users"), _) => Some(*table),
            _ => None,
        };
        named(self).is_some() && named(self) == named(other)
    }
}

impl Step {
    pub(super) const fn new(sql: &'static str, rows: Rows, values: Vec<Value>) -> Self {
        Self {
            sql: Cow::Borrowed(sql),
            values,
            rows,
            counted: false,
        }
    }

    /// A step that removes expired rows of a table.
    pub(super) const fn purge(sql: &'static str, tables: &'static [&'static str], values: Vec<Value>) -> Self {
        Self {
            sql: Cow::Borrowed(sql),
            values,
            rows: Rows::Many(tables),
            counted: true,
        }
    }
}
