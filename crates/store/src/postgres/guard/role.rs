//! How guards about the roles of the database are asked.

use super::Asked;
use crate::postgres::step::{Key, Rows, Step};
use grantd_core::change::Guard;
use grantd_core::record::RoleRecord;
use std::sync::Arc;

/// Whether a guard is about this row.
pub(super) fn is_of(guard: &Guard, row: &RoleRecord) -> bool {
    matches!(guard, Guard::RoleAt { realm, name, .. } if *realm == row.realm && *name == row.name)
}

pub(super) fn ask(guard: &Guard) -> Asked {
    match guard {
        Guard::RoleAt {
            realm,
            name,
            version: Some(version),
        } => Asked::Row(Step::new(
            "SELECT 1 FROM roles WHERE realm = ?::text AND name = ?::text AND version = ?::bigint {lock}",
            row(realm, name),
            vec![realm.into(), name.into(), (*version).into()],
        )),
        Guard::RoleAt { realm, name, .. } => Asked::Absent(Step::new(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM roles WHERE realm = ?::text AND name = ?::text)",
            Rows::Many(&[]),
            vec![realm.into(), name.into()],
        )),
        Guard::RoleExists { realm, name } => Asked::Row(Step::new(
            "SELECT 1 FROM roles WHERE realm = ?::text AND name = ?::text {lock}",
            row(realm, name),
            vec![realm.into(), name.into()],
        )),
        Guard::RoleUnused { realm, name } => unused(realm, name),
        // A guard that nobody asked must not hold.
        _ => Asked::Absent(Step::new("SELECT 1 WHERE false", Rows::Many(&[]), Vec::new())),
    }
}

/// Whoever gives the role to somebody holds a lock on its row, so that is committed, or waits, once the row is locked here.
fn unused(realm: &Arc<str>, name: &Arc<str>) -> Asked {
    let lock = Step::new(
        "SELECT 1 FROM roles WHERE realm = ?::text AND name = ?::text FOR UPDATE",
        row(realm, name),
        vec![realm.into(), name.into()],
    );
    let look = Step::new(
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM memberships WHERE realm = ?::text AND role = ?::text) \
         AND NOT EXISTS (SELECT 1 FROM clients WHERE realm = ?::text AND role = ?::text) \
         AND NOT EXISTS (SELECT 1 FROM api_keys WHERE realm = ?::text AND role = ?::text AND ended_at IS NULL)",
        Rows::Many(&[]),
        [realm, name, realm, name, realm, name].map(Into::into).into(),
    );
    Asked::Alone(lock, look)
}

fn row(realm: &Arc<str>, name: &Arc<str>) -> Rows {
    Rows::One("roles", Key::Named(Arc::clone(realm), Arc::clone(name)))
}
