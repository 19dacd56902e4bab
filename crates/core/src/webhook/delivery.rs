//! When a message is tried, and when it is given up: each attempt is claimed before it is made, so that of several nodes one
//! makes it, and a node that dies in the middle is followed by another.

use crate::change::{Change, Guard, Write};
use crate::record::{DeliveryRecord, DeliveryState};
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Seconds, Timestamp};

/// The pauses after attempts, in seconds: about a day in all. After the attempt that follows the last one a message is
/// given up. Even the shortest, with a fifth less, is longer than an attempt may take (five seconds): otherwise another node
/// would make the next attempt while the first is under way.
const PAUSES: &[u32] = &[10, 300, 1800, 7200, 18_000, 36_000, 25_200];
/// How long the last attempt may take before another node sees that nobody made it.
const LAST: u32 = 300;
/// Seconds that a message may wait for an attempt that is due. It waits so long behind others alone, for a webhook that takes
/// nothing, and would wait there for ever. It is not its age that counts: what is told again by hand may be old.
const TOO_LONG: u64 = 30 * 3600;

/// The change that claims the next attempt, and where the delivery stands then; `None` where there were enough, or
/// it waited too long for its turn. `chance` moves the pause by up to a fifth, so that what failed together does not come back
/// together.
#[must_use]
pub fn claim(delivery: &DeliveryRecord, id: ChangeId, now: Timestamp, chance: u8) -> Option<(Change, DeliveryRecord)> {
    let tries = usize::try_from(delivery.state.tries).ok()?;
    let waited = delivery.state.due_at.map_or(0, |due_at| now.seconds_since(due_at));
    if tries > PAUSES.len() || waited > TOO_LONG {
        return None;
    }
    let pause = PAUSES.get(tries).map_or(LAST, |pause| {
        let percent = 80 + u32::from(chance) * 40 / 255;
        pause.saturating_mul(percent) / 100
    });
    let to = DeliveryState {
        due_at: Some(now.plus(Seconds(pause.max(1)))),
        tries: delivery.state.tries + 1,
        tried_at: Some(now),
        status: None,
        delivered_at: None,
    };
    Some(moved(delivery, to, id))
}

/// The change that notes how a claimed attempt went: with which status, if there was an answer.
#[must_use]
pub fn settle(claimed: &DeliveryRecord, status: Option<u16>, id: ChangeId, now: Timestamp) -> Change {
    let is_taken = status.is_some_and(|status| (200..300).contains(&status));
    let is_last = usize::try_from(claimed.state.tries).is_ok_and(|tries| tries > PAUSES.len());
    let to = DeliveryState {
        due_at: claimed.state.due_at.filter(|_| !is_taken && !is_last),
        status,
        delivered_at: is_taken.then_some(now),
        ..claimed.state
    };
    moved(claimed, to, id).0
}

/// The change after which nobody tries any more.
#[must_use]
pub fn give_up(delivery: &DeliveryRecord, id: ChangeId) -> Change {
    let to = DeliveryState {
        due_at: None,
        ..delivery.state
    };
    moved(delivery, to, id).0
}

/// From where the decision saw the delivery to where it is now.
pub(crate) fn moved(from: &DeliveryRecord, to: DeliveryState, id: ChangeId) -> (Change, DeliveryRecord) {
    let key = (from.webhook, from.event.id);
    let change = Change {
        id,
        guards: vec![Guard::DeliveryAt {
            key,
            tries: from.state.tries,
            due_at: from.state.due_at,
        }],
        writes: vec![Write::MoveDelivery { key, to }],
    };
    let after = DeliveryRecord {
        state: to,
        ..from.clone()
    };
    (change, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::NOW;
    use crate::record::AuditRecord;
    use grantd_protocol::id::{AuditId, WebhookId};
    use serde_json::Value;

    const ID: ChangeId = ChangeId::from_bytes([1; 16]);

    fn delivery() -> DeliveryRecord {
        DeliveryRecord {
            webhook: WebhookId::from_bytes([7; 16]),
            event: AuditRecord {
                id: AuditId::from_bytes([8; 16]),
                realm: "main".into(),
                at: NOW,
                actor: "cli".to_owned(),
                action: "grant.ended".to_owned(),
                target: "grant:1".to_owned(),
                address: None,
                detail: Value::Null,
            },
            state: DeliveryState {
                due_at: Some(NOW),
                ..DeliveryState::default()
            },
        }
    }

    /// Where the only write of a change leads.
    fn led(change: &Change) -> DeliveryState {
        match change.writes.as_slice() {
            [Write::MoveDelivery { to, .. }] => *to,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn attempts_go_on_for_about_a_day_and_come_to_an_end() {
        for chance in [0, 255] {
            let (mut now, mut at) = (NOW, delivery());
            let mut attempts = 0;
            while let Some((change, claimed)) = claim(&at, ID, now, chance) {
                let guard = Guard::DeliveryAt {
                    key: (at.webhook, at.event.id),
                    tries: at.state.tries,
                    due_at: at.state.due_at,
                };
                assert_eq!(change.guards, [guard]);
                attempts += 1;
                at.state = led(&settle(&claimed, Some(500), ID, now));
                assert_eq!(at.state.status, Some(500));
                let Some(next) = at.state.due_at else { break };
                assert!(next > now);
                now = next;
            }
            assert_eq!((attempts, at.state.due_at), (8, None));
            let hours = now.seconds_since(NOW) / 3600;
            assert!((19..=30).contains(&hours), "{hours}");
            assert!(claim(&at, ID, now, chance).is_none());
        }
    }

    #[test]
    fn what_waits_too_long_for_its_turn_is_given_up_untried() {
        let last = NOW.plus(Seconds(30 * 3600));
        assert!(claim(&delivery(), ID, last, 0).is_some());
        assert!(claim(&delivery(), ID, last.plus(Seconds(1)), 0).is_none());
    }

    #[test]
    fn what_is_told_again_is_tried_again_however_old_it_is() {
        let mut old = delivery();
        let now = NOW.plus(Seconds(29 * 86_400));
        old.state.due_at = Some(now);
        let mut attempts = 0;
        while let Some((_, claimed)) = claim(&old, ID, old.state.due_at.unwrap_or(now), 0) {
            old.state = claimed.state;
            attempts += 1;
        }
        assert_eq!(attempts, 8);
    }

    #[test]
    fn no_attempt_is_due_again_while_it_may_be_under_way() {
        for tries in 0..8 {
            let mut at = delivery();
            at.state.tries = tries;
            let (_, claimed) = claim(&at, ID, NOW, 0).unwrap();
            assert!(claimed.state.due_at > Some(NOW.plus(Seconds(5))), "{tries}");
        }
    }

    #[test]
    fn what_is_taken_is_over_and_what_is_not_answered_comes_again() {
        let (_, claimed) = claim(&delivery(), ID, NOW, 0).unwrap();
        let taken = led(&settle(&claimed, Some(204), ID, NOW));
        assert_eq!((taken.due_at, taken.delivered_at), (None, Some(NOW)));
        for status in [None, Some(199), Some(301), Some(410), Some(500)] {
            let left = led(&settle(&claimed, status, ID, NOW));
            assert_eq!(
                (left.due_at, left.delivered_at),
                (claimed.state.due_at, None),
                "{status:?}"
            );
            assert_eq!(left.status, status);
        }
    }
}
