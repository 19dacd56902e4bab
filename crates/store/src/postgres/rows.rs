//! Records out of rows. The lists of columns and the functions that read them stand side by side, in one order. It
//! must not know how the rows were found.

mod cold;

use super::value::Id;
use crate::{Read, StoreFault};
use grantd_core::record::code::{Authentication, Delegation};
use grantd_core::record::{
    AccessRecord, Binding, ClientRecord, CodeRecord, DeviceRecord, FamilyRecord, GrantRecord, SessionRecord, UserRecord,
};
use grantd_core::status_list::StatusPlace;
use grantd_protocol::id::{AccessId, CodeId, FamilyId, GrantId, SessionId};
use grantd_protocol::pkce::CodeChallenge;
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

macro_rules! delegation_columns {
    ($t:literal) => {
        concat!(
            $t,
            ".realm, ",
            $t,
            ".issuer, ",
            $t,
            ".client_id, ",
            $t,
            ".grant_id, ",
            $t,
            ".session_id, ",
            $t,
            ".user_id, ",
            $t,
            ".tenant, ",
            $t,
            ".scope, ",
            $t,
            ".resource, ",
            $t,
            ".authentication, ",
            $t,
            ".nonce, ",
            $t,
            ".jkt, ",
            $t,
            ".details"
        )
    };
}
macro_rules! code_columns {
    () => {
        concat!(
            "c.id, c.hash, c.family_id, c.redirect_uri, c.challenge, c.created_at, c.expires_at, c.spent_at, \
             c.keep_until, ",
            delegation_columns!("c")
        )
    };
}
macro_rules! family_columns {
    () => {
        concat!(
            "f.id, f.generation, f.rotated_at, f.rotated_for, f.salt, f.offline, f.created_at, f.idle_expires_at, \
             f.absolute_expires_at, coalesce(f.ended_at, g.ended_at), ",
            delegation_columns!("f")
        )
    };
}
macro_rules! grant_columns {
    () => {
        "g.id, g.version, g.realm, g.user_id, g.client_id, g.tenant, g.scope, g.resource, g.redirect_uri, \
         g.created_at, g.updated_at, g.expires_at, g.session_id, g.ended_at"
    };
}
macro_rules! session_columns {
    () => {
        "s.id, s.hash, s.realm, s.user_id, s.authentication, s.created_at, s.expires_at, s.ended_at, s.user_agent, \
         s.address"
    };
}
macro_rules! user_columns {
    () => {
        "u.version, u.record"
    };
}
macro_rules! access_columns {
    () => {
        "a.id, a.realm, a.hash, a.client_id, a.grant_id, a.family_id, a.subject, a.tenant, a.scope, a.audience, \
         a.issuer, a.issued_at, a.expires_at, a.ended_at, a.name, a.jkt, a.place, a.more"
    };
}
pub(super) use {
    access_columns, code_columns, delegation_columns, family_columns, grant_columns, session_columns, user_columns,
};

const GRANT_COLUMNS: usize = 14;
const SESSION_COLUMNS: usize = 10;

/// A row, read from left to right.
pub(super) struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

/// A fault that names what is wrong, never the data.
fn damaged(what: &str) -> StoreFault {
    StoreFault::Corrupt(format!("a stored {what} cannot be read"))
}

/// What few rows have.
fn more<T: serde::de::DeserializeOwned>(text: &str) -> Read<Box<T>> {
    serde_json::from_str(text)
        .map(Box::new)
        .map_err(|_| damaged("token's rest"))
}

impl<'a> Columns<'a> {
    pub(super) const fn of(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(super) fn take<T: FromSql<'a>>(&mut self) -> Read<T> {
        let index = self.next;
        self.next += 1;
        self.row
            .try_get(index)
            .map_err(|error| StoreFault::Corrupt(error.to_string()))
    }

    fn id(&mut self) -> Read<[u8; 16]> {
        self.take::<Id>().map(|id| id.0)
    }

    fn maybe_id(&mut self) -> Read<Option<[u8; 16]>> {
        Ok(self.take::<Option<Id>>()?.map(|id| id.0))
    }

    fn text(&mut self) -> Read<Arc<str>> {
        self.take::<&str>().map(Into::into)
    }

    fn maybe_text(&mut self) -> Read<Option<Arc<str>>> {
        Ok(self.take::<Option<&str>>()?.map(Into::into))
    }

    fn at(&mut self) -> Read<Timestamp> {
        self.take().map(Timestamp::from_millis)
    }

    fn maybe_at(&mut self) -> Read<Option<Timestamp>> {
        Ok(self.take::<Option<i64>>()?.map(Timestamp::from_millis))
    }

    fn hash(&mut self) -> Read<SecretHash> {
        SecretHash::from_slice(self.take()?).ok_or_else(|| damaged("hash"))
    }

    fn binding(&mut self) -> Read<Option<Binding>> {
        let bytes = self.take::<Option<&[u8]>>()?;
        bytes
            .map(|bytes| Binding::from_bytes(bytes).ok_or_else(|| damaged("binding")))
            .transpose()
    }

    fn place(&mut self) -> Read<Option<StatusPlace>> {
        let place = self.take::<Option<i64>>()?.map(u64::try_from).transpose();
        Ok(place.map_err(|_| damaged("place"))?.map(StatusPlace))
    }

