//! One deed of the admin API: who does it, from where and when. It makes the change with its line in the audit log, so
//! that nothing is done without one.

use super::actor::Actor;
use super::refused::Refused;
use crate::change::{Change, Guard, Write};
use crate::realm::Realm;
use crate::record::AuditRecord;
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Entropy, ScopeSet, Timestamp};
use serde_json::Value;
use std::sync::Arc;

/// Who does something, where and when.
#[derive(Clone, Copy)]
pub struct Deed<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// Who.
    pub actor: &'a Actor,
    /// The address the request came from, where there is one.
    pub address: Option<&'a str>,
    /// When.
    pub now: Timestamp,
    /// For ids.
    pub entropy: &'a dyn Entropy,
    /// For a secret that the reply shows. A retry under the same idempotency key draws the same one again.
    pub secrets: &'a dyn Entropy,
}

/// What shall be written, and the object as it is afterwards.
#[derive(Debug)]
pub struct Edit<T> {
    /// What to commit.
    pub change: Change,
    /// The object afterwards.
    pub after: T,
}

impl Deed<'_> {
    /// The change, with its line in the audit log. The roles that it gives to somebody must be there still.
    #[must_use]
    pub fn change(&self, mut guards: Vec<Guard>, mut writes: Vec<Write>, audit: Write) -> Change {
        guards.extend(self.realm.roles_stand(&writes));
        writes.push(audit);
        Change {
            id: ChangeId::draw(self.now, self.entropy),
            guards,
            writes,
        }
    }

    /// A line of the audit log. `detail` never holds a secret.
    #[must_use]
    pub fn audit(&self, action: &str, target: String, detail: Value) -> Write {
        Write::Audit(Box::new(AuditRecord {
            id: AuditId::draw(self.now, self.entropy),
            realm: Arc::clone(&self.realm.name),
            at: self.now,
            actor: self.actor.name().to_owned(),
            action: action.to_owned(),
            target,
            address: self.address.map(str::to_owned),
            detail,
        }))
    }

    /// Whether the actor may hand out these scopes, or get hold of somebody who has them.
    ///
    /// # Errors
    /// [`Refused::Beyond`].
    pub fn must_hold(&self, scopes: &ScopeSet) -> Result<(), Refused> {
        self.actor.must_hold(scopes, &self.realm.catalogue)
    }

    /// The realm's name.
    #[must_use]
    pub fn realm_name(&self) -> Arc<str> {
        Arc::clone(&self.realm.name)
    }
}
