//! What each write is in PostgreSQL. It must not know a guard, nor in what transaction its steps run.

mod cold;
mod devices;
mod keys;
mod purge;
mod refused;
mod removal;
mod role;
mod session_client;
mod tenant_app;
mod webhook;

use super::step::{Key, Rows, Step};
use super::value::Value;
use grantd_core::change::Write;
use grantd_core::record::code::Delegation;
use grantd_core::record::{AccessRecord, Binding, CodeRecord, FamilyRecord, GrantRecord, KeyState, SessionRecord};
use grantd_protocol::id::RawId;
use std::sync::Arc;

pub(super) use cold::{INSERT_CLIENT_IF_FREE, INSERT_USER_IF_FREE, lease_places};
pub(super) use devices::INSERT_DEVICE_IF_FREE;
pub(super) use removal::{INSERT_LINK_IF_FREE, INSERT_TENANT_IF_FREE, remember};
pub(super) use role::INSERT_ROLE_IF_FREE;

/// The steps of a change's writes, in order.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// What caches must forget: kind, realm and key.
    pub(super) notes: Vec<[Arc<str>; 3]>,
    /// Whether the steps must see each other's effects, or count rows: they run one by one.
    pub(super) in_order: bool,
}

impl Plan {
    /// Appends a write.
    pub(super) fn add(&mut self, write: &Write) {
        match write {
            Write::InsertAccess(row) if !row.is_plain() => self.insert_rare(row),
            Write::InsertAccess(row) => self.push("access_tokens", *row.id.as_bytes(), INSERT_ACCESS, access(row)),
            Write::EndAccess { id, at } => {
                self.ended("access", id);
                self.push(
                    "access_tokens",
                    *id.as_bytes(),
                    "UPDATE access_tokens SET ended_at = ?::bigint WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                    vec![(*at).into(), (*id.as_bytes()).into()],
                );
            }
            Write::InsertCode(row) => self.push("codes", *row.id.as_bytes(), INSERT_CODE, code(row)),
            Write::SpendCode { id, at, keep_until } => self.push(
                "codes",
                *id.as_bytes(),
                "UPDATE codes SET spent_at = ?::bigint, keep_until = ?::bigint \
                 WHERE id = ?::uuid AND spent_at IS NULL{if_held}",
                vec![(*at).into(), (*keep_until).into(), (*id.as_bytes()).into()],
            ),
            Write::InsertFamily(row) => self.push("families", *row.id.as_bytes(), INSERT_FAMILY, family(row)),
            Write::RotateFamily {
                id,
                to,
                at,
                rotated_for,
                idle_expires_at,
            } => self.push(
                "families",
                *id.as_bytes(),
                "UPDATE families SET generation = ?::bigint, rotated_at = ?::bigint, rotated_for = ?::bytea, \
                 idle_expires_at = ?::bigint \
                 WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                vec![
                    (*to).into(),
                    (*at).into(),
                    rotated_for.map(Binding::to_bytes).into(),
                    (*idle_expires_at).into(),
                    (*id.as_bytes()).into(),
                ],
            ),
            Write::TouchFamily { id, idle_expires_at } => self.push(
                "families",
                *id.as_bytes(),
                "UPDATE families SET idle_expires_at = ?::bigint WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                vec![(*idle_expires_at).into(), (*id.as_bytes()).into()],
            ),
            Write::EndFamily { id, at } => {
                self.ended("family", id);
                self.push(
                    "families",
                    *id.as_bytes(),
                    "UPDATE families SET ended_at = ?::bigint WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                    vec![(*at).into(), (*id.as_bytes()).into()],
                );
            }
            Write::InsertGrant(row) => self.push("grants", *row.id.as_bytes(), INSERT_GRANT, grant(row)),
            warm => self.add_warm(warm),
        }
    }

    fn add_warm(&mut self, write: &Write) {
        match write {
            Write::UpdateGrant {
                id,
                scope,
                resource,
                redirect_uri,
                at,
                expires_at,
                session,
            } => self.push(
                "grants",
                *id.as_bytes(),
                "UPDATE grants SET version = version + 1, scope = ?::text, resource = ?::text, \
                 redirect_uri = ?::text, updated_at = ?::bigint, expires_at = ?::bigint, session_id = ?::uuid \
                 WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                vec![
                    scope.into(),
                    resource.into(),
                    redirect_uri.clone().into(),
                    (*at).into(),
                    (*expires_at).into(),
                    session.map(|id| *id.as_bytes()).into(),
                    (*id.as_bytes()).into(),
                ],
            ),
            Write::EndGrant { id, at } => {
                self.ended("grant", id);
                self.push(
                    "grants",
                    *id.as_bytes(),
                    "UPDATE grants SET ended_at = ?::bigint WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                    vec![(*at).into(), (*id.as_bytes()).into()],
                );
            }
            Write::InsertSession(row) => self.push("sessions", *row.id.as_bytes(), INSERT_SESSION, session(row)),
            Write::RenewSession {
                id,
                hash,
                authentication,
                expires_at,
            } => {
                self.session_renewed(*id, *expires_at);
                self.push(
                    "sessions",
                    *id.as_bytes(),
                    "UPDATE sessions SET hash = ?::bytea, authentication = ?::text, expires_at = ?::bigint \
                 WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                    vec![
                        (*hash).into(),
                        json(authentication),
                        (*expires_at).into(),
                        (*id.as_bytes()).into(),
                    ],
                );
            }
            Write::EndSession { id, at } => {
                self.session_ended(*id, *at);
                self.ended("session", id);
                self.push(
                    "sessions",
                    *id.as_bytes(),
                    "UPDATE sessions SET ended_at = ?::bigint WHERE id = ?::uuid AND ended_at IS NULL{if_held}",
                    vec![(*at).into(), (*id.as_bytes()).into()],
                );
            }
            Write::Remember { key, expires_at } => self.steps.push(Step::new(
                "INSERT INTO seen (key, expires_at) SELECT ?::bytea, ?::bigint WHERE true{if_held} \
                 ON CONFLICT (key) DO UPDATE SET expires_at = greatest(seen.expires_at, excluded.expires_at)",
                Rows::One("seen", Key::Hash(key.0)),
                vec![key.0.into(), (*expires_at).into()],
            )),
            Write::SetAttempts { key, tat, expires_at } => self.steps.push(Step::new(
                "INSERT INTO attempts (key, tat, expires_at) SELECT ?::bytea, ?::bigint, ?::bigint \
                 WHERE true{if_held} \
                 ON CONFLICT (key) DO UPDATE SET tat = excluded.tat, expires_at = excluded.expires_at",
                Rows::One("attempts", Key::Hash(key.0)),
                vec![key.0.into(), (*tat).into(), (*expires_at).into()],
            )),
            Write::Purge { kind, before, limit } => {
                self.in_order = true;
                purge::add(&mut self.steps, *kind, *before, *limit);
            }
            cold => self.add_cold(cold),
        }
    }

    /// Notes that something ended by itself; whose it is, its row says.
    fn ended(&mut self, kind: &str, id: &impl std::fmt::Display) {
        self.note(kind, &"".into(), &id.to_string().into());
    }

    fn push(&mut self, table: &'static str, id: RawId, sql: &'static str, values: Vec<Value>) {
        self.steps.push(Step::new(sql, Rows::One(table, Key::Id(id)), values));
    }
}