    fn version(&mut self) -> Read<u64> {
        u64::try_from(self.take::<i64>()?).map_err(|_| damaged("version"))
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(&mut self, what: &str) -> Read<T> {
        serde_json::from_str(self.take()?).map_err(|_| damaged(what))
    }

    /// How the user of an access token logged in: of its family, where it has one.
    pub(super) fn optional_authentication(&mut self) -> Read<Option<Authentication>> {
        let text = self.take::<Option<&str>>()?;
        text.map(|text| serde_json::from_str(text).map_err(|_| damaged("authentication")))
            .transpose()
    }

    fn delegation(&mut self) -> Read<Delegation> {
        Ok(Delegation {
            realm: self.text()?,
            issuer: self.text()?,
            client_id: self.text()?,
            grant: GrantId::from_bytes(self.id()?),
            session: self.maybe_id()?.map(SessionId::from_bytes),
            user: self.text()?,
            tenant: self.maybe_text()?,
            scope: ScopeSet::from_stored(self.text()?),
            resource: self.text()?,
            authentication: self.json("authentication")?,
            nonce: self.take()?,
            bound_to: self.binding()?,
            more: self.take::<Option<&str>>()?.map(more).transpose()?,
        })
    }

    pub(super) fn code(&mut self) -> Read<CodeRecord> {
        let id = CodeId::from_bytes(self.id()?);
        let hash = self.hash()?;
        let family = FamilyId::from_bytes(self.id()?);
        let redirect_uri = self.take()?;
        let challenge = self.take::<Option<&[u8]>>()?.map(<[u8; 32]>::try_from).transpose();
        Ok(CodeRecord {
            id,
            hash,
            family,
            redirect_uri,
            challenge: challenge
                .map_err(|_| damaged("challenge"))?
                .map(CodeChallenge::from_bytes),
            created_at: self.at()?,
            expires_at: self.at()?,
            spent_at: self.maybe_at()?,
            keep_until: self.at()?,
            delegation: self.delegation()?,
        })
    }

    pub(super) fn family(&mut self) -> Read<FamilyRecord> {
        let id = FamilyId::from_bytes(self.id()?);
        let generation = self.take::<Option<i64>>()?.map(u32::try_from).transpose();
        Ok(FamilyRecord {
            id,
            generation: generation.map_err(|_| damaged("generation"))?,
            rotated_at: self.at()?,
            rotated_for: self.binding()?,
            salt: self.take::<&[u8]>()?.try_into().map_err(|_| damaged("salt"))?,
            offline: self.take()?,
            created_at: self.at()?,
            idle_expires_at: self.at()?,
            absolute_expires_at: self.maybe_at()?,
            ended_at: self.maybe_at()?,
            delegation: self.delegation()?,
        })
    }

    pub(super) fn grant(&mut self) -> Read<Option<GrantRecord>> {
        let Some(id) = self.maybe_id()? else {
            self.next += GRANT_COLUMNS - 1;
            return Ok(None);
        };
        Ok(Some(GrantRecord {
            id: GrantId::from_bytes(id),
            version: self.version()?,
            realm: self.text()?,
            user: self.text()?,
            client_id: self.text()?,
            tenant: self.maybe_text()?,
            scope: ScopeSet::from_stored(self.text()?),
            resource: self.text()?,
            redirect_uri: self.take()?,
            created_at: self.at()?,
            updated_at: self.at()?,
            expires_at: self.maybe_at()?,
            session: self.maybe_id()?.map(SessionId::from_bytes),
            ended_at: self.maybe_at()?,
        }))
    }

    pub(super) fn session(&mut self) -> Read<Option<SessionRecord>> {
        let Some(id) = self.maybe_id()? else {
            self.next += SESSION_COLUMNS - 1;
            return Ok(None);
        };
        Ok(Some(SessionRecord {
            id: SessionId::from_bytes(id),
            hash: self.hash()?,
            realm: self.text()?,
            user: self.text()?,
            authentication: self.json("authentication")?,
            created_at: self.at()?,
            expires_at: self.at()?,
            ended_at: self.maybe_at()?,
            user_agent: self.take()?,
            address: self.take()?,
        }))
    }

    /// The version in the column is the one that counts: ending a user raises it without touching the record.
    pub(super) fn user(&mut self) -> Read<Option<UserRecord>> {
        let Some(version) = self.take::<Option<i64>>()? else {
            self.next += 1;
            return Ok(None);
        };
        let record: UserRecord = self.json("user")?;
        let version = u64::try_from(version).map_err(|_| damaged("version"))?;
        Ok(Some(UserRecord { version, ..record }))
    }

    pub(super) fn device(&mut self) -> Read<DeviceRecord> {
        self.json("device")
    }

    pub(super) fn client(&mut self) -> Read<ClientRecord> {
        self.json("client")
    }

    pub(super) fn access(&mut self) -> Read<AccessRecord> {
        let id = AccessId::from_bytes(self.id()?);
        let realm = self.text()?;
        let hash = self.take::<Option<&[u8]>>()?;
        Ok(AccessRecord {
            id,
            realm,
            hash: hash
                .map(|bytes| SecretHash::from_slice(bytes).ok_or_else(|| damaged("hash")))
                .transpose()?,
            client_id: self.text()?,
            grant: self.maybe_id()?.map(GrantId::from_bytes),
            family: self.maybe_id()?.map(FamilyId::from_bytes),
            subject: self.text()?,
            tenant: self.maybe_text()?,
            scope: ScopeSet::from_stored(self.text()?),
            audience: self.text()?,
            issuer: self.text()?,
            issued_at: self.at()?,
            expires_at: self.at()?,
            ended_at: self.maybe_at()?,
            name: self.maybe_text()?,
            bound_to: self.binding()?,
            status: self.place()?,
            more: self.take::<Option<&str>>()?.map(more).transpose()?,
        })
    }
}
