//! What the memory store keeps of roles, and who has one.

use super::state::{State, key};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{RoleHolders, RoleRecord};
use grantd_protocol::Timestamp;

impl State {
    pub(super) fn apply_role(&mut self, write: Write, now: Timestamp) {
        match write {
            Write::PutRole(row) => {
                self.note("role", &row.realm, &row.name, now);
                self.roles.insert(key(&row.realm, &row.name), *row);
            }
            Write::DeleteRole { realm, name } => {
                self.note("role", &realm, &name, now);
                self.roles.remove(&key(&realm, &name));
            }
            // The others were applied by the callers.
            _ => {}
        }
    }

    pub(super) fn holds_of_role(&self, guard: &Guard) -> bool {
        match guard {
            Guard::RoleAt { realm, name, version } => {
                self.roles.get(&key(realm, name)).map(|row| row.version) == *version
            }
            Guard::RoleExists { realm, name } => self.roles.contains_key(&key(realm, name)),
            Guard::RoleUnused { realm, name } => !self.role_holders(realm, name).any(),
            // The others were answered by the callers.
            _ => false,
        }
    }

    pub(super) fn roles_of(&self, realm: &str) -> Vec<RoleRecord> {
        let rows = self.roles.values().filter(|row| *row.realm == *realm);
        rows.cloned().collect()
    }

    pub(super) fn role_holders(&self, realm: &str, name: &str) -> RoleHolders {
        let members = self.memberships.values();
        let members = members.filter(|row| *row.realm == *realm && *row.role == *name);
        let clients = self.clients.values();
        let clients = clients.filter(|row| *row.realm == *realm && row.role.as_deref() == Some(name));
        let keys = self.api_keys.values();
        let keys =
            keys.filter(|row| *row.realm == *realm && row.role.as_deref() == Some(name) && row.ended_at.is_none());
        RoleHolders {
            members: members.count() as u64,
            clients: clients.count() as u64,
            api_keys: keys.count() as u64,
        }
    }
}
