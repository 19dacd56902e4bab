//! A row's columns, taken one after the other. It knows types, not tables.

use crate::sqlite::fault::fault;
use crate::sqlite::texts::Texts;
use crate::{Read, StoreFault};
use grantd_core::status_list::StatusPlace;
use grantd_protocol::{SecretHash, Timestamp};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A position in a row.
pub(super) struct Cells<'row, 'statement> {
    row: &'row Row<'statement>,
    at: usize,
}

impl<'row, 'statement> Cells<'row, 'statement> {
    pub(super) const fn new(row: &'row Row<'statement>) -> Self {
        Self { row, at: 0 }
    }

    /// The next column.
    pub(super) fn take<T: FromSql>(&mut self) -> Read<T> {
        let value = self.row.get(self.at).map_err(fault);
        self.at += 1;
        value
    }

    /// Passes over columns.
    pub(super) const fn skip(&mut self, columns: usize) {
        self.at += columns;
    }

    /// Whether the next column is NULL; it stays the next one.
    pub(super) fn is_null(&self) -> Read<bool> {
        Ok(matches!(self.row.get_ref(self.at).map_err(fault)?, ValueRef::Null))
    }

    pub(super) fn id<T>(&mut self, wrap: fn([u8; 16]) -> T) -> Read<T> {
        self.take().map(wrap)
    }

    pub(super) fn optional_id<T>(&mut self, wrap: fn([u8; 16]) -> T) -> Read<Option<T>> {
        Ok(self.take::<Option<[u8; 16]>>()?.map(wrap))
    }

    pub(super) fn hash(&mut self) -> Read<SecretHash> {
        self.take().map(SecretHash::from_bytes)
    }

    pub(super) fn time(&mut self) -> Read<Timestamp> {
        self.take().map(Timestamp::from_millis)
    }

    pub(super) fn optional_time(&mut self) -> Read<Option<Timestamp>> {
        Ok(self.take::<Option<i64>>()?.map(Timestamp::from_millis))
    }

    pub(super) fn version(&mut self) -> Read<u64> {
        u64::try_from(self.take::<i64>()?).map_err(|_| corrupt("a version is negative"))
    }

    pub(super) fn place(&mut self) -> Read<Option<StatusPlace>> {
        let place = self.take::<Option<i64>>()?.map(u64::try_from).transpose();
        Ok(place.map_err(|_| corrupt("a place is negative"))?.map(StatusPlace))
    }

    /// The text that the next column's number stands for.
    pub(super) fn text(&mut self, connection: &Connection, texts: &mut Texts) -> Read<Arc<str>> {
        let id = self.take()?;
        texts.text(connection, id)
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Read<T> {
        let text = self.row.get_ref(self.at).map_err(fault)?;
        self.at += 1;
        let text = text.as_str().map_err(|_| corrupt("a JSON column is not a text"))?;
        serde_json::from_str(text).map_err(|_| corrupt("a JSON column is not the record it should be"))
    }
}

/// A row that makes no sense. The message never repeats a value.
pub(super) fn corrupt(what: &str) -> StoreFault {
    StoreFault::Corrupt(what.to_owned())
}
