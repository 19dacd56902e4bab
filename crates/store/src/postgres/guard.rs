//! How each guard is asked of PostgreSQL. A guard about a row that exists locks the row, so that it still holds when
//! the transaction commits. A guard about a row that does not exist is the insert of that row where the change makes
//! one, decided by a unique index: of two racers one inserts nothing.

mod role;

use super::step::{Key, LOCK, Rows, Step};
use super::write::{self, Plan};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{KeyState, UserRecord};
use grantd_protocol::Timestamp;
use std::sync::Arc;

/// The ways in which a guard is asked.
pub(super) enum Asked {
    /// A `SELECT` that gives one row if the guard holds, and locks it.
    Row(Step),
    /// An `INSERT` that gives one row if the guard holds; it stands for the write at this index.
    Insert(Step, usize),
    /// A `SELECT` that gives one row if the guard holds, and locks nothing.
    Absent(Step),
    /// The same, behind a lock that has to be taken in a statement of its own: the look must be younger than it.
    Alone(Step, Step),
}

/// Translates `guard`; `now` is when the change was drawn.
pub(super) fn ask(guard: &Guard, writes: &[Write], now: Timestamp) -> Asked {
    if let Some((step, index)) = insert_for(guard, writes, now) {
        return Asked::Insert(step, index);
    }
    match guard {
        Guard::NoGrant { .. }
        | Guard::UsernameFree { .. }
        | Guard::LinkFree { .. }
        | Guard::ClientIdFree { .. }
        | Guard::TenantFree { .. }
        | Guard::IdempotencyFree(_)
        | Guard::UserCodeFree(_)
        | Guard::Unseen(_) => Asked::Absent(absent(guard, now)),
        Guard::AttemptsAt { tat: None, .. } | Guard::PlacesAt { next: None, .. } => Asked::Absent(absent(guard, now)),
        Guard::NoKey { realm, alg, state } => no_key(realm, alg, *state),
        Guard::ClientUnused { realm, client_id } => client_unused(realm, client_id),
        Guard::RoleAt { .. } | Guard::RoleExists { .. } | Guard::RoleUnused { .. } => role::ask(guard),
        row => Asked::Row(locked(row)),
    }
}

/// The order in which guards are asked, the same for every change, so that two changes seldom wait for each other in
/// a circle.
pub(super) const fn rank(guard: &Guard) -> u8 {
    match guard {
        Guard::AttemptsAt { .. } => 0,
        Guard::UserAt { .. } | Guard::UserRowAt { .. } => 1,
        Guard::ClientAt { .. } | Guard::TenantAt { .. } => 2,
        Guard::SessionLive(_) => 3,
        Guard::GrantLive(_) | Guard::GrantAt { .. } => 4,
        Guard::CodeUnspent(_) | Guard::DeviceAt { .. } => 5,
        Guard::FamilyAt { .. } => 6,
        Guard::AccessLive(_) | Guard::ApiKeyAt { .. } | Guard::LogoutDue { .. } => 7,
        Guard::WebhookAt { .. } | Guard::DeliveryAt { .. } => 7,
        _ => 8,
    }
}

const LIVE_GRANT: &str = "SELECT 1 FROM grants WHERE id = ?::uuid AND ended_at IS NULL {lock}";

fn locked(guard: &Guard) -> Step {
    debug_assert!(LIVE_GRANT.contains(LOCK));
    match guard {
        Guard::CodeUnspent(id) => Step::new(
            "SELECT 1 FROM codes WHERE id = ?::uuid AND spent_at IS NULL {lock}",
            Rows::One("codes", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into()],
        ),
        Guard::DeviceAt { id, version } => Step::new(
            "SELECT 1 FROM devices WHERE id = ?::uuid AND version = ?::bigint {lock}",
            Rows::One("devices", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into(), (*version).into()],
        ),
        // A family ends with its grant: both rows are locked.
        Guard::FamilyAt { id, generation } => Step::new(
            "SELECT 1 FROM families f JOIN grants g ON g.id = f.grant_id \
             WHERE f.id = ?::uuid AND f.ended_at IS NULL AND f.generation IS NOT DISTINCT FROM ?::bigint \
             AND g.ended_at IS NULL {lock} OF f FOR SHARE OF g",
            Rows::One("families", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into(), (*generation).into()],
        ),
        Guard::GrantLive(id) => Step::new(
            LIVE_GRANT,
            Rows::One("grants", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into()],
        ),
        Guard::GrantAt { id, version } => Step::new(
            "SELECT 1 FROM grants WHERE id = ?::uuid AND ended_at IS NULL AND version = ?::bigint {lock}",
            Rows::One("grants", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into(), (*version).into()],
        ),
        Guard::SessionLive(id) => Step::new(
            "SELECT 1 FROM sessions WHERE id = ?::uuid AND ended_at IS NULL {lock}",
            Rows::One("sessions", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into()],
        ),
        Guard::AccessLive(id) => Step::new(
            "SELECT 1 FROM access_tokens WHERE id = ?::uuid AND ended_at IS NULL {lock}",
            Rows::One("access_tokens", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into()],
        ),
        cold => locked_cold(cold),
    }
}

