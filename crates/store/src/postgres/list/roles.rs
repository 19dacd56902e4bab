//! Reads of the roles of the database, and of who has one.

use crate::postgres::PostgresStore;
use crate::postgres::read::is_storable;
use crate::postgres::rows::Columns;
use crate::{Read, StoreFault};
use grantd_core::record::{RoleHolders, RoleRecord};

impl PostgresStore {
    pub(in crate::postgres) async fn list_roles(&self, realm: &str) -> Read<Vec<RoleRecord>> {
        let sql = "SELECT record FROM roles WHERE realm = $1 ORDER BY name";
        let rows = self.rows(sql, &[&realm]).await?;
        rows.iter().map(|row| Columns::of(row).json("role")).collect()
    }

    pub(in crate::postgres) async fn count_role_holders(&self, realm: &str, name: &str) -> Read<RoleHolders> {
        if !is_storable(&[name]) {
            return Ok(RoleHolders::default());
        }
        let sql = "SELECT (SELECT count(*) FROM memberships WHERE realm = $1 AND role = $2), \
             (SELECT count(*) FROM clients WHERE realm = $1 AND role = $2), \
             (SELECT count(*) FROM api_keys WHERE realm = $1 AND role = $2 AND ended_at IS NULL)";
        let rows = self.rows(sql, &[&realm, &name]).await?;
        let row = rows.first();
        let row = row.ok_or_else(|| StoreFault::Corrupt("a count gave no row".to_owned()))?;
        let mut columns = Columns::of(row);
        Ok(RoleHolders {
            members: count(&mut columns)?,
            clients: count(&mut columns)?,
            api_keys: count(&mut columns)?,
        })
    }
}

fn count(columns: &mut Columns<'_>) -> Read<u64> {
    let count: i64 = columns.take()?;
    u64::try_from(count).map_err(|_| StoreFault::Corrupt("a count is negative".to_owned()))
}
