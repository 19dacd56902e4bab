//! When a realm's keys move on, and the changes that move them. Plain functions over records: no store, no clock, no
//! key material. Every change is guarded, so that several nodes deciding the same thing make it happen once.
//!
//! A key's life: *next* (published, so that verifiers can fetch it before its first signature), *active* (signs),
//! *retired* (published until the last token that it signed has expired), removed.

use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::{AuditRecord, KeyRecord, KeyState};
use grantd_jose::Algorithm;
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Entropy, Seconds, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// When keys rotate.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// How long a key signs before the next one takes over.
    pub rotate_every: Seconds,
    /// How long a key must have been published before it may sign: at least as long as verifiers cache the key set.
    pub publish_ahead: Seconds,
    /// How long a retired key stays published: the longest lifetime of a token it can have signed, and clock leeway.
    pub keep_retired: Seconds,
}

impl Schedule {
    /// 90 days of signing, a day ahead; `longest_lifetime` is that of the longest-lived signed token.
    #[must_use]
    pub const fn every_90_days(longest_lifetime: Seconds) -> Self {
        const LEEWAY: u32 = 300;
        Self {
            rotate_every: Seconds(90 * 24 * 3600),
            publish_ahead: Seconds(24 * 3600),
            keep_retired: Seconds(longest_lifetime.get().saturating_add(LEEWAY)),
        }
    }
}

/// What came of asking for a rotation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RotationOutcome {
    /// A new key signs.
    Rotated {
        /// The key that signs now.
        active: String,
        /// The key that signed before.
        retired: Option<String>,
    },
    /// The next key was not published for long enough; verifiers may not know it yet. Force it if the active key is
    /// known to be stolen.
    TooEarly {
        /// From when on it can become active.
        ready_at: Timestamp,
    },
}

/// What is to be done about one algorithm's keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'r> {
    /// There is neither an active nor a next key: nothing was ever signed, so a new key may sign at once.
    MakeActive,
    /// There is no next key.
    MakeNext,
    /// The next key takes over.
    Promote(Handover<'r>),
}

/// The next key and the one it takes over from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handover<'r> {
    /// The key that signs until now.
    pub(super) active: Option<&'r KeyRecord>,
    /// The key that will sign.
    pub(super) next: &'r KeyRecord,
}

/// The key of an algorithm in a state.
pub(super) fn find(records: &[KeyRecord], alg: Algorithm, state: KeyState) -> Option<&KeyRecord> {
    records
        .iter()
        .find(|record| record.state == state && record.alg == alg.as_str())
}

/// What the schedule wants for `alg` at `now`.
pub(super) fn due<'r>(
    records: &'r [KeyRecord],
    alg: Algorithm,
    schedule: &Schedule,
    now: Timestamp,
) -> Option<Step<'r>> {
    let active = find(records, alg, KeyState::Active);
    let next = find(records, alg, KeyState::Next);
    match (active, next) {
        (None, None) => Some(Step::MakeActive),
        (None, Some(next)) => Some(Step::Promote(Handover { active: None, next })),
        (Some(_), None) => Some(Step::MakeNext),
        (Some(old), Some(next)) => {
            let tired = now >= old.since.plus(schedule.rotate_every);
            (tired && now >= ready_at(next, schedule)).then_some(Step::Promote(Handover { active, next }))
        }
    }
}

/// From when on a next key may sign.
pub(super) fn ready_at(next: &KeyRecord, schedule: &Schedule) -> Timestamp {
    next.since.plus(schedule.publish_ahead)
}

/// Who decides, when, and with which randomness.
#[derive(Clone, Copy)]
pub(super) struct Deed<'d> {
    /// As the audit log says it: `system`, `cli`, `user:<id>`.
    pub(super) actor: &'d str,
    /// When.
    pub(super) now: Timestamp,
    /// For the ids of the change and its audit line.
    pub(super) entropy: &'d dyn Entropy,
}

