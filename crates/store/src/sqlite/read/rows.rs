//! Columns to records: each record's columns as SQL names them, beside the code that takes them in that order.

use super::cells::{Cells, corrupt};
use crate::Read;
use crate::sqlite::texts::Texts;
use grantd_core::record::code::{Authentication, Delegation};
use grantd_core::record::{
    AccessRecord, AuditRecord, Binding, CodeRecord, FamilyRecord, GrantRecord, KeyRecord, KeyState, MembershipRecord,
    SessionRecord, UserRecord,
};
use grantd_protocol::ScopeSet;
use grantd_protocol::id::{AccessId, AuditId, CodeId, FamilyId, GrantId, SessionId};
use grantd_protocol::pkce::CodeChallenge;
use rusqlite::Connection;
use std::sync::Arc;

/// The columns of each record, as a literal to `concat!` into a statement.
macro_rules! columns {
    (access) => {
        "a.id, a.realm, a.client, a.issuer, a.audience, a.scope, a.hash, a.grant_id, a.family,
         a.subject, a.tenant, a.issued_at, a.expires_at, a.ended_at, a.name, a.jkt, a.place, a.more"
    };
    // The columns of a delegation, of the table called `d`.
    (delegation) => {
        "d.realm, d.client, d.issuer, d.resource, d.scope, d.grant_id, d.session, d.user,
         d.tenant, d.authentication, d.nonce, d.jkt, d.details"
    };
    // What follows those of the delegation of a code.
    (code) => {
        "d.id, d.hash, d.family, d.redirect_uri, d.challenge, d.created_at, d.expires_at,
         d.spent_at, d.keep_until"
    };
    // What follows those of the delegation of a family. It ends by itself, with its grant, or with its user.
    (family) => {
        "d.id, d.generation, d.rotated_at, d.rotated_for, d.salt, d.offline, d.created_at, d.idle_expires_at,
         d.absolute_expires_at, coalesce(d.ended_at, g.ended_at, CASE WHEN u.epoch > d.epoch THEN u.ended_at END)"
    };
    (grant) => {
        "g.id, g.version, g.realm, g.user, g.client_id, g.tenant, g.scope, g.resource,
         g.redirect_uri, g.created_at, g.updated_at, g.expires_at, g.session, g.ended_at"
    };
    // A session; `su` is its user's row.
    (session) => {
        "s.id, s.hash, s.realm, s.user, s.authentication, s.created_at, s.expires_at,
         coalesce(s.ended_at, CASE WHEN su.epoch > s.epoch THEN su.ended_at END), s.user_agent, s.address"
    };
    // A user; the version beside the body is the one that counts, since ending a user raises it alone.
    (user) => {
        "u.version, u.body"
    };
    (key) => {
        "realm, kid, alg, state, sealed, created_at, since, remove_at"
    };
    (audit) => {
        "id, realm, at, actor, action, target, address, detail"
    };
}
pub(super) use columns;

pub(super) fn access(cells: &mut Cells<'_, '_>, connection: &Connection, texts: &mut Texts) -> Read<AccessRecord> {
    let id = cells.id(AccessId::from_bytes)?;
    let realm = cells.text(connection, texts)?;
    let client_id = cells.text(connection, texts)?;
    let issuer = cells.text(connection, texts)?;
    let audience = cells.text(connection, texts)?;
    let scope = ScopeSet::from_stored(cells.text(connection, texts)?);
    let hash = cells.take::<Option<[u8; 32]>>()?;
    Ok(AccessRecord {
        id,
        realm,
        hash: hash.map(grantd_protocol::SecretHash::from_bytes),
        grant: cells.optional_id(GrantId::from_bytes)?,
        family: cells.optional_id(FamilyId::from_bytes)?,
        subject: cells
            .take::<Option<Arc<str>>>()?
            .unwrap_or_else(|| Arc::clone(&client_id)),
        client_id,
        tenant: cells.take()?,
        scope,
        audience,
        issuer,
        issued_at: cells.time()?,
        expires_at: cells.time()?,
        ended_at: cells.optional_time()?,
        name: cells.take()?,
        bound_to: binding(cells)?,
        status: cells.place()?,
        more: boxed(cells)?,
    })
}

fn binding(cells: &mut Cells<'_, '_>) -> Read<Option<Binding>> {
    let bytes = cells.take::<Option<Vec<u8>>>()?;
    bytes
        .map(|bytes| {
            Binding::from_bytes(&bytes).ok_or_else(|| corrupt("a binding is neither of a key nor of a certificate"))
        })
        .transpose()
}

/// What few rows have.
fn boxed<T: serde::de::DeserializeOwned>(cells: &mut Cells<'_, '_>) -> Read<Option<Box<T>>> {
    if cells.is_null()? {
        cells.skip(1);
        return Ok(None);
    }
    cells.json().map(Box::new).map(Some)
}

/// How the user of an access token logged in: of its family, where it has one.
pub(super) fn optional_authentication(cells: &mut Cells<'_, '_>) -> Read<Option<Authentication>> {
    if cells.is_null()? {
        cells.skip(1);
        return Ok(None);
    }
    cells.json().map(Some)
}

