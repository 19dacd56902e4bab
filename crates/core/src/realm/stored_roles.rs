//! Roles of the database beside those of the realm's file. They count by the same rule, in [`Realm::role`]; where both have a
//! name, the file's counts. How the database is read, and how often, is not for here.

use super::Realm;
use crate::change::{Guard, Write};
use crate::record::RoleRecord;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which of a realm's roles are of the database.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StoredRoles {
    /// Those that count.
    pub counting: BTreeSet<Arc<str>>,
    /// Those that do not, since the file has a role of the same name.
    pub hidden: BTreeSet<Arc<str>>,
}

impl Realm {
    /// The same realm with these roles of the database, and no others, beside those of its file. `None` where that changes
    /// nothing.
    #[must_use]
    pub fn with_stored_roles(&self, stored: &[RoleRecord]) -> Option<Self> {
        let mut roles = self.roles.clone();
        roles.retain(|name, _| !self.stored_roles.counting.contains(name));
        let mut which = StoredRoles::default();
        for role in stored {
            let name = Arc::clone(&role.name);
            if self.is_role_of_file(&name) {
                which.hidden.insert(name);
            } else {
                which.counting.insert(Arc::clone(&name));
                roles.insert(name, role.permissions.clone());
            }
        }
        (roles != self.roles || which != self.stored_roles).then(|| Self {
            roles,
            stored_roles: which,
            ..self.clone()
        })
    }

    /// Whether the file declares a role of this name.
    #[must_use]
    pub fn is_role_of_file(&self, name: &str) -> bool {
        self.roles.contains_key(name) && !self.stored_roles.counting.contains(name)
    }

    /// That the roles which these writes give to somebody are still there when they are written, as far as the database has
    /// them: who is given a role that is removed at the same instant would hold a name that somebody can define anew.
    #[must_use]
    pub fn roles_stand(&self, writes: &[Write]) -> Vec<Guard> {
        let given = writes.iter().filter_map(|write| match write {
            Write::PutMembership(row) => Some(&row.role),
            Write::InsertClient(row) | Write::UpdateClient(row) => row.role.as_ref(),
            Write::InsertApiKey(row) | Write::UpdateApiKey(row) => row.role.as_ref(),
            _ => None,
        });
        let stored: BTreeSet<&Arc<str>> = given
            .filter(|name| self.stored_roles.counting.contains(*name))
            .collect();
        let guard = |name: &Arc<str>| Guard::RoleExists {
            realm: Arc::clone(&self.name),
            name: Arc::clone(name),
        };
        stored.into_iter().map(guard).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, NOW, scopes};

    fn stored(name: &str, permissions: &str) -> RoleRecord {
        RoleRecord {
            realm: "main".into(),
            name: name.into(),
            version: 1,
            description: None,
            permissions: scopes(permissions),
            created_at: NOW,
        }
    }

    fn names(set: &BTreeSet<Arc<str>>) -> Vec<&str> {
        set.iter().map(|name| &**name).collect()
    }

    #[test]
    fn a_role_of_the_database_counts_until_it_is_gone_and_takes_nothing_of_the_file_along() {
        let file = fixture::realm();
        let clerk = stored("clerk", "invoices:read");
        let with = file.with_stored_roles(std::slice::from_ref(&clerk)).unwrap();
        assert_eq!(with.role("clerk"), scopes("invoices:read"));
        assert!(with.with_stored_roles(&[clerk]).is_none(), "nothing changed");
        let narrower = with.with_stored_roles(&[stored("clerk", "customers:read")]).unwrap();
        assert_eq!(narrower.role("clerk"), scopes("customers:read"));
        let without = narrower.with_stored_roles(&[]).unwrap();
        assert_eq!(
            (&without.roles, &without.stored_roles),
            (&file.roles, &file.stored_roles)
        );
    }

    #[test]
    fn where_the_file_has_the_name_the_file_counts() {
        let with = fixture::realm().with_stored_roles(&[stored("viewer", "*")]).unwrap();
        assert_eq!(with.role("viewer"), fixture::realm().role("viewer"));
        assert!(with.is_role_of_file("viewer"));
        assert_eq!(
            (names(&with.stored_roles.counting), names(&with.stored_roles.hidden)),
            (vec![], vec!["viewer"])
        );
    }

    #[test]
    fn whoever_gives_a_role_of_the_database_asks_that_it_is_there_still() {
        let realm = fixture::realm()
            .with_stored_roles(&[stored("clerk", "invoices:read")])
            .unwrap();
        let guard = Guard::RoleExists {
            realm: Arc::clone(&realm.name),
            name: "clerk".into(),
        };
        let place = |role: &str| Write::PutMembership(Box::new(fixture::membership("acme", role)));
        assert_eq!(
            realm.roles_stand(&[place("clerk"), place("clerk")]),
            std::slice::from_ref(&guard)
        );
        assert_eq!(realm.roles_stand(&[place("viewer"), place("unknown")]), []);
        let mut client = fixture::client();
        client.role = Some("clerk".into());
        let put = |row: &crate::record::ClientRecord| Write::UpdateClient(Box::new(row.clone()));
        assert_eq!(realm.roles_stand(&[put(&client)]), [guard]);
        assert_eq!(realm.roles_stand(&[put(&fixture::client())]), []);
    }
}