/// How a key's state is spelled in its column.
pub(super) const fn state_name(state: KeyState) -> Value {
    Value::Name(match state {
        KeyState::Next => "next",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    })
}

const INSERT_ACCESS: &str = "INSERT INTO access_tokens (id, realm, hash, client_id, grant_id, family_id, subject, \
     tenant, scope, audience, issuer, issued_at, expires_at, ended_at, place, jkt) \
     SELECT ?::uuid, ?::text, ?::bytea, ?::text, ?::uuid, ?::uuid, ?::text, ?::text, ?::text, ?::text, ?::text, \
     ?::bigint, ?::bigint, ?::bigint, ?::bigint, ?::bytea WHERE true{if_held}";

fn access(row: &AccessRecord) -> Vec<Value> {
    vec![
        (*row.id.as_bytes()).into(),
        (&row.realm).into(),
        row.hash.into(),
        (&row.client_id).into(),
        row.grant.map(|id| *id.as_bytes()).into(),
        row.family.map(|id| *id.as_bytes()).into(),
        (&row.subject).into(),
        row.tenant.as_ref().into(),
        (&row.scope).into(),
        (&row.audience).into(),
        (&row.issuer).into(),
        row.issued_at.into(),
        row.expires_at.into(),
        row.ended_at.into(),
        row.status.map(|place| place.0).into(),
        row.bound_to.map(Binding::to_bytes).into(),
    ]
}

const INSERT_CODE: &str = "INSERT INTO codes (id, hash, family_id, redirect_uri, challenge, created_at, expires_at, \
     spent_at, keep_until, realm, issuer, client_id, grant_id, session_id, user_id, tenant, scope, resource, \
     authentication, nonce, jkt, details) \
     SELECT ?::uuid, ?::bytea, ?::uuid, ?::text, ?::bytea, ?::bigint, ?::bigint, ?::bigint, ?::bigint, ?::text, \
     ?::text, ?::text, ?::uuid, ?::uuid, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::bytea, ?::text \
     WHERE true{if_held}";