fn delegation(cells: &mut Cells<'_, '_>, connection: &Connection, texts: &mut Texts) -> Read<Delegation> {
    Ok(Delegation {
        realm: cells.text(connection, texts)?,
        client_id: cells.text(connection, texts)?,
        issuer: cells.text(connection, texts)?,
        resource: cells.text(connection, texts)?,
        scope: ScopeSet::from_stored(cells.text(connection, texts)?),
        grant: cells.id(GrantId::from_bytes)?,
        session: cells.optional_id(SessionId::from_bytes)?,
        user: cells.take()?,
        tenant: cells.take()?,
        authentication: cells.json()?,
        nonce: cells.take()?,
        bound_to: binding(cells)?,
        more: boxed(cells)?,
    })
}

pub(super) fn code(cells: &mut Cells<'_, '_>, connection: &Connection, texts: &mut Texts) -> Read<CodeRecord> {
    let delegation = delegation(cells, connection, texts)?;
    Ok(CodeRecord {
        id: cells.id(CodeId::from_bytes)?,
        hash: cells.hash()?,
        family: cells.id(FamilyId::from_bytes)?,
        delegation,
        redirect_uri: cells.take()?,
        challenge: cells.take::<Option<[u8; 32]>>()?.map(CodeChallenge::from_bytes),
        created_at: cells.time()?,
        expires_at: cells.time()?,
        spent_at: cells.optional_time()?,
        keep_until: cells.time()?,
    })
}

pub(super) fn family(cells: &mut Cells<'_, '_>, connection: &Connection, texts: &mut Texts) -> Read<FamilyRecord> {
    let delegation = delegation(cells, connection, texts)?;
    Ok(FamilyRecord {
        id: cells.id(FamilyId::from_bytes)?,
        delegation,
        generation: cells.take()?,
        rotated_at: cells.time()?,
        rotated_for: binding(cells)?,
        salt: cells.take()?,
        offline: cells.take()?,
        created_at: cells.time()?,
        idle_expires_at: cells.time()?,
        absolute_expires_at: cells.optional_time()?,
        ended_at: cells.optional_time()?,
    })
}

/// A grant of an outer join.
pub(super) fn optional_grant(cells: &mut Cells<'_, '_>) -> Read<Option<GrantRecord>> {
    if cells.is_null()? {
        cells.skip(14);
        return Ok(None);
    }
    grant(cells).map(Some)
}

pub(super) fn grant(cells: &mut Cells<'_, '_>) -> Read<GrantRecord> {
    Ok(GrantRecord {
        id: cells.id(GrantId::from_bytes)?,
        version: cells.version()?,
        realm: cells.take()?,
        user: cells.take()?,
        client_id: cells.take()?,
        tenant: cells.take()?,
        scope: ScopeSet::from_stored(cells.take()?),
        resource: cells.take()?,
        redirect_uri: cells.take()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        expires_at: cells.optional_time()?,
        session: cells.optional_id(SessionId::from_bytes)?,
        ended_at: cells.optional_time()?,
    })
}

/// A session of an outer join.
pub(super) fn optional_session(cells: &mut Cells<'_, '_>) -> Read<Option<SessionRecord>> {
    if cells.is_null()? {
        cells.skip(10);
        return Ok(None);
    }
    session(cells).map(Some)
}

pub(super) fn session(cells: &mut Cells<'_, '_>) -> Read<SessionRecord> {
    Ok(SessionRecord {
        id: cells.id(SessionId::from_bytes)?,
        hash: cells.hash()?,
        realm: cells.take()?,
        user: cells.take()?,
        authentication: cells.json()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        ended_at: cells.optional_time()?,
        user_agent: cells.take()?,
        address: cells.take()?,
    })
}

/// A user of an outer join.
pub(super) fn optional_user(cells: &mut Cells<'_, '_>) -> Read<Option<UserRecord>> {
    if cells.is_null()? {
        cells.skip(2);
        return Ok(None);
    }
    user(cells).map(Some)
}

pub(super) fn user(cells: &mut Cells<'_, '_>) -> Read<UserRecord> {
    let version = cells.version()?;
    let user: UserRecord = cells.json()?;
    Ok(UserRecord { version, ..user })
}

pub(super) fn membership(cells: &mut Cells<'_, '_>) -> Read<MembershipRecord> {
    Ok(MembershipRecord {
        realm: cells.take()?,
        user: cells.take()?,
        role: cells.take()?,
        tenant: cells.json()?,
    })
}

pub(super) fn key(cells: &mut Cells<'_, '_>) -> Read<KeyRecord> {
    Ok(KeyRecord {
        realm: cells.take()?,
        kid: cells.take()?,
        alg: cells.take()?,
        state: state(&cells.take::<Box<str>>()?)?,
        sealed: cells.take()?,
        created_at: cells.time()?,
        since: cells.time()?,
        remove_at: cells.optional_time()?,
    })
}

fn state(name: &str) -> Read<KeyState> {
    match name {
        "next" => Ok(KeyState::Next),
        "active" => Ok(KeyState::Active),
        "retired" => Ok(KeyState::Retired),
        _ => Err(corrupt("a key's state is none that this program knows")),
    }
}

pub(super) fn audit(cells: &mut Cells<'_, '_>) -> Read<AuditRecord> {
    Ok(AuditRecord {
        id: cells.id(AuditId::from_bytes)?,
        realm: cells.take()?,
        at: cells.time()?,
        actor: cells.take()?,
        action: cells.take()?,
        target: cells.take()?,
        address: cells.take()?,
        detail: cells.json()?,
    })
}