fn locked_cold(guard: &Guard) -> Step {
    match guard {
        Guard::UserAt { realm, id, version } => Step::new(
            "SELECT 1 FROM users WHERE realm = ?::text AND id = ?::text AND version = ?::bigint AND enabled {lock}",
            Rows::One("users", Key::Named(Arc::clone(realm), Arc::clone(id))),
            vec![realm.into(), id.into(), (*version).into()],
        ),
        Guard::UserRowAt { realm, id, version } => Step::new(
            "SELECT 1 FROM users WHERE realm = ?::text AND id = ?::text AND version = ?::bigint {lock}",
            Rows::One("users", Key::Named(Arc::clone(realm), Arc::clone(id))),
            vec![realm.into(), id.into(), (*version).into()],
        ),
        Guard::TenantAt { realm, id, version } => Step::new(
            "SELECT 1 FROM tenants WHERE realm = ?::text AND id = ?::text AND version = ?::bigint {lock}",
            Rows::One("tenants", Key::Named(Arc::clone(realm), Arc::clone(id))),
            vec![realm.into(), id.into(), (*version).into()],
        ),
        Guard::ClientAt {
            realm,
            client_id,
            version,
        } => Step::new(
            "SELECT 1 FROM clients WHERE realm = ?::text AND client_id = ?::text AND version = ?::bigint {lock}",
            Rows::One("clients", Key::Named(Arc::clone(realm), Arc::clone(client_id))),
            vec![realm.into(), client_id.into(), (*version).into()],
        ),
        Guard::ClientExists { realm, client_id } => Step::new(
            "SELECT 1 FROM clients WHERE realm = ?::text AND client_id = ?::text {lock}",
            Rows::One("clients", Key::Named(Arc::clone(realm), Arc::clone(client_id))),
            vec![realm.into(), client_id.into()],
        ),
        Guard::KeyAt { realm, kid, state } => Step::new(
            "SELECT 1 FROM signing_keys WHERE realm = ?::text AND kid = ?::text AND state = ?::text {lock}",
            Rows::One("signing_keys", Key::Named(Arc::clone(realm), kid.as_str().into())),
            vec![realm.into(), kid.clone().into(), write::state_name(*state)],
        ),
        Guard::LogoutDue {
            session,
            client_id,
            tries,
        } => Step::new(
            "SELECT 1 FROM session_clients WHERE session_id = ?::uuid AND client_id = ?::text \
             AND due_at IS NOT NULL AND tries = ?::bigint {lock}",
            Rows::Many(&["session_clients"]),
            vec![(*session.as_bytes()).into(), client_id.into(), (*tries).into()],
        ),
        Guard::WebhookAt { id, version } => Step::new(
            "SELECT 1 FROM webhooks WHERE id = ?::uuid AND version = ?::bigint {lock}",
            Rows::One("webhooks", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into(), (*version).into()],
        ),
        Guard::DeliveryAt {
            key: (webhook, event),
            tries,
            due_at,
        } => Step::new(
            "SELECT 1 FROM webhook_deliveries WHERE webhook = ?::uuid AND event = ?::uuid \
             AND tries = ?::bigint AND due_at IS NOT DISTINCT FROM ?::bigint {lock}",
            Rows::Many(&["webhook_deliveries"]),
            vec![
                (*webhook.as_bytes()).into(),
                (*event.as_bytes()).into(),
                (*tries).into(),
                (*due_at).into(),
            ],
        ),
        Guard::ApiKeyAt { id, version } => Step::new(
            "SELECT 1 FROM api_keys WHERE id = ?::uuid AND version = ?::bigint AND ended_at IS NULL {lock}",
            Rows::One("api_keys", Key::Id(*id.as_bytes())),
            vec![(*id.as_bytes()).into(), (*version).into()],
        ),
        Guard::PlacesAt { realm, next } => Step::new(
            "SELECT 1 FROM places WHERE realm = ?::text AND next = ?::bigint {lock}",
            Rows::One("places", Key::Named(Arc::clone(realm), "".into())),
            vec![realm.into(), (*next).into()],
        ),
        Guard::AttemptsAt { key, tat } => Step::new(
            "SELECT 1 FROM attempts WHERE key = ?::bytea AND tat = ?::bigint {lock}",
            Rows::One("attempts", Key::Hash(key.0)),
            vec![key.0.into(), (*tat).into()],
        ),
        // The others are answered by the callers; a guard that nobody asked must not hold.
        _ => Step::new("SELECT 1 WHERE false", Rows::Many(&[]), Vec::new()),
    }
}

