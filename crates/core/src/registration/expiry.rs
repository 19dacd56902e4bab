//! Registrations that nobody uses end. Anybody may have made them, so there is nobody to take them away: without this they
//! pile up, however slowly. A program whose registration is gone registers again, as it did the first time.

use crate::change::{Change, Guard, Write};
use crate::client_metadata::can_come_back;
use crate::record::client::ClientOrigin;
use crate::record::{AuditRecord, ClientRecord};
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Entropy, Seconds, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// Whether a client leaves if nothing hangs off it: it registered itself, and neither registered again nor was changed for
/// `lifetime`. One that an operator disabled stays, since it would come back enabled by registering once more; and so does
/// one that somebody gave a tenant.
#[must_use]
pub fn may_expire(client: &ClientRecord, lifetime: Seconds, now: Timestamp) -> bool {
    client.origin == ClientOrigin::Dynamic
        && client.enabled
        && client.tenant.is_none()
        && client.updated_at.max(client.created_at).plus(lifetime) <= now
}

/// What takes it away: only as it was seen, and only while nothing hangs off it. Whoever uses it for the first time at the
/// same instant comes first, or finds it gone.
#[must_use]
pub fn expire(client: &ClientRecord, now: Timestamp, entropy: &dyn Entropy) -> Change {
    let (realm, client_id) = (&client.realm, &client.client_id);
    let line = AuditRecord {
        id: AuditId::draw(now, entropy),
        realm: Arc::clone(realm),
        at: now,
        actor: "system".to_owned(),
        action: "client.expired".to_owned(),
        target: format!("client:{client_id}"),
        address: None,
        detail: json!({ "name": client.name }),
    };
    Change {
        id: ChangeId::draw(now, entropy),
        guards: vec![
            Guard::ClientAt {
                realm: Arc::clone(realm),
                client_id: Arc::clone(client_id),
                version: client.version,
            },
            Guard::ClientUnused {
                realm: Arc::clone(realm),
                client_id: Arc::clone(client_id),
            },
        ],
        writes: vec![
            Write::DeleteClient {
                realm: Arc::clone(realm),
                client_id: Arc::clone(client_id),
                keeps_blocks: can_come_back(client_id),
                at: now,
            },
            Write::Audit(Box::new(line)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, client_with};
    use grantd_protocol::entropy::counted::Counted;

    const MONTH: Seconds = Seconds(30 * 86_400);

    fn registered(change: impl FnOnce(&mut ClientRecord)) -> ClientRecord {
        client_with(|client| {
            client.origin = ClientOrigin::Dynamic;
            client.tenant = None;
            client.created_at = NOW.minus(MONTH);
            client.updated_at = NOW.minus(MONTH);
            change(client);
        })
    }

    #[test]
    fn what_registered_itself_and_was_not_heard_of_for_the_lifetime_may_leave() {
        assert!(may_expire(&registered(|_| {}), MONTH, NOW));
        let heard_of = registered(|client| client.updated_at = NOW.minus(Seconds(MONTH.get() - 1)));
        assert!(!may_expire(&heard_of, MONTH, NOW));
    }

    #[test]
    fn what_somebody_stands_behind_or_disabled_stays() {
        for origin in [
            ClientOrigin::Console,
            ClientOrigin::Portal,
            ClientOrigin::MetadataDocument,
        ] {
            assert!(!may_expire(&registered(|client| client.origin = origin), MONTH, NOW));
        }
        assert!(!may_expire(&registered(|client| client.enabled = false), MONTH, NOW));
        assert!(!may_expire(
            &registered(|client| client.tenant = Some("acme".into())),
            MONTH,
            NOW
        ));
    }

    #[test]
    fn it_leaves_as_it_was_seen_and_only_while_nothing_hangs_off_it() {
        let client = registered(|_| {});
        let change = expire(&client, NOW, &Counted::default());
        let [Guard::ClientAt { version, .. }, Guard::ClientUnused { client_id, .. }] = change.guards.as_slice() else {
            panic!("{:?}", change.guards);
        };
        assert_eq!((*version, client_id), (client.version, &client.client_id));
        assert!(matches!(
            change.writes.as_slice(),
            [Write::DeleteClient { .. }, Write::Audit(_)]
        ));
    }
}
