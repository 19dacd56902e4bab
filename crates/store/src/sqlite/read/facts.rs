//! Point reads: a row by its key, with the fate of what it hangs off, in one statement each.

use super::Reader;
use super::cells::Cells;
use super::rows::{self, columns};
use crate::Read;
use crate::sqlite::fault::fault;
use crate::sqlite::texts::Texts;
use grantd_core::change::CounterKey;
use grantd_core::record::{
    ClientRecord, CodeFacts, FamilyFacts, GrantRecord, KeyRecord, MembershipRecord, SessionFacts, TenantRecord,
    UpstreamLink, UserRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{CodeId, FamilyId, SessionId};
use rusqlite::{Connection, Params, params};
use std::sync::Arc;

/// A row that holds a delegation, with what the delegation stands on: the grant, the session and the user.
macro_rules! with_standing {
    ($kind:ident, $table:literal) => {
        concat!(
            "SELECT ",
            columns!(delegation),
            ", ",
            columns!($kind),
            ", ",
            columns!(grant),
            ", ",
            columns!(session),
            ", ",
            columns!(user),
            " FROM ",
            $table,
            " d JOIN texts t ON t.id = d.realm
              LEFT JOIN grants g ON g.id = d.grant_id
              LEFT JOIN sessions s ON s.id = d.session
              LEFT JOIN users su ON su.realm = s.realm AND su.id = s.user
              LEFT JOIN users u ON u.realm = t.text AND u.id = d.user
              WHERE d.id = ?1"
        )
    };
}

const CODE: &str = with_standing!(code, "codes");
const FAMILY: &str = with_standing!(family, "families");

const SESSION: &str = concat!(
    "SELECT ",
    columns!(session),
    ", su.version, su.body FROM sessions s LEFT JOIN users su ON su.realm = s.realm AND su.id = s.user WHERE s.id = ?1"
);

impl Reader {
    pub(in crate::sqlite) fn code(&mut self, id: CodeId) -> Read<Option<CodeFacts>> {
        self.one(CODE, [id.as_bytes()], |cells, connection, texts| {
            Ok(CodeFacts {
                code: rows::code(cells, connection, texts)?,
                grant: rows::optional_grant(cells)?,
                session: rows::optional_session(cells)?,
                user: rows::optional_user(cells)?,
            })
        })
    }

    pub(in crate::sqlite) fn family(&mut self, id: FamilyId) -> Read<Option<FamilyFacts>> {
        self.one(FAMILY, [id.as_bytes()], |cells, connection, texts| {
            Ok(FamilyFacts {
                family: rows::family(cells, connection, texts)?,
                grant: rows::optional_grant(cells)?,
                session: rows::optional_session(cells)?,
                user: rows::optional_user(cells)?,
            })
        })
    }

    pub(in crate::sqlite) fn session(&mut self, id: SessionId) -> Read<Option<SessionFacts>> {
        self.one(SESSION, [id.as_bytes()], |cells, _, _| {
            Ok(SessionFacts {
                session: rows::session(cells)?,
                user: rows::optional_user(cells)?,
            })
        })
    }

    pub(in crate::sqlite) fn client(&mut self, realm: &str, client_id: &str) -> Read<Option<ClientRecord>> {
        let sql = "SELECT body FROM clients WHERE realm = ?1 AND id = ?2";
        self.one(sql, (realm, client_id), |cells, _, _| cells.json())
    }

    pub(in crate::sqlite) fn user(&mut self, realm: &str, id: &str) -> Read<Option<UserRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(user),
            " FROM users u WHERE u.realm = ?1 AND u.id = ?2"
        );
        self.one(sql, (realm, id), |cells, _, _| rows::user(cells))
    }

    pub(in crate::sqlite) fn user_by_key(&mut self, realm: &str, key: &str) -> Read<Option<UserRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(user),
            " FROM users u WHERE u.realm = ?1 AND u.key = ?2"
        );
        self.one(sql, (realm, key), |cells, _, _| rows::user(cells))
    }

    pub(in crate::sqlite) fn linked_user(&mut self, realm: &str, key: [u8; 32]) -> Read<Option<Arc<str>>> {
        let sql = "SELECT user FROM upstream_links WHERE realm = ?1 AND key = ?2";
        self.one(sql, (realm, key), |cells, _, _| Ok(cells.take::<String>()?.into()))
    }

    pub(in crate::sqlite) fn links_of(&mut self, realm: &str, user: &str) -> Read<Vec<UpstreamLink>> {
        let sql = "SELECT key, made_at, used_at, person FROM upstream_links
                   WHERE realm = ?1 AND user = ?2 AND person IS NOT NULL ORDER BY made_at, key";
        self.all(sql, (realm, user), |cells, _, _| {
            Ok(UpstreamLink {
                realm: realm.into(),
                user: user.into(),
                key: cells.take()?,
                made_at: cells.time()?,
                used_at: cells.optional_time()?,
                person: Some(cells.json()?),
            })
        })
    }

    pub(in crate::sqlite) fn grant(
        &mut self,
        realm: &str,
        user: &str,
        client_id: &str,
        tenant: Option<&str>,
    ) -> Read<Option<GrantRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(grant),
            " FROM grants g
              WHERE g.realm = ?1 AND g.user = ?2 AND g.client_id = ?3 AND g.tenant IS ?4 AND g.ended_at IS NULL"
        );
        self.one(sql, (realm, user, client_id, tenant), |cells, _, _| rows::grant(cells))
    }

    pub(in crate::sqlite) fn grants_of(&mut self, realm: &str, user: &str) -> Read<Vec<GrantRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(grant),
            " FROM grants g WHERE g.realm = ?1 AND g.user = ?2 AND g.ended_at IS NULL ORDER BY g.id"
        );
        self.all(sql, (realm, user), |cells, _, _| rows::grant(cells))
    }

    pub(in crate::sqlite) fn grants_to(&mut self, realm: &str, user: &str, client_id: &str) -> Read<Vec<GrantRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(grant),
            " FROM grants g
              WHERE g.realm = ?1 AND g.user = ?2 AND g.client_id = ?3 AND g.ended_at IS NULL ORDER BY g.id"
        );
        self.all(sql, (realm, user, client_id), |cells, _, _| rows::grant(cells))
    }

    pub(in crate::sqlite) fn tenant(&mut self, realm: &str, id: &str) -> Read<Option<TenantRecord>> {
        let sql = "SELECT body FROM tenants WHERE realm = ?1 AND id = ?2";
        self.one(sql, (realm, id), |cells, _, _| cells.json())
    }

    pub(in crate::sqlite) fn memberships(&mut self, realm: &str, user: &str) -> Read<Vec<MembershipRecord>> {
        let sql = "SELECT m.realm, m.user, m.role, t.body FROM memberships m
                   JOIN tenants t ON t.realm = m.realm AND t.id = m.tenant
                   WHERE m.realm = ?1 AND m.user = ?2 ORDER BY m.tenant";
        self.all(sql, (realm, user), |cells, _, _| rows::membership(cells))
    }

    pub(in crate::sqlite) fn keys(&mut self, realm: &str) -> Read<Vec<KeyRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(key),
            " FROM keys WHERE realm = ?1 ORDER BY created_at, kid"
        );
        self.all(sql, [realm], |cells, _, _| rows::key(cells))
    }

    pub(in crate::sqlite) fn every_key(&mut self) -> Read<Vec<KeyRecord>> {
        let sql = concat!("SELECT ", columns!(key), " FROM keys ORDER BY realm, created_at, kid");
        self.all(sql, [], |cells, _, _| rows::key(cells))
    }

    pub(in crate::sqlite) fn attempts(&mut self, key: CounterKey) -> Read<Option<Timestamp>> {
        let sql = "SELECT tat FROM attempts WHERE key = ?1";
        self.one(sql, params![key.0], |cells, _, _| cells.time())
    }

    pub(in crate::sqlite) fn ping(&mut self) -> Read<()> {
        // Reads the file's header, unlike a plain `SELECT 1`.
        let sql = "SELECT count(*) FROM migrations";
        self.one(sql, [], |cells, _, _| cells.take::<i64>()).map(drop)
    }

    /// The row that a statement gives, if it gives one.
    pub(super) fn one<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&mut Cells<'_, '_>, &Connection, &mut Texts) -> Read<T>,
    ) -> Read<Option<T>> {
        self.check()?;
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let mut rows = statement.query(params).map_err(fault)?;
        match rows.next().map_err(fault)? {
            Some(row) => read(&mut Cells::new(row), &self.connection, &mut self.texts).map(Some),
            None => Ok(None),
        }
    }

    /// All rows that a statement gives.
    pub(super) fn all<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&mut Cells<'_, '_>, &Connection, &mut Texts) -> Read<T>,
    ) -> Read<Vec<T>> {
        self.check()?;
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let mut rows = statement.query(params).map_err(fault)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(fault)? {
            found.push(read(&mut Cells::new(row), &self.connection, &mut self.texts)?);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::access::ACCESS;
    use super::*;
    use crate::sqlite::{migrate, open};
    use rusqlite::StatementStatus;

    #[test]
    fn a_reader_that_cannot_let_go_of_a_snapshot_fails_instead_of_telling_what_was() {
        let path = std::env::temp_dir().join(format!("grantd-stuck-{}.db", std::process::id()));
        migrate::up(&path).unwrap();
        let mut reader = Reader::open(&path, &open::Options::default()).unwrap();
        reader.connection.execute_batch("BEGIN").unwrap();
        reader.is_stuck = true;
        let fault = reader.ping().unwrap_err();
        assert!(matches!(fault, crate::StoreFault::Unavailable(_)));
        reader.let_go();
        assert!(reader.connection.is_autocommit());
        reader.ping().unwrap();
        drop(reader);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }

    #[test]
    fn a_statement_is_planned_once_however_often_it_runs() {
        let path = std::env::temp_dir().join(format!("grantd-plans-{}.db", std::process::id()));
        migrate::up(&path).unwrap();
        let connection = open::reader(&path, &open::Options::default()).unwrap();
        for sql in [CODE, FAMILY, ACCESS, SESSION] {
            for round in 0..3 {
                let mut statement = connection.prepare_cached(sql).unwrap();
                assert!(!statement.exists([[0_u8; 16]]).unwrap());
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{round}: {sql}");
            }
        }
        drop(connection);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}
