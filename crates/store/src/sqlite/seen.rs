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

/// What is forgotten within this time, in milliseconds, is looked up in memory. It bounds how much that is: twice what
/// comes in a quarter of an hour.
const SOON: i64 = 15 * 60 * 1000;

/// As much of a key as tells it from all others. A key is a SHA-256.
type Short = [u8; 16];

/// How long after its end a value may still be in memory, in milliseconds. Clocks may differ by as much.
const OVER: i64 = 60 * 1000;
/// From so many on memory is gone through for what is over, each time it has doubled since.
const MANY: usize = 4096;

/// One value in memory.
#[derive(Clone, Copy)]
struct Known {
    /// Until when it is remembered, in milliseconds.
    expires_at: i64,
    /// Its row.
    number: i64,
}

/// What was used lately: the table `seen_lately`, in memory.
#[derive(Default)]
pub(super) struct Lately {
    known: HashMap<Short, Known>,
    /// The last row that is in memory.
    number: i64,
    /// SQLite's number for what other connections committed, as of the last look. `None` before the first.
    version: Option<i64>,
    /// Whether the open transaction has looked: nobody else can commit before it ends.
    looked: bool,
    /// What the open transaction changed, with what was there before.
    changed: Vec<(Short, Option<Known>)>,
    /// What the open transaction removed from the table: everything that ended before.
    purged: Option<i64>,
    /// How many were left when memory was last gone through.
    left: usize,
}

/// A point in a transaction that one can go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    changed: usize,
    number: i64,
}

impl Lately {
    /// A transaction begins.
    pub(super) fn begun(&mut self) {
        self.looked = false;
        self.changed.clear();
        self.purged = None;
    }

    /// Where the open transaction is.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            changed: self.changed.len(),
            number: self.number,
        }
    }

    /// What was changed since was taken back.
    pub(super) fn rolled_back(&mut self, mark: Mark) {
        for (key, before) in self.changed.drain(mark.changed..).rev() {
            match before {
                Some(known) => self.known.insert(key, known),
                None => self.known.remove(&key),
            };
        }
        // Others may get the numbers now.
        self.number = mark.number;
        self.purged = None;
    }

    /// The transaction is durable.
    pub(super) fn committed(&mut self) {
        if let Some(before) = self.purged.take() {
            self.forget(before);
        }
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
                self.number = row.get(0)?;
                let (number, expires_at) = (self.number, row.get(2)?);
                self.known.insert(short(&row.get(1)?), Known { expires_at, number });
            }
            self.version = Some(version);
        }
        self.looked = true;
        Ok(())
    }

    /// Appends a value. One that is there already and ends sooner gives way: a row that is moved to the end is one that other
    /// processes will look at.
    fn remember(&mut self, connection: &Connection, key: &[u8; 32], expires_at: i64) -> rusqlite::Result<()> {
        self.look(connection)?;
        if self
            .known
            .get(&short(key))
            .is_some_and(|known| known.expires_at >= expires_at)
        {
            return Ok(());
        }
        self.remove(connection, key)?;
        connection
            .prepare_cached("INSERT INTO seen_lately (key, expires_at) VALUES (?1, ?2)")?
            .execute((key, expires_at))?;
        self.number = connection.last_insert_rowid();
        let known = Known {
            expires_at,
            number: self.number,
        };
        self.known.insert(short(key), known);
        self.changed.push((short(key), None));
        Ok(())
    }

    /// Takes a value out.
    fn remove(&mut self, connection: &Connection, key: &[u8; 32]) -> rusqlite::Result<()> {
        self.look(connection)?;
        if let Some(known) = self.known.remove(&short(key)) {
            // Noted before the row is removed: if it cannot be, the change is taken back with what memory lost.
            self.changed.push((short(key), Some(known)));
            connection
                .prepare_cached("DELETE FROM seen_lately WHERE number = ?1")?
                .execute([known.number])?;
        }
        Ok(())
    }

    /// Takes out of memory what is long over, so that its size does not depend on when the table is purged.
    fn bound(&mut self, now: i64) {
        if self.known.len() >= self.left.saturating_mul(2).max(MANY) {
            self.forget(now.saturating_sub(OVER));
            self.left = self.known.len();
        }
    }

    fn forget(&mut self, before: i64) {
        self.known.retain(|_, known| known.expires_at >= before);
        self.known.shrink_to(self.known.len().saturating_mul(2));
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
        if lately.is_some_and(|known| known.expires_at > now) {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM seen WHERE key = ?1 AND expires_at > ?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let found = statement.query_row(params![key.0, now], |_| Ok(())).optional();
        Ok(found.map_err(fault)?.is_none())
    }

    /// Says from now on that the value was used, until `expires_at` at least. Each is in one of the two tables.
    pub(super) fn remember(&mut self, key: SeenKey, expires_at: Timestamp) -> Read<()> {
        let (now, until) = (self.now.millis(), expires_at.millis());
        if until.saturating_sub(now) <= SOON {
            if !self.is_kept_for_long(key, until).map_err(fault)? {
                self.lately.remember(self.connection, &key.0, until).map_err(fault)?;
                self.lately.bound(now);
            }
            return Ok(());
        }
        self.lately.remove(self.connection, &key.0).map_err(fault)?;
        let sql = "INSERT INTO seen (key, expires_at) VALUES (?1, ?2)
                   ON CONFLICT (key) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)";
        self.run(sql, params![key.0, until])
    }

    /// Whether the value is among those that are kept for long; then it is kept until `until`, too.
    fn is_kept_for_long(&self, key: SeenKey, until: i64) -> rusqlite::Result<bool> {
        let sql = "UPDATE seen SET expires_at = max(expires_at, ?2) WHERE key = ?1";
        let kept = self.connection.prepare_cached(sql)?.execute(params![key.0, until])?;
        Ok(kept > 0)
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
            self.lately.purged = Some(before);
        }
        let sql =
            "DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
        Ok(lately + self.remove(sql, (before, left))?)
    }
}
