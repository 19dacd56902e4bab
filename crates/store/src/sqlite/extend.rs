//! Rows that live on after a use of theirs: a family at its next refresh, a code that was spent. The texts that they
//! name are kept as long as they are.

use super::apply::Tables;
use super::fault::fault;
use crate::Read;
use grantd_core::record::Binding;
use grantd_protocol::Timestamp;
use grantd_protocol::id::{CodeId, FamilyId, GrantId};
use rusqlite::{OptionalExtension as _, Row, params};

/// A family that is not ended, as far as its extension needs it.
pub(super) struct LiveFamily {
    pub(super) id: FamilyId,
    /// The numbers of the texts it names.
    texts: [i64; 5],
    /// When the purge will look at it.
    look_at: i64,
    /// Its grant, where that is known not to be ended either.
    pub(super) live_grant: Option<GrantId>,
}

/// What [`LiveFamily::of`] reads.
macro_rules! family_columns {
    () => {
        "f.realm, f.client, f.issuer, f.resource, f.scope, f.look_at"
    };
}
pub(super) use family_columns;

impl LiveFamily {
    pub(super) fn of(id: FamilyId, row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id,
            texts: texts(row)?,
            look_at: row.get(5)?,
            live_grant: None,
        })
    }
}

fn texts(row: &Row<'_>) -> rusqlite::Result<[i64; 5]> {
    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
}

impl Tables<'_> {
    pub(super) fn rotate(
        &mut self,
        id: FamilyId,
        to: u32,
        at: Timestamp,
        rotated_for: Option<Binding>,
        idle: Timestamp,
    ) -> Read<()> {
        let sql = "UPDATE families SET generation = ?2, rotated_at = ?3, idle_expires_at = ?4, rotated_for = ?5
                   WHERE id = ?1 AND ended_at IS NULL";
        let bound = rotated_for.map(Binding::to_bytes);
        self.run(sql, params![id.as_bytes(), to, at.millis(), idle.millis(), bound])?;
        self.keep_family(id, idle)
    }

    pub(super) fn touch(&mut self, id: FamilyId, idle: Timestamp) -> Read<()> {
        let sql = "UPDATE families SET idle_expires_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
        self.run(sql, params![id.as_bytes(), idle.millis()])?;
        self.keep_family(id, idle)
    }

    /// What a family that got a new idle end names is kept until then. The purge looks at it when it would have anyway,
    /// and sooner where the end was brought forward.
    fn keep_family(&mut self, id: FamilyId, idle: Timestamp) -> Read<()> {
        let seen = self.family.take().filter(|family| family.id == id);
        let Some(family) = seen.map_or_else(|| self.live_family(id), |seen| Ok(Some(seen)))? else {
            return Ok(());
        };
        if idle.millis() < family.look_at {
            let sql = "UPDATE families SET look_at = ?2 WHERE id = ?1";
            self.run(sql, params![id.as_bytes(), idle.millis()])?;
        }
        self.texts.keep(self.connection, family.texts, idle)
    }

    fn live_family(&self, id: FamilyId) -> Read<Option<LiveFamily>> {
        let sql = concat!(
            "SELECT ",
            family_columns!(),
            " FROM families f WHERE f.id = ?1 AND f.ended_at IS NULL"
        );
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let row = statement.query_row([id.as_bytes()], |row| LiveFamily::of(id, row));
        row.optional().map_err(fault)
    }

    pub(super) fn spend_code(&mut self, id: CodeId, at: Timestamp, keep_until: Timestamp) -> Read<()> {
        let sql = "UPDATE codes SET spent_at = ?2, keep_until = ?3 WHERE id = ?1 AND spent_at IS NULL
                   RETURNING realm, client, issuer, resource, scope";
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let spent = params![id.as_bytes(), at.millis(), keep_until.millis()];
        let named = statement.query_row(spent, texts).optional().map_err(fault)?;
        named.map_or(Ok(()), |named| self.texts.keep(self.connection, named, keep_until))
    }
}
