//! Values that may be used once. Those that are soon forgotten are looked up in memory and kept in a table in the order in
//! which they came: a table that is ordered by their hashes has another page to write for each. Those that are kept for
//! long (imported ones, by the million) are in such a table all the same, and not in memory. It does not know what a
//! value was good for.

use super::apply::Tables;
use super::fault::fault;
use crate::Read;
use grantd_core::change::SeenKey;
use grantd_protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What is forgotten within this time, in milliseconds, is looked up in memory. It bounds how much that is: what comes in
/// a quarter of an hour.
const SOON: i64 = 15 * 60 * 1000;

/// As much of a key as tells it from all others. A key is a SHA-256.
type Short = [u8; 16];

/// What was used lately: the table `seen_lately`, in memory.
#[derive(Default)]
pub(super) struct Lately {
    /// Until when each is remembered, in milliseconds.
    known: HashMap<Short, i64>,
    /// The last row that is in memory.
    number: i64,
    /// SQLite's number for what other connections committed, as of the last look. `None` before the first.
    version: Option<i64>,
    /// Whether the open transaction has looked: nobody else can commit before it ends.
    looked: bool,
    /// What the open transaction added, with what was there before.
    added: Vec<(Short, Option<i64>)>,
}

/// A point in a transaction that one can go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    added: usize,
    number: i64,
}

impl Lately {
    /// A transaction begins.
    pub(super) fn begun(&mut self) {
        self.looked = false;
        self.added.clear();
    }

    /// Where the open transaction is.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            added: self.added.len(),
            number: self.number,
        }
    }

    /// What was added since was taken back.
    pub(super) fn rolled_back(&mut self, mark: Mark) {
        for (key, before) in self.added.drain(mark.added..).rev() {
            match before {
                Some(expires_at) => self.known.insert(key, expires_at),
                None => self.known.remove(&key),
            };
        }
        // Others may get the numbers now.
        self.number = mark.number;
    }

    /// Brings memory up to date with what other processes added.
    fn look(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.looked {
            return Ok(());
        }
        let version = connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if self.version != Some(version) {
            let sql = "SELECT number, key, expires_at FROM seen_lately WHERE number > ?1 ORDER BY number";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([self.number])?;
            while let Some(row) = rows.next()? {
                let (key, expires_at) = (short(&row.get(1)?), row.get(2)?);
                let known = self.known.entry(key).or_insert(expires_at);
                *known = expires_at.max(*known);
                self.number = row.get(0)?;
            }
            self.version = Some(version);
        }
        self.looked = true;
        Ok(())
    }

    fn remember(&mut self, connection: &Connection, key: &[u8; 32], expires_at: i64) -> rusqlite::Result<()> {
        self.look(connection)?;
        let before = match self.known.entry(short(key)) {
            Entry::Occupied(known) if *known.get() >= expires_at => return Ok(()),
            Entry::Occupied(mut known) => Some(known.insert(expires_at)),
            Entry::Vacant(place) => {
                place.insert(expires_at);
                None
            }
        };
        // Before the row is written: if it cannot be, the change is taken back with what memory got.
        self.added.push((short(key), before));
        connection
            .prepare_cached("INSERT INTO seen_lately (key, expires_at) VALUES (?1, ?2)")?
            .execute((key, expires_at))?;
        self.number = connection.last_insert_rowid();
        Ok(())
    }

    /// Forgets what the table has no more.
    fn forget(&mut self, before: i64) {
        self.known.retain(|_, expires_at| *expires_at >= before);
        self.known.shrink_to(self.known.len() * 2);
    }
}

fn short(key: &[u8; 32]) -> Short {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *key;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

impl Tables<'_> {
    /// Whether nothing says that the value was used.
    pub(super) fn is_unseen(&mut self, key: SeenKey) -> Read<bool> {
        let now = self.now.millis();
        self.lately.look(self.connection).map_err(fault)?;
        let lately = self.lately.known.get(&short(&key.0));
        if lately.is_some_and(|expires_at| *expires_at > now) {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM seen WHERE key = ?1 AND expires_at > ?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let found = statement.query_row(params![key.0, now], |_| Ok(())).optional();
        Ok(found.map_err(fault)?.is_none())
    }

    /// Says from now on that the value was used, until `expires_at` at least.
    pub(super) fn remember(&mut self, key: SeenKey, expires_at: Timestamp) -> Read<()> {
        let until = expires_at.millis();
        if until.saturating_sub(self.now.millis()) <= SOON {
            return self.lately.remember(self.connection, &key.0, until).map_err(fault);
        }
        let sql = "INSERT INTO seen (key, expires_at) VALUES (?1, ?2)
                   ON CONFLICT (key) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)";
        self.run(sql, params![key.0, until])
    }

    /// Removes at most `limit` values that expired before `before`.
    pub(super) fn purge_seen(&mut self, (before, limit): (i64, u32)) -> rusqlite::Result<u64> {
        let lately = self.remove(
            "DELETE FROM seen_lately WHERE number IN
             (SELECT number FROM seen_lately WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
            (before, limit),
        )?;
        let left = limit.saturating_sub(u32::try_from(lately).unwrap_or(limit));
        if left > 0 {
            // The last of this range: once for all of it, since all that is kept is gone through.
            self.lately.forget(before);
        }
        let sql =
            "DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
        Ok(lately + self.remove(sql, (before, left))?)
    }
}