/// The next key becomes active, the active one retired.
pub(super) fn promote(handover: Handover<'_>, schedule: &Schedule, deed: Deed<'_>) -> Change {
    let Handover { active, next } = handover;
    let mut guards = vec![Guard::KeyAt {
        realm: Arc::clone(&next.realm),
        kid: next.kid.clone(),
        state: KeyState::Next,
    }];
    let mut writes = vec![Write::SetKeyState {
        realm: Arc::clone(&next.realm),
        kid: next.kid.clone(),
        state: KeyState::Active,
        since: deed.now,
        remove_at: None,
    }];
    match active {
        Some(active) => {
            guards.push(still_active(active));
            // Retired first: at no step of the transaction are there two active keys.
            writes.insert(0, retire(active, schedule, deed.now));
        }
        None => guards.push(none_in(next, KeyState::Active)),
    }
    writes.push(audit(&next.realm, "key.rotated", &next.kid, active, deed));
    change(guards, writes, deed)
}

/// A new key enters the ring as next, or as active where there is none.
pub(super) fn insert(record: KeyRecord, deed: Deed<'_>) -> Change {
    let guards = vec![none_in(&record, record.state)];
    let line = audit(&record.realm, "key.created", &record.kid, None, deed);
    change(guards, vec![Write::InsertKey(Box::new(record)), line], deed)
}

/// A new key takes over at once, unannounced: the forced rotation of a realm that has no next key.
pub(super) fn replace(active: &KeyRecord, record: KeyRecord, schedule: &Schedule, deed: Deed<'_>) -> Change {
    let guards = vec![still_active(active), none_in(&record, KeyState::Next)];
    let line = audit(&record.realm, "key.rotated", &record.kid, Some(active), deed);
    let writes = vec![
        retire(active, schedule, deed.now),
        Write::InsertKey(Box::new(record)),
        line,
    ];
    change(guards, writes, deed)
}

/// Retired keys whose last token has expired leave.
pub(super) fn remove_expired(records: &[KeyRecord], deed: Deed<'_>) -> Option<Change> {
    let gone: Vec<&KeyRecord> = records
        .iter()
        .filter(|record| record.state == KeyState::Retired)
        .filter(|record| record.remove_at.is_some_and(|at| at <= deed.now))
        .collect();
    if gone.is_empty() {
        return None;
    }
    let guards = gone
        .iter()
        .map(|record| Guard::KeyAt {
            realm: Arc::clone(&record.realm),
            kid: record.kid.clone(),
            state: KeyState::Retired,
        })
        .collect();
    let writes = gone
        .iter()
        .map(|record| Write::DeleteKey {
            realm: Arc::clone(&record.realm),
            kid: record.kid.clone(),
        })
        .collect();
    Some(change(guards, writes, deed))
}

fn still_active(record: &KeyRecord) -> Guard {
    Guard::KeyAt {
        realm: Arc::clone(&record.realm),
        kid: record.kid.clone(),
        state: KeyState::Active,
    }
}

fn none_in(record: &KeyRecord, state: KeyState) -> Guard {
    Guard::NoKey {
        realm: Arc::clone(&record.realm),
        alg: record.alg.clone(),
        state,
    }
}

fn retire(active: &KeyRecord, schedule: &Schedule, now: Timestamp) -> Write {
    Write::SetKeyState {
        realm: Arc::clone(&active.realm),
        kid: active.kid.clone(),
        state: KeyState::Retired,
        since: now,
        remove_at: Some(now.plus(schedule.keep_retired)),
    }
}

fn audit(realm: &Arc<str>, action: &str, kid: &str, before: Option<&KeyRecord>, deed: Deed<'_>) -> Write {
    Write::Audit(Box::new(AuditRecord {
        id: AuditId::draw(deed.now, deed.entropy),
        realm: Arc::clone(realm),
        at: deed.now,
        actor: deed.actor.to_owned(),
        action: action.to_owned(),
        target: format!("key:{kid}"),
        address: None,
        detail: before.map_or_else(|| json!({}), |before| json!({ "before": before.kid })),
    }))
}

