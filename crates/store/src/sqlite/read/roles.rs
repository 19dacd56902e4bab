//! Reads of the roles of the database, and of who has one.

use super::Reader;
use super::cells::Cells;
use crate::{Read, StoreFault};
use grantd_core::record::{RoleHolders, RoleRecord};

impl Reader {
    pub(in crate::sqlite) fn roles(&mut self, realm: &str) -> Read<Vec<RoleRecord>> {
        let sql = "SELECT record FROM roles WHERE realm = ?1 ORDER BY name";
        self.all(sql, [realm], |cells, _, _| cells.json())
    }

    pub(in crate::sqlite) fn role_holders(&mut self, realm: &str, name: &str) -> Read<RoleHolders> {
        let sql = "SELECT (SELECT count(*) FROM memberships WHERE realm = ?1 AND role = ?2),
                       (SELECT count(*) FROM clients WHERE realm = ?1 AND role = ?2),
                       (SELECT count(*) FROM api_keys WHERE realm = ?1 AND role = ?2 AND ended_at IS NULL)";
        let counted = self.one(sql, [realm, name], |cells, _, _| {
            Ok(RoleHolders {
                members: count(cells)?,
                clients: count(cells)?,
                api_keys: count(cells)?,
            })
        })?;
        counted.ok_or_else(|| StoreFault::Corrupt("a count gave no row".to_owned()))
    }
}

fn count(cells: &mut Cells<'_, '_>) -> Read<u64> {
    let count: i64 = cells.take()?;
    u64::try_from(count).map_err(|_| StoreFault::Corrupt("a count is negative".to_owned()))
}
