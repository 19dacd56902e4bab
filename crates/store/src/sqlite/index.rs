//! The index of access tokens by client, by user and by tenant, written behind: an index that is kept with every insert costs
//! more than the insert, since its rows land all over the place. Here they are added in the background, sorted, a
//! batch at a time. Lists read it up to the watermark and scan what is younger.

use super::fault::fault;
use crate::Read;
use grantd_core::record::AccessRecord;
use grantd_protocol::id::AccessId;
use rusqlite::{Connection, OptionalExtension as _};

/// Rows younger than this, in milliseconds before the youngest, are left for the next time: ids are drawn before they
/// are committed, and a row that comes in below the watermark must be indexed on its own.
const LAG: u64 = 5_000;

/// The number under which a client's tokens are indexed. Collisions cost time alone: rows are checked again.
pub(super) fn of_client(realm: &str, client_id: &str) -> i64 {
    number(b"c", realm, client_id)
}

/// The number under which a user's tokens are indexed.
pub(super) fn of_subject(realm: &str, subject: &str) -> i64 {
    number(b"s", realm, subject)
}

/// The number under which a tenant's tokens are indexed.
pub(super) fn of_tenant(realm: &str, tenant: &str) -> i64 {
    number(b"t", realm, tenant)
}

fn number(kind: &[u8], realm: &str, name: &str) -> i64 {
    let mut high = crc32fast::Hasher::new();
    high.update(kind);
    high.update(realm.as_bytes());
    let low = crc32fast::hash(name.as_bytes());
    // Two 32-bit halves fill the 64 bits.
    (i64::from(high.finalize()) << 32) | i64::from(low)
}

/// Up to which id rows are indexed.
pub(super) fn watermark(connection: &Connection) -> rusqlite::Result<AccessId> {
    let bytes: Option<[u8; 16]> = connection
        .prepare_cached("SELECT value FROM meta WHERE name = 'access_indexed'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(AccessId::from_bytes(bytes.unwrap_or_default()))
}

/// The watermark as one transaction sees it: read at most once, since nobody else can move it meanwhile.
#[derive(Default)]
pub(super) struct Watermark(Option<AccessId>);

impl Watermark {
    fn read(&mut self, connection: &Connection) -> rusqlite::Result<AccessId> {
        match self.0 {
            Some(known) => Ok(known),
            None => Ok(*self.0.insert(watermark(connection)?)),
        }
    }

    /// To be called when a transaction begins, and when the watermark is moved in it.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}

/// Indexes a new row if it came in below the watermark.
pub(super) fn note_late(connection: &Connection, watermark: &mut Watermark, row: &AccessRecord) -> Read<()> {
    if row.id > watermark.read(connection).map_err(fault)? {
        return Ok(());
    }
    let subject = (row.subject != row.client_id).then(|| of_subject(&row.realm, &row.subject));
    let tenant = row.tenant.as_ref().map(|tenant| of_tenant(&row.realm, tenant));
    for owner in [Some(of_client(&row.realm, &row.client_id)), subject, tenant]
        .into_iter()
        .flatten()
    {
        add(connection, owner, row.id.as_bytes()).map_err(fault)?;
    }
    Ok(())
}

/// Moves the watermark on by at most `limit` rows; says by how many.
pub(super) fn advance(connection: &Connection, limit: u32) -> Read<u64> {
    try_advance(connection, limit).map_err(fault)
}

fn try_advance(connection: &Connection, limit: u32) -> rusqlite::Result<u64> {
    let from = watermark(connection)?;
    let youngest: Option<[u8; 16]> = connection
        .prepare_cached("SELECT max(id) FROM access")?
        .query_row([], |row| row.get(0))?;
    let Some(youngest) = youngest else {
        return Ok(0);
    };
    let sql = "SELECT a.id, r.text, c.text, a.subject, a.tenant FROM access a
               JOIN texts r ON r.id = a.realm JOIN texts c ON c.id = a.client
               WHERE a.id > ?1 AND a.id < ?2 ORDER BY a.id LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((from.as_bytes(), lagging(youngest), limit))?;
    let mut owned: Vec<(i64, [u8; 16])> = Vec::new();
    let (mut count, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let (realm, client) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        owned.push((of_client(realm, client), id));
        if let Some(subject) = row.get_ref(3)?.as_str_or_null()? {
            owned.push((of_subject(realm, subject), id));
        }
        if let Some(tenant) = row.get_ref(4)?.as_str_or_null()? {
            owned.push((of_tenant(realm, tenant), id));
        }
        (count, last) = (count + 1, Some(id));
    }
    // In the index's own order, so that a page is visited once.
    owned.sort_unstable();
    let mut insert = connection.prepare_cached(ADD)?;
    for entry in owned {
        insert.execute(entry)?;
    }
    if let Some(last) = last {
        let sql = "INSERT INTO meta (name, value) VALUES ('access_indexed', ?1)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        connection.prepare_cached(sql)?.execute([last])?;
    }
    Ok(count)
}

/// The smallest id of the time [`LAG`] before `youngest`.
fn lagging(youngest: [u8; 16]) -> [u8; 16] {
    let [a, b, c, d, e, f, ..] = youngest;
    let time = u64::from_be_bytes([0, 0, a, b, c, d, e, f]).saturating_sub(LAG);
    let [_, _, a, b, c, d, e, f] = time.to_be_bytes();
    [a, b, c, d, e, f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

const ADD: &str = "INSERT INTO access_by_owner (owner, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

fn add(connection: &Connection, owner: i64, id: &[u8; 16]) -> rusqlite::Result<()> {
    connection.prepare_cached(ADD)?.execute((owner, id)).map(drop)
}

/// Takes a removed row out of the index.
pub(super) fn remove(connection: &Connection, owner: i64, id: &[u8; 16]) -> rusqlite::Result<()> {
    let sql = "DELETE FROM access_by_owner WHERE owner = ?1 AND id = ?2";
    connection.prepare_cached(sql)?.execute((owner, id)).map(drop)
}