fn code(row: &CodeRecord) -> Vec<Value> {
    let mut values = vec![
        (*row.id.as_bytes()).into(),
        row.hash.into(),
        (*row.family.as_bytes()).into(),
        row.redirect_uri.clone().into(),
        row.challenge.map(|challenge| *challenge.as_bytes()).into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.spent_at.into(),
        row.keep_until.into(),
    ];
    values.extend(delegation(&row.delegation));
    values
}

const INSERT_FAMILY: &str = "INSERT INTO families (id, generation, rotated_at, rotated_for, salt, offline, created_at, \
     idle_expires_at, absolute_expires_at, ended_at, realm, issuer, client_id, grant_id, session_id, user_id, \
     tenant, scope, resource, authentication, nonce, jkt, details) \
     SELECT ?::uuid, ?::bigint, ?::bigint, ?::bytea, ?::bytea, ?::boolean, ?::bigint, ?::bigint, ?::bigint, \
     ?::bigint, ?::text, ?::text, ?::text, ?::uuid, ?::uuid, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::bytea, \
     ?::text \
     WHERE true{if_held}";

fn family(row: &FamilyRecord) -> Vec<Value> {
    let mut values = vec![
        (*row.id.as_bytes()).into(),
        row.generation.into(),
        row.rotated_at.into(),
        row.rotated_for.map(Binding::to_bytes).into(),
        row.salt.to_vec().into(),
        row.offline.into(),
        row.created_at.into(),
        row.idle_expires_at.into(),
        row.absolute_expires_at.into(),
        row.ended_at.into(),
    ];
    values.extend(delegation(&row.delegation));
    values
}

fn delegation(of: &Delegation) -> [Value; 13] {
    [
        (&of.realm).into(),
        (&of.issuer).into(),
        (&of.client_id).into(),
        (*of.grant.as_bytes()).into(),
        of.session.map(|id| *id.as_bytes()).into(),
        (&of.user).into(),
        of.tenant.as_ref().into(),
        (&of.scope).into(),
        (&of.resource).into(),
        json(&of.authentication),
        of.nonce.clone().into(),
        of.bound_to.map(Binding::to_bytes).into(),
        of.more.as_ref().map_or(Value::Null, json),
    ]
}

const INSERT_GRANT: &str = "INSERT INTO grants (id, version, realm, user_id, client_id, tenant, scope, resource, \
     redirect_uri, created_at, updated_at, expires_at, session_id, ended_at) \
     SELECT ?::uuid, ?::bigint, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::bigint, ?::bigint, \
     ?::bigint, ?::uuid, ?::bigint WHERE true{if_held}";

/// The same for a change that needs that there is none.
pub(super) const INSERT_GRANT_IF_NONE: &str = "INSERT INTO grants (id, version, realm, user_id, client_id, tenant, \
     scope, resource, redirect_uri, created_at, updated_at, expires_at, session_id, ended_at) \
     SELECT ?::uuid, ?::bigint, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::bigint, ?::bigint, \
     ?::bigint, ?::uuid, ?::bigint WHERE true{if_held} \
     ON CONFLICT (realm, user_id, client_id, (coalesce('=' || tenant, ''))) WHERE ended_at IS NULL DO NOTHING \
     RETURNING 1";

fn grant(row: &GrantRecord) -> Vec<Value> {
    vec![
        (*row.id.as_bytes()).into(),
        row.version.into(),
        (&row.realm).into(),
        (&row.user).into(),
        (&row.client_id).into(),
        row.tenant.as_ref().into(),
        (&row.scope).into(),
        (&row.resource).into(),
        row.redirect_uri.clone().into(),
        row.created_at.into(),
        row.updated_at.into(),
        row.expires_at.into(),
        row.session.map(|id| *id.as_bytes()).into(),
        row.ended_at.into(),
    ]
}

const INSERT_SESSION: &str = "INSERT INTO sessions (id, hash, realm, user_id, authentication, created_at, expires_at, \
     ended_at, user_agent, address) \
     SELECT ?::uuid, ?::bytea, ?::text, ?::text, ?::text, ?::bigint, ?::bigint, ?::bigint, ?::text, ?::text \
     WHERE true{if_held}";

fn session(row: &SessionRecord) -> Vec<Value> {
    vec![
        (*row.id.as_bytes()).into(),
        row.hash.into(),
        (&row.realm).into(),
        (&row.user).into(),
        json(&row.authentication),
        row.created_at.into(),
        row.expires_at.into(),
        row.ended_at.into(),
        row.user_agent.clone().into(),
        row.address.clone().into(),
    ]
}

/// A record as JSON text. Records have string keys and finite numbers only, so this cannot fail; a null would be
/// refused by its column.
fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_string(value).ok().into()
}