fn absent(guard: &Guard, now: Timestamp) -> Step {
    let (sql, values) = match guard {
        Guard::NoGrant {
            realm,
            user,
            client_id,
            tenant,
        } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM grants WHERE realm = ?::text AND user_id = ?::text \
             AND client_id = ?::text AND coalesce('=' || tenant, '') = coalesce('=' || ?::text, '') \
             AND ended_at IS NULL)",
            vec![realm.into(), user.into(), client_id.into(), tenant.as_ref().into()],
        ),
        Guard::UsernameFree { realm, key } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM users WHERE realm = ?::text AND username_key = ?::text)",
            vec![realm.into(), key.clone().into()],
        ),
        Guard::LinkFree { realm, key } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM upstream_links WHERE realm = ?::text AND key = ?::bytea)",
            vec![realm.into(), (*key).into()],
        ),
        Guard::ClientIdFree { realm, client_id } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM clients WHERE realm = ?::text AND client_id = ?::text)",
            vec![realm.into(), client_id.into()],
        ),
        Guard::TenantFree { realm, id } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tenants WHERE realm = ?::text AND id = ?::text)",
            vec![realm.into(), id.into()],
        ),
        Guard::IdempotencyFree(key) => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM idempotency WHERE key = ?::bytea AND expires_at > ?::bigint)",
            vec![(*key).into(), now.into()],
        ),
        Guard::UserCodeFree(code) => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM devices WHERE user_code = ?::bytea)",
            vec![code.0.into()],
        ),
        Guard::Unseen(key) => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM seen WHERE key = ?::bytea AND expires_at > ?::bigint)",
            vec![key.0.into(), now.into()],
        ),
        Guard::AttemptsAt { key, .. } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE key = ?::bytea)",
            vec![key.0.into()],
        ),
        Guard::PlacesAt { realm, .. } => (
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM places WHERE realm = ?::text)",
            vec![realm.into()],
        ),
        _ => ("SELECT 1 WHERE false", Vec::new()),
    };
    Step::new(sql, Rows::Many(&[]), values)
}

fn no_key(realm: &Arc<str>, alg: &str, state: KeyState) -> Asked {
    let slot = Step::new(
        "INSERT INTO key_slots (realm, alg) VALUES (?::text, ?::text) \
         ON CONFLICT (realm, alg) DO UPDATE SET alg = excluded.alg RETURNING 1",
        Rows::Many(&["key_slots"]),
        vec![realm.into(), alg.into()],
    );
    let look = Step::new(
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE realm = ?::text AND alg = ?::text \
         AND state = ?::text)",
        Rows::Many(&[]),
        vec![realm.into(), alg.into(), write::state_name(state)],
    );
    Asked::Alone(slot, look)
}

