//! What each write does to the roles of the database, and what guards ask of them.

use super::apply::{Tables, json};
use super::apply_cold::integer;
use crate::Read;
use grantd_core::change::{Guard, Write};
use rusqlite::params;

/// Who has a role: the same three that are counted ([`crate::Store::role_holders`]).
const HELD: [&str; 3] = [
    "SELECT 1 FROM memberships WHERE realm = ?1 AND role = ?2",
    "SELECT 1 FROM clients WHERE realm = ?1 AND role = ?2",
    "SELECT 1 FROM api_keys WHERE realm = ?1 AND role = ?2 AND ended_at IS NULL",
];

impl Tables<'_> {
    pub(super) fn apply_role(&self, write: &Write) -> Read<()> {
        match write {
            Write::PutRole(row) => {
                let sql = "INSERT OR REPLACE INTO roles (realm, name, version, record) VALUES (?1, ?2, ?3, ?4)";
                let (version, record) = (integer(row.version)?, json(row)?);
                self.run(sql, params![&*row.realm, &*row.name, version, record])?;
                self.note("role", &row.realm, &row.name)
            }
            Write::DeleteRole { realm, name } => {
                self.run(
                    "DELETE FROM roles WHERE realm = ?1 AND name = ?2",
                    params![&**realm, &**name],
                )?;
                self.note("role", realm, name)
            }
            // The others were applied by the callers.
            _ => Ok(()),
        }
    }

    pub(super) fn holds_of_role(&self, guard: &Guard) -> Read<bool> {
        match guard {
            Guard::RoleAt { realm, name, version } => {
                let sql = "SELECT 1 FROM roles WHERE realm = ?1 AND name = ?2 AND (?3 IS NULL OR version = ?3)";
                let wanted = version.map(integer).transpose()?;
                Ok(self.exists(sql, params![&**realm, &**name, wanted])? == version.is_some())
            }
            Guard::RoleExists { realm, name } => {
                let sql = "SELECT 1 FROM roles WHERE realm = ?1 AND name = ?2";
                self.exists(sql, params![&**realm, &**name])
            }
            Guard::RoleUnused { realm, name } => {
                for sql in HELD {
                    if self.exists(sql, params![&**realm, &**name])? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            // The others were answered by the callers.
            _ => Ok(false),
        }
    }
}
