//! Reads of single facts: one statement and one round trip each, over shared, pipelined connections. It must not
//! know how anything is written.

use super::PostgresStore;
use super::rows::{
    Columns, code_columns, delegation_columns, family_columns, grant_columns, session_columns, user_columns,
};
use super::value::Id;
use crate::{Read, StoreFault};
use grantd_core::change::CounterKey;
use grantd_core::record::{
    ClientRecord, CodeFacts, DeviceRecord, FamilyFacts, GrantRecord, KeyRecord, MembershipRecord, SessionFacts,
    TenantRecord, UpstreamLink, UserCodeKey, UserRecord,
};
use grantd_protocol::Timestamp;
use grantd_protocol::id::{CodeId, DeviceId, FamilyId, SessionId};
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// A row of `$table` (called `$row`) that holds a delegation, with what the delegation stands on: the grant, the session
/// and the user.
macro_rules! with_standing {
    ($columns:expr, $table:literal, $row:literal) => {
        concat!(
            "SELECT ",
            $columns,
            ", ",
            grant_columns!(),
            ", ",
            session_columns!(),
            ", ",
            user_columns!(),
            " FROM ",
            $table,
            " ",
            $row,
            " LEFT JOIN grants g ON g.id = ",
            $row,
            ".grant_id LEFT JOIN sessions s ON s.id = ",
            $row,
            ".session_id LEFT JOIN users u ON u.realm = ",
            $row,
            ".realm AND u.id = ",
            $row,
            ".user_id WHERE ",
            $row,
            ".id = $1"
        )
    };
}

const CODE: &str = with_standing!(code_columns!(), "codes", "c");
const FAMILY: &str = with_standing!(family_columns!(), "families", "f");
const SESSION: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    user_columns!(),
    " FROM sessions s LEFT JOIN users u ON u.realm = s.realm AND u.id = s.user_id WHERE s.id = $1"
);
const USER: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users u WHERE u.realm = $1 AND u.id = $2"
);
const USER_BY_KEY: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users u WHERE u.realm = $1 AND u.username_key = $2"
);
const GRANT: &str = concat!(
    "SELECT ",
    grant_columns!(),
    " FROM grants g WHERE g.realm = $1 AND g.user_id = $2 AND g.client_id = $3 \
     AND coalesce('=' || g.tenant, '') = coalesce('=' || $4::text, '') AND g.ended_at IS NULL"
);
const GRANTS_OF: &str = concat!(
    "SELECT ",
    grant_columns!(),
    " FROM grants g WHERE g.realm = $1 AND g.user_id = $2 AND g.ended_at IS NULL ORDER BY g.id"
);
const GRANTS_TO: &str = concat!(
    "SELECT ",
    grant_columns!(),
    " FROM grants g WHERE g.realm = $1 AND g.user_id = $2 AND g.client_id = $3 AND g.ended_at IS NULL ORDER BY g.id"
);
const TENANT: &str = "SELECT realm, id, version, name, enabled, app_policy, created_at FROM tenants \
     WHERE realm = $1 AND id = $2";
const MEMBERSHIPS: &str = "SELECT m.role, t.realm, t.id, t.version, t.name, t.enabled, t.app_policy, t.created_at \
     FROM memberships m JOIN tenants t ON t.realm = m.realm AND t.id = m.tenant_id \
     WHERE m.realm = $1 AND m.user_id = $2 ORDER BY t.id";
const KEYS: &str = "SELECT realm, kid, alg, state, sealed, created_at, since, remove_at FROM signing_keys \
     WHERE realm = $1 ORDER BY created_at, kid";

/// The server refuses the character U+0000 in any text: nothing that is stored has it in its name.
pub(super) fn is_storable(names: &[&str]) -> bool {
    !names.iter().any(|name| name.contains('\0'))
}

fn all_grants(rows: &[Row]) -> Read<Vec<GrantRecord>> {
    rows.iter()
        .filter_map(|row| Columns::of(row).grant().transpose())
        .collect()
}

impl PostgresStore {
    pub(super) async fn read_client(&self, realm: &str, client_id: &str) -> Read<Option<ClientRecord>> {
        let sql = "SELECT record FROM clients WHERE realm = $1 AND client_id = $2";
        self.named(sql, realm, client_id, |columns| columns.client()).await
    }

    pub(super) async fn read_code(&self, id: CodeId) -> Read<Option<CodeFacts>> {
        let row = self.by_id(CODE, *id.as_bytes()).await?;
        row.map(|row| {
            let mut columns = Columns::of(&row);
            Ok(CodeFacts {
                code: columns.code()?,
                grant: columns.grant()?,
                session: columns.session()?,
                user: columns.user()?,
            })
        })
        .transpose()
    }

    pub(super) async fn read_device(&self, id: DeviceId) -> Read<Option<DeviceRecord>> {
        let row = self
            .by_id("SELECT record FROM devices WHERE id = $1", *id.as_bytes())
            .await?;
        row.map(|row| Columns::of(&row).device()).transpose()
    }

    pub(super) async fn read_device_by_code(&self, code: UserCodeKey) -> Read<Option<DeviceRecord>> {
        let code = code.0.as_slice();
        let rows = self
            .rows("SELECT record FROM devices WHERE user_code = $1", &[&code])
            .await?;
        rows.first().map(|row| Columns::of(row).device()).transpose()
    }

