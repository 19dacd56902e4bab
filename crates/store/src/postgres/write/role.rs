//! Roles of the database. Every node has them in memory, so each write leaves a note.

use super::{Plan, json};
use crate::postgres::step::{Key, Rows, Step};
use grantd_core::change::Write;
use grantd_core::record::RoleRecord;
use std::sync::Arc;

/// Inserts a role if its name is free.
pub(in crate::postgres) const INSERT_ROLE_IF_FREE: &str = "INSERT INTO roles (realm, name, version, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text WHERE true{if_held} ON CONFLICT (realm, name) DO NOTHING RETURNING 1";
const PUT_ROLE: &str = "INSERT INTO roles (realm, name, version, record) \
     SELECT ?::text, ?::text, ?::bigint, ?::text WHERE true{if_held} \
     ON CONFLICT (realm, name) DO UPDATE SET version = excluded.version, record = excluded.record";

impl Plan {
    pub(super) fn add_role(&mut self, write: &Write) {
        match write {
            Write::PutRole(row) => self.put_role(row),
            Write::DeleteRole { realm, name } => {
                self.note("role", realm, name);
                self.steps.push(Step::new(
                    "DELETE FROM roles WHERE realm = ?::text AND name = ?::text{if_held}",
                    Rows::One("roles", Key::Named(Arc::clone(realm), Arc::clone(name))),
                    vec![realm.into(), name.into()],
                ));
            }
            // The others were added by the callers.
            _ => {}
        }
    }

    fn put_role(&mut self, row: &RoleRecord) {
        self.note("role", &row.realm, &row.name);
        self.steps.push(Step::new(
            PUT_ROLE,
            Rows::One("roles", Key::Named(Arc::clone(&row.realm), Arc::clone(&row.name))),
            vec![(&row.realm).into(), (&row.name).into(), row.version.into(), json(row)],
        ));
    }
}