fn change(guards: Vec<Guard>, writes: Vec<Write>, deed: Deed<'_>) -> Change {
    Change {
        id: ChangeId::draw(deed.now, deed.entropy),
        guards,
        writes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule {
        rotate_every: Seconds(1000),
        publish_ahead: Seconds(100),
        keep_retired: Seconds(50),
    };

    fn key(kid: &str, state: KeyState, since: i64) -> KeyRecord {
        KeyRecord {
            realm: "main".into(),
            kid: kid.to_owned(),
            alg: "ES256".to_owned(),
            state,
            sealed: Vec::new(),
            created_at: Timestamp::from_secs(since),
            since: Timestamp::from_secs(since),
            remove_at: None,
        }
    }

    fn at(records: &[KeyRecord], secs: i64) -> Option<Step<'_>> {
        due(records, Algorithm::ES256, &SCHEDULE, Timestamp::from_secs(secs))
    }

    #[test]
    fn an_empty_ring_makes_an_active_key_and_then_a_next_one() {
        assert!(matches!(at(&[], 0), Some(Step::MakeActive)));
        assert!(matches!(at(&[key("a", KeyState::Active, 0)], 0), Some(Step::MakeNext)));
    }

    #[test]
    fn a_key_of_another_algorithm_does_not_count() {
        let records = [key("a", KeyState::Active, 0)];
        let step = due(&records, Algorithm::RS256, &SCHEDULE, Timestamp::from_secs(0));
        assert!(matches!(step, Some(Step::MakeActive)));
    }

    #[test]
    fn the_next_key_takes_over_when_the_active_one_is_tired_and_not_before() {
        let records = [key("a", KeyState::Active, 0), key("n", KeyState::Next, 0)];
        assert!(at(&records, 999).is_none());
        assert!(matches!(at(&records, 1000), Some(Step::Promote(_))));
    }

    #[test]
    fn a_next_key_signs_only_after_it_was_published_for_long_enough() {
        let records = [key("a", KeyState::Active, 0), key("n", KeyState::Next, 950)];
        assert!(at(&records, 1049).is_none());
        assert!(matches!(at(&records, 1050), Some(Step::Promote(_))));
    }

    #[test]
    fn a_retired_key_leaves_when_its_last_token_has_expired_and_not_before() {
        let mut retired = key("r", KeyState::Retired, 0);
        retired.remove_at = Some(Timestamp::from_secs(50));
        let deed = |now| Deed {
            actor: "system",
            now: Timestamp::from_secs(now),
            entropy: &crate::ambient::SystemEntropy,
        };
        let records = [retired, key("a", KeyState::Active, 0)];
        assert!(remove_expired(&records, deed(49)).is_none());
        assert_eq!(
            remove_expired(&records, deed(50)).map(|change| change.writes.len()),
            Some(1)
        );
    }

    #[test]
    fn a_handover_is_guarded_by_both_keys() {
        let (active, next) = (key("a", KeyState::Active, 0), key("n", KeyState::Next, 0));
        let handover = Handover {
            active: Some(&active),
            next: &next,
        };
        let deed = Deed {
            actor: "cli",
            now: Timestamp::from_secs(7),
            entropy: &crate::ambient::SystemEntropy,
        };
        let change = promote(handover, &SCHEDULE, deed);
        for (kid, state) in [("a", KeyState::Active), ("n", KeyState::Next)] {
            let guard = Guard::KeyAt {
                realm: "main".into(),
                kid: kid.to_owned(),
                state,
            };
            assert!(change.guards.contains(&guard), "{kid}");
        }
        assert!(matches!(
            change.writes.first(),
            Some(Write::SetKeyState { state: KeyState::Retired, remove_at: Some(at), .. }) if *at == Timestamp::from_secs(57)
        ));
    }
}