    pub(super) async fn read_family(&self, id: FamilyId) -> Read<Option<FamilyFacts>> {
        let row = self.by_id(FAMILY, *id.as_bytes()).await?;
        row.map(|row| {
            let mut columns = Columns::of(&row);
            Ok(FamilyFacts {
                family: columns.family()?,
                grant: columns.grant()?,
                session: columns.session()?,
                user: columns.user()?,
            })
        })
        .transpose()
    }

    pub(super) async fn read_session(&self, id: SessionId) -> Read<Option<SessionFacts>> {
        let Some(row) = self.by_id(SESSION, *id.as_bytes()).await? else {
            return Ok(None);
        };
        let mut columns = Columns::of(&row);
        let session = columns.session()?;
        let user = columns.user()?;
        Ok(session.map(|session| SessionFacts { session, user }))
    }

    pub(super) async fn read_user(&self, realm: &str, id: &str) -> Read<Option<UserRecord>> {
        let user = self.named(USER, realm, id, |columns| columns.user()).await?;
        Ok(user.flatten())
    }

    pub(super) async fn read_user_by_key(&self, realm: &str, key: &str) -> Read<Option<UserRecord>> {
        let user = self.named(USER_BY_KEY, realm, key, |columns| columns.user()).await?;
        Ok(user.flatten())
    }

    pub(super) async fn read_linked_user(&self, realm: &str, key: [u8; 32]) -> Read<Option<Arc<str>>> {
        let sql = "SELECT user_id FROM upstream_links WHERE realm = $1 AND key = $2";
        if !is_storable(&[realm]) {
            return Ok(None);
        }
        let rows = self.rows(sql, &[&realm, &key.as_slice()]).await?;
        let read = |row: &Row| Columns::of(row).take::<&str>().map(Arc::from);
        rows.first().map(read).transpose()
    }

    pub(super) async fn read_links_of(&self, realm: &str, user: &str) -> Read<Vec<UpstreamLink>> {
        let sql = "SELECT key, made_at, used_at, person FROM upstream_links \
             WHERE realm = $1 AND user_id = $2 AND person IS NOT NULL ORDER BY made_at, key";
        if !is_storable(&[realm, user]) {
            return Ok(Vec::new());
        }
        let rows = self.rows(sql, &[&realm, &user]).await?;
        rows.iter().map(|row| Columns::of(row).link(realm, user)).collect()
    }

    pub(super) async fn read_grant(
        &self,
        realm: &str,
        user: &str,
        client_id: &str,
        tenant: Option<&str>,
    ) -> Read<Option<GrantRecord>> {
        if !is_storable(&[realm, user, client_id, tenant.unwrap_or_default()]) {
            return Ok(None);
        }
        let rows = self.rows(GRANT, &[&realm, &user, &client_id, &tenant]).await?;
        let first = rows.first().map(|row| Columns::of(row).grant()).transpose()?;
        Ok(first.flatten())
    }

    pub(super) async fn read_grants_of(&self, realm: &str, user: &str) -> Read<Vec<GrantRecord>> {
        if !is_storable(&[realm, user]) {
            return Ok(Vec::new());
        }
        all_grants(&self.rows(GRANTS_OF, &[&realm, &user]).await?)
    }

    pub(super) async fn read_grants_to(&self, realm: &str, user: &str, client_id: &str) -> Read<Vec<GrantRecord>> {
        if !is_storable(&[realm, user, client_id]) {
            return Ok(Vec::new());
        }
        all_grants(&self.rows(GRANTS_TO, &[&realm, &user, &client_id]).await?)
    }

    pub(super) async fn read_tenant(&self, realm: &str, id: &str) -> Read<Option<TenantRecord>> {
        self.named(TENANT, realm, id, |columns| columns.tenant()).await
    }

    pub(super) async fn read_memberships(&self, realm: &str, user: &str) -> Read<Vec<MembershipRecord>> {
        if !is_storable(&[realm, user]) {
            return Ok(Vec::new());
        }
        let rows = self.rows(MEMBERSHIPS, &[&realm, &user]).await?;
        let membership = |row: &Row| {
            let mut columns = Columns::of(row);
            let role: &str = columns.take()?;
            Ok(MembershipRecord {
                realm: realm.into(),
                user: user.into(),
                role: role.into(),
                tenant: columns.tenant()?,
            })
        };
        rows.iter().map(membership).collect()
    }

    pub(super) async fn read_keys(&self, realm: &str) -> Read<Vec<KeyRecord>> {
        let rows = self.rows(KEYS, &[&realm]).await?;
        rows.iter().map(|row| Columns::of(row).key()).collect()
    }

    pub(super) async fn read_attempts(&self, key: CounterKey) -> Read<Option<Timestamp>> {
        let key = key.0.as_slice();
        let rows = self.rows("SELECT tat FROM attempts WHERE key = $1", &[&key]).await?;
        let tat = rows.first().map(|row| Columns::of(row).take()).transpose()?;
        Ok(tat.map(Timestamp::from_millis))
    }

    pub(super) async fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Read<Vec<Row>> {
        self.links.read(sql, values).await
    }

    async fn by_id(&self, sql: &str, id: [u8; 16]) -> Read<Option<Row>> {
        Ok(self.rows(sql, &[&Id(id)]).await?.into_iter().next())
    }

    async fn named<T>(
        &self,
        sql: &str,
        realm: &str,
        name: &str,
        read: impl FnOnce(&mut Columns<'_>) -> Result<T, StoreFault>,
    ) -> Read<Option<T>> {
        if !is_storable(&[realm, name]) {
            return Ok(None);
        }
        let rows = self.rows(sql, &[&realm, &name]).await?;
        rows.first().map(|row| read(&mut Columns::of(row))).transpose()
    }
}