/// The insert that decides an absence guard, if the change makes that row.
fn insert_for(guard: &Guard, writes: &[Write], now: Timestamp) -> Option<(Step, usize)> {
    writes.iter().enumerate().find_map(|(index, write)| {
        let tail = match (guard, write) {
            (
                Guard::Unseen(key),
                Write::Remember {
                    key: written,
                    expires_at,
                },
            ) if key == written => {
                return Some((remember_unseen(key.0, *expires_at, now), index));
            }
            (
                Guard::AttemptsAt { key, tat: None },
                Write::SetAttempts {
                    key: set,
                    tat,
                    expires_at,
                },
            ) if key == set => {
                return Some((first_attempt(key.0, *tat, *expires_at), index));
            }
            (Guard::PlacesAt { realm, next: None }, Write::LeasePlaces { realm: of, next }) if realm == of => {
                return Some((write::lease_places(realm, *next, false), index));
            }
            (Guard::IdempotencyFree(key), Write::PutIdempotency(row)) if *key == row.key => {
                return Some((write::remember(row, now), index));
            }
            (Guard::UserCodeFree(code), Write::InsertDevice(row)) => *code == row.user_code,
            (Guard::LinkFree { realm, key }, Write::InsertLink(row)) => *realm == row.realm && *key == row.key,
            (Guard::TenantFree { realm, id }, Write::PutTenant(row)) => *realm == row.realm && *id == row.id,
            (Guard::RoleAt { version: None, .. }, Write::PutRole(row)) => role::is_of(guard, row),
            (Guard::UsernameFree { realm, key }, Write::InsertUser(row)) => {
                *realm == row.realm && *key == UserRecord::key_of(&row.username)
            }
            (Guard::ClientIdFree { realm, client_id }, Write::InsertClient(row)) => {
                *realm == row.realm && *client_id == row.client_id
            }
            (
                Guard::NoGrant {
                    realm,
                    user,
                    client_id,
                    tenant,
                },
                Write::InsertGrant(row),
            ) => {
                *realm == row.realm
                    && *user == row.user
                    && *client_id == row.client_id
                    && *tenant == row.tenant
                    && row.ended_at.is_none()
            }
            _ => false,
        };
        tail.then(|| deciding(write)).flatten().map(|step| (step, index))
    })
}

/// The write's own insert, which gives a row only if it inserted one.
fn deciding(write: &Write) -> Option<Step> {
    let sql = match write {
        Write::InsertUser(_) => write::INSERT_USER_IF_FREE,
        Write::InsertClient(_) => write::INSERT_CLIENT_IF_FREE,
        Write::InsertGrant(_) => write::INSERT_GRANT_IF_NONE,
        Write::InsertDevice(_) => write::INSERT_DEVICE_IF_FREE,
        Write::PutTenant(_) => write::INSERT_TENANT_IF_FREE,
        Write::PutRole(_) => write::INSERT_ROLE_IF_FREE,
        Write::InsertLink(_) => write::INSERT_LINK_IF_FREE,
        _ => return None,
    };
    let mut plan = Plan::default();
    plan.add(write);
    let first = plan.steps.into_iter().next()?;
    Some(Step {
        sql: sql.into(),
        ..first
    })
}

/// Whoever makes a grant holds a lock on the client's row, so it is committed, or waits, once the row is locked here.
fn client_unused(realm: &Arc<str>, client_id: &Arc<str>) -> Asked {
    let rows = Rows::One("clients", Key::Named(Arc::clone(realm), Arc::clone(client_id)));
    let lock = Step::new(
        "SELECT 1 FROM clients WHERE realm = ?::text AND client_id = ?::text FOR UPDATE",
        rows,
        vec![realm.into(), client_id.into()],
    );
    let look = Step::new(
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM grants WHERE realm = ?::text AND client_id = ?::text \
           AND ended_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM access_by_client b JOIN access_tokens a ON a.id = b.id \
           WHERE b.realm = ?::text AND b.client_id = ?::text) \
         AND NOT EXISTS (SELECT 1 FROM access_tokens WHERE id > (SELECT up_to FROM access_indexed) \
           AND realm = ?::text AND client_id = ?::text)",
        Rows::Many(&[]),
        [realm, client_id, realm, client_id, realm, client_id]
            .map(Into::into)
            .into(),
    );
    Asked::Alone(lock, look)
}

fn remember_unseen(key: [u8; 32], expires_at: Timestamp, now: Timestamp) -> Step {
    Step::new(
        "INSERT INTO seen (key, expires_at) SELECT ?::bytea, ?::bigint WHERE true{if_held} \
         ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE seen.expires_at <= ?::bigint \
         RETURNING 1",
        Rows::One("seen", Key::Hash(key)),
        vec![key.into(), expires_at.into(), now.into()],
    )
}

fn first_attempt(key: [u8; 32], tat: Timestamp, expires_at: Timestamp) -> Step {
    Step::new(
        "INSERT INTO attempts (key, tat, expires_at) SELECT ?::bytea, ?::bigint, ?::bigint WHERE true{if_held} \
         ON CONFLICT (key) DO NOTHING RETURNING 1",
        Rows::One("attempts", Key::Hash(key)),
        vec![key.into(), tat.into(), expires_at.into()],
    )
}
