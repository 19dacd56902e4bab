//! Registrations that nobody uses end. Anybody may have made them, so there is nobody to take them away: without this they
//! pile up, however slowly. A program whose registration is gone registers again, as it did the first time.

use crate::admin::client::target;
use crate::admin::deed::Deed;
use crate::admin::fields::Fields;
use crate::admin::refused::Refused;
use crate::change::{Change, Guard, Write};
use crate::client_metadata::can_come_back;
use crate::record::client::ClientOrigin;
use crate::record::{AuditRecord, ClientRecord};
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Entropy, Seconds, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What the audit log calls it.
const EXPIRED: &str = "client.expired";
/// What may be asked for as unused: a program that registered a moment ago is about to be used for the first time.
pub const SHORTEST: Seconds = Seconds(86_400);
/// The longest time that can be asked for: ten years.
pub const LONGEST: Seconds = Seconds(315_360_000);
/// The longest id of a client, in characters.
const MAX_CLIENT_ID: usize = 2048;

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
    let line = AuditRecord {
        id: AuditId::draw(now, entropy),
        realm: Arc::clone(&client.realm),
        at: now,
        actor: "system".to_owned(),
        action: EXPIRED.to_owned(),
        target: target(&client.client_id),
        address: None,
        detail: detail(client),
    };
    gone(client, Write::Audit(Box::new(line)), now, entropy)
}

/// What somebody who runs the realm asks to expire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Only what was not heard of for so long.
    pub unused_for: Seconds,
    /// These.
    pub client_ids: Vec<String>,
}

/// Reads it from a body.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn read(body: &Map<String, Value>) -> Result<Asked, Refused> {
    let mut fields = Fields::new(body);
    let (mut unused_for, mut client_ids) = (None, Vec::new());
    fields.require("unused_for");
    fields.require("client_ids");
    fields.optional_seconds("unused_for", SHORTEST.get()..=LONGEST.get(), &mut unused_for);
    fields.texts("client_ids", MAX_CLIENT_ID, &mut client_ids);
    Refused::unless_none(fields.finish())?;
    Ok(Asked {
        unused_for: unused_for.unwrap_or(LONGEST),
        client_ids,
    })
}

/// The same as [`expire`], asked for by somebody; `None` for one that is not theirs, or may not leave yet.
#[must_use]
pub fn expire_by(client: &ClientRecord, unused_for: Seconds, deed: &Deed<'_>) -> Option<Change> {
    let leaves = deed.actor.owns(client) && may_expire(client, unused_for, deed.now);
    let audit = || deed.audit(EXPIRED, target(&client.client_id), detail(client));
    leaves.then(|| gone(client, audit(), deed.now, deed.entropy))
}

fn detail(client: &ClientRecord) -> Value {
    json!({ "name": client.name })
}

fn gone(client: &ClientRecord, line: Write, now: Timestamp, entropy: &dyn Entropy) -> Change {
    let (realm, client_id) = (&client.realm, &client.client_id);
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
            line,
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Actor;
    use crate::fixture::{self, NOW, client_with};
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
    fn somebody_expires_what_may_leave_under_their_own_name() {
        let (realm, entropy, actor) = (fixture::realm(), Counted::default(), Actor::command_line());
        let deed = fixture::deed(&realm, &actor, &entropy);
        let client = registered(|_| {});
        let change = expire_by(&client, MONTH, &deed).unwrap();
        assert_eq!(change.guards, expire(&client, NOW, &entropy).guards);
        let [Write::DeleteClient { .. }, Write::Audit(line)] = change.writes.as_slice() else {
            panic!("{:?}", change.writes);
        };
        assert_eq!((&*line.action, &*line.actor), ("client.expired", actor.name()));
        assert!(expire_by(&client, Seconds(MONTH.get() + 1), &deed).is_none());
    }

    #[test]
    fn what_is_asked_for_has_its_bounds() {
        let of = |body: Value| read(body.as_object().unwrap());
        let good = of(json!({ "unused_for": 86_400, "client_ids": ["a", "b"] })).unwrap();
        assert_eq!((good.unused_for, good.client_ids.len()), (SHORTEST, 2));
        let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
        for bad in [
            json!({}),
            json!({ "unused_for": 86_399, "client_ids": ["a"] }),
            json!({ "unused_for": 315_360_001, "client_ids": ["a"] }),
            json!({ "unused_for": null, "client_ids": ["a"] }),
            json!({ "unused_for": 86_400, "client_ids": null }),
            json!({ "unused_for": 86_400, "client_ids": ["a", "a"] }),
            json!({ "unused_for": 86_400, "client_ids": many }),
            json!({ "unused_for": 86_400, "client_ids": ["a"], "all": true }),
        ] {
            assert!(of(bad.clone()).is_err(), "{bad}");
        }
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
