//! Texts that are stored once and named by a number in hot rows: realms, issuers, clients, resources, scopes. A token
//! with three hundred permissions then costs the same row as one with three. It does not know what a text means.
//!
//! Each text carries until when it must be kept, at least as long as any row that names it: so texts that somebody
//! made up on purpose (another subset of scopes with every request) leave with the rows.

use crate::Read;
use crate::StoreFault;
use crate::sqlite::fault::fault;
use grantd_protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// How much longer than asked for a text is kept, in milliseconds: its row is then written once a day, not with every
/// token.
const SLACK: i64 = 24 * 60 * 60 * 1000;
/// When a cache is emptied: so many texts, or so many bytes of them.
const MOST_TEXTS: usize = 4096;
const MOST_BYTES: usize = 1 << 20;

/// For numbers that the database gives one after the other: nobody outside chooses them, and every row that is read looks
/// five of them up.
type ByNumber = BuildHasherDefault<NumberHasher>;

/// One multiplication, which spreads small numbers over all bits.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

struct Known {
    text: Arc<str>,
    id: i64,
    keep_until: i64,
}

/// The writer's side: text to number.
#[derive(Default)]
pub(super) struct Interned {
    /// By checksum. Two texts with one checksum displace each other, which costs time and nothing else.
    known: HashMap<u32, Known>,
    bytes: usize,
    /// Until when texts are kept, by number.
    kept: HashMap<i64, i64, ByNumber>,
    /// Whether the open transaction wrote texts, which a rollback would take back.
    dirty: bool,
}

impl Interned {
    /// The number of a text that must be kept until `until`.
    pub(super) fn id(&mut self, connection: &Connection, text: &Arc<str>, until: Timestamp) -> Read<i64> {
        let hash = crc32fast::hash(text.as_bytes());
        let until = until.millis();
        if let Some(known) = self.known.get(&hash)
            && known.text == *text
            && known.keep_until >= until
        {
            return Ok(known.id);
        }
        let keep_until = until.saturating_add(SLACK);
        let id = self.store(connection, hash, text, keep_until).map_err(fault)?;
        if self.known.len() >= MOST_TEXTS || self.bytes >= MOST_BYTES {
            self.forget();
        }
        self.bytes += text.len();
        let text = Arc::clone(text);
        self.known.insert(hash, Known { text, id, keep_until });
        Ok(id)
    }

    /// Keeps texts longer whose row lives longer than was known. The row's numbers are given, not the texts.
    pub(super) fn keep(&mut self, connection: &Connection, ids: [i64; 5], until: Timestamp) -> Read<()> {
        let until = until.millis();
        for id in ids {
            if self.kept.get(&id).is_none_or(|kept| *kept < until) {
                let kept = self.keep_one(connection, id, until).map_err(fault)?;
                if self.kept.len() >= MOST_TEXTS {
                    self.kept.clear();
                }
                self.kept.insert(id, kept);
            }
        }
        Ok(())
    }

    /// Until when the text is kept from now on.
    fn keep_one(&mut self, connection: &Connection, id: i64, until: i64) -> rusqlite::Result<i64> {
        let kept: Option<i64> = connection
            .prepare_cached("SELECT keep_until FROM texts WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        match kept {
            Some(kept) if kept >= until => Ok(kept),
            _ => {
                self.dirty = true;
                let keep_until = until.saturating_add(SLACK);
                connection
                    .prepare_cached("UPDATE texts SET keep_until = ?2 WHERE id = ?1")?
                    .execute((id, keep_until))?;
                Ok(keep_until)
            }
        }
    }

    fn store(&mut self, connection: &Connection, hash: u32, text: &str, keep_until: i64) -> rusqlite::Result<i64> {
        self.dirty = true;
        let sql = "UPDATE texts SET keep_until = max(keep_until, ?3) WHERE hash = ?1 AND text = ?2 RETURNING id";
        let found = connection
            .prepare_cached(sql)?
            .query_row((hash, text, keep_until), |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        let sql = "INSERT INTO texts (hash, text, keep_until) VALUES (?1, ?2, ?3) RETURNING id";
        connection
            .prepare_cached(sql)?
            .query_row((hash, text, keep_until), |row| row.get(0))
    }

    /// What was written is durable.
    pub(super) fn committed(&mut self) {
        self.dirty = false;
    }

    /// Something of the transaction was taken back, perhaps texts.
    pub(super) fn rolled_back(&mut self) {
        if self.dirty {
            self.forget();
        }
    }

    /// Empties the cache.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.kept.clear();
        self.bytes = 0;
    }
}

/// A reader's side: number to text. A number means one text for ever.
#[derive(Default)]
pub(super) struct Texts {
    known: HashMap<i64, Arc<str>, ByNumber>,
    bytes: usize,
}

impl Texts {
    /// The text with a number.
    pub(super) fn text(&mut self, connection: &Connection, id: i64) -> Read<Arc<str>> {
        if let Some(text) = self.known.get(&id) {
            return Ok(Arc::clone(text));
        }
        let text: Option<Arc<str>> = connection
            .prepare_cached("SELECT text FROM texts WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
            .map_err(fault)?;
        let text = text.ok_or_else(|| StoreFault::Corrupt(format!("text {id} does not exist")))?;
        if self.known.len() >= MOST_TEXTS || self.bytes >= MOST_BYTES {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += text.len();
        self.known.insert(id, Arc::clone(&text));
        Ok(text)
    }
}

/// The number of a text, if any row ever named it.
pub(super) fn find(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM texts WHERE hash = ?1 AND text = ?2")?
        .query_row((crc32fast::hash(text.as_bytes()), text), |row| row.get(0))
        .optional()
}
