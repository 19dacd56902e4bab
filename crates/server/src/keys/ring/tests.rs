use super::*;
use crate::ambient::{ManualClock, SystemEntropy};
use grantd_jose::{HeaderPolicy, JwkSet, Jws};
use grantd_protocol::Seconds;
use grantd_store::memory::MemoryStore;

const DAY: u32 = 24 * 3600;

struct House {
    store: Arc<MemoryStore>,
    clock: ManualClock,
    master: MasterKey,
}

impl House {
    fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: ManualClock::at(Timestamp::from_secs(1_800_000_000)),
            master: MasterKey::draw(&SystemEntropy),
        }
    }

    async fn ring_for(&self, algorithms: &[Algorithm]) -> Result<Ring<MemoryStore>, KeyFault> {
        let settings = RingSettings {
            realm: "main".into(),
            algorithms: algorithms.to_vec(),
            types: vec!["at+jwt".to_owned(), "JWT".to_owned()],
            schedule: Schedule::every_90_days(Seconds(3600)),
        };
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        Ring::open(
            Arc::clone(&self.store),
            settings,
            &self.master,
            clock,
            Arc::new(SystemEntropy),
        )
        .await
    }

    async fn ring(&self) -> Ring<MemoryStore> {
        self.ring_for(&[Algorithm::ES256]).await.unwrap()
    }

    async fn kids(&self, state: KeyState) -> Vec<String> {
        let records = self.store.keys("main").await.unwrap();
        let found = records.into_iter().filter(|record| record.state == state);
        found.map(|record| record.kid).collect()
    }
}

fn published_kids<S: Store>(ring: &Ring<S>) -> Vec<String> {
    let set = JwkSet::parse(&ring.published().json, 20).unwrap();
    set.keys()
        .iter()
        .filter_map(|key| key.kid().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_new_realm_gets_active_keys_at_once_and_next_keys_by_the_first_tick() {
    let house = House::new();
    let ring = house.ring_for(&[Algorithm::ES256, Algorithm::RS256]).await.unwrap();
    assert_eq!(house.kids(KeyState::Active).await.len(), 2);
    assert_eq!(house.kids(KeyState::Next).await.len(), 0);
    ring.tick().await.unwrap();
    assert_eq!(house.kids(KeyState::Next).await.len(), 2);
    assert_eq!(
        published_kids(&ring).len(),
        4,
        "next keys are published before they sign"
    );
    ring.tick().await.unwrap();
    assert_eq!(published_kids(&ring).len(), 4, "a second tick makes nothing");
}

#[tokio::test]
async fn the_same_keys_are_there_after_a_restart() {
    let house = House::new();
    let before = house.ring().await.signer(Algorithm::ES256).unwrap().kid().to_owned();
    let after = house.ring().await.signer(Algorithm::ES256).unwrap().kid().to_owned();
    assert_eq!(before, after);
}

#[tokio::test]
async fn what_the_active_key_signs_verifies_by_its_kid_also_after_it_retired() {
    let house = House::new();
    let ring = house.ring().await;
    let signer = ring.signer(Algorithm::ES256).unwrap();
    let token = signer.sign("at+jwt", br#"{"sub":"ada"}"#).unwrap();
    let verifies = |ring: &Ring<MemoryStore>| {
        let key = ring.verifying_key(signer.kid()).unwrap();
        Jws::parse(&token, &HeaderPolicy::STRICT).unwrap().verify(&key).is_ok()
    };
    assert!(verifies(&ring));
    ring.tick().await.unwrap();
    ring.rotate(Algorithm::ES256, true, "cli").await.unwrap();
    assert_ne!(ring.signer(Algorithm::ES256).unwrap().kid(), signer.kid());
    assert!(verifies(&ring));
    house.clock.advance(Seconds(3600 + 300));
    ring.tick().await.unwrap();
    assert!(
        ring.verifying_key(signer.kid()).is_none(),
        "removed after its last token expired"
    );
    assert!(!published_kids(&ring).contains(&signer.kid().to_owned()));
}

#[tokio::test]
async fn keys_rotate_by_themselves_when_they_are_90_days_old() {
    let house = House::new();
    let ring = house.ring().await;
    ring.tick().await.unwrap();
    let first = house.kids(KeyState::Active).await;
    let next = house.kids(KeyState::Next).await;
    house.clock.advance(Seconds(90 * DAY - 1));
    ring.tick().await.unwrap();
    assert_eq!(house.kids(KeyState::Active).await, first);
    house.clock.advance(Seconds(1));
    ring.tick().await.unwrap();
    assert_eq!(house.kids(KeyState::Active).await, next);
    assert_eq!(house.kids(KeyState::Retired).await, first);
    assert_eq!(house.kids(KeyState::Next).await.len(), 1);
}

#[tokio::test]
async fn a_key_that_was_not_published_for_long_enough_takes_over_only_by_force() {
    let house = House::new();
    let ring = house.ring().await;
    ring.tick().await.unwrap();
    let outcome = ring.rotate(Algorithm::ES256, false, "cli").await.unwrap();
    let ready_at = house.clock.now().plus(Seconds(DAY));
    assert_eq!(outcome, RotationOutcome::TooEarly { ready_at });
    let next = house.kids(KeyState::Next).await;
    let outcome = ring.rotate(Algorithm::ES256, true, "cli").await.unwrap();
    assert!(matches!(outcome, RotationOutcome::Rotated { active, .. } if next.contains(&active)));
    house.clock.advance(Seconds(DAY));
    let outcome = ring.rotate(Algorithm::ES256, false, "cli").await.unwrap();
    assert!(matches!(outcome, RotationOutcome::Rotated { .. }));
}

#[tokio::test]
async fn a_forced_rotation_without_a_next_key_makes_one_that_signs_at_once() {
    let house = House::new();
    let ring = house.ring().await;
    let before = ring.signer(Algorithm::ES256).unwrap().kid().to_owned();
    ring.rotate(Algorithm::ES256, true, "cli").await.unwrap();
    assert_ne!(ring.signer(Algorithm::ES256).unwrap().kid(), before);
    assert_eq!(house.kids(KeyState::Retired).await, [before]);
    assert_eq!(house.kids(KeyState::Active).await.len(), 1);
    assert_eq!(house.kids(KeyState::Next).await.len(), 1);
}

#[tokio::test]
async fn the_wrong_master_key_is_named_as_the_cause_and_changes_nothing() {
    let house = House::new();
    house.ring().await;
    let before = house.kids(KeyState::Active).await;
    let stranger = House {
        store: Arc::clone(&house.store),
        clock: house.clock.clone(),
        master: MasterKey::draw(&SystemEntropy),
    };
    let fault = stranger.ring_for(&[Algorithm::ES256]).await.unwrap_err();
    assert!(matches!(fault, KeyFault::WrongMasterKey { .. }));
    assert!(fault.to_string().contains("not the master key"), "{fault}");
    assert_eq!(house.kids(KeyState::Active).await, before);
    assert!(house.kids(KeyState::Next).await.is_empty());
}

#[tokio::test]
async fn a_damaged_database_is_not_repaired_by_new_keys() {
    let house = House::new();
    let ring = house.ring().await;
    let kid = ring.signer(Algorithm::ES256).unwrap().kid().to_owned();
    let other = House::new();
    let mut record = house.store.keys("main").await.unwrap().remove(0);
    if let Some(last) = record.sealed.last_mut() {
        *last ^= 1;
    }
    let change = rotation::insert(record, ring.deed("test"));
    other.store.commit(change).await.unwrap();
    assert!(matches!(
        other.ring_for(&[Algorithm::ES256]).await.unwrap_err(),
        KeyFault::WrongMasterKey { kid: named, .. } if named == kid
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_end_with_one_active_key() {
    for _ in 0..20 {
        let house = House::new();
        let (one, two, three) = tokio::join!(house.ring(), house.ring(), house.ring());
        assert_eq!(house.kids(KeyState::Active).await.len(), 1);
        let kid = |ring: &Ring<MemoryStore>| ring.signer(Algorithm::ES256).unwrap().kid().to_owned();
        assert_eq!((kid(&one), kid(&two)), (kid(&two), kid(&three)));
        let (a, b, c) = tokio::join!(one.tick(), two.tick(), three.tick());
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert_eq!(house.kids(KeyState::Next).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_rotate_on_schedule_at_once_rotate_once() {
    for _ in 0..20 {
        let house = House::new();
        let (one, two) = tokio::join!(house.ring(), house.ring());
        one.tick().await.unwrap();
        let next = house.kids(KeyState::Next).await;
        house.clock.advance(Seconds(90 * DAY));
        let (a, b) = tokio::join!(one.tick(), two.tick());
        assert!(a.is_ok() && b.is_ok());
        assert_eq!(house.kids(KeyState::Active).await, next, "rotated exactly one step");
        assert_eq!(house.kids(KeyState::Retired).await.len(), 1);
        assert_eq!(house.kids(KeyState::Next).await.len(), 1);
    }
}

#[tokio::test]
async fn another_nodes_rotation_is_seen_after_a_reload() {
    let house = House::new();
    let (one, two) = (house.ring().await, house.ring().await);
    one.rotate(Algorithm::ES256, true, "cli").await.unwrap();
    let kid = |ring: &Ring<MemoryStore>| ring.signer(Algorithm::ES256).unwrap().kid().to_owned();
    assert_ne!(kid(&one), kid(&two));
    two.reload().await.unwrap();
    assert_eq!(kid(&one), kid(&two));
}

#[tokio::test]
async fn the_entity_tag_changes_with_the_published_keys_and_only_then() {
    let house = House::new();
    let ring = house.ring().await;
    let before = ring.published();
    ring.reload().await.unwrap();
    assert_eq!(ring.published().etag, before.etag);
    ring.tick().await.unwrap();
    assert_ne!(ring.published().etag, before.etag);
}

#[tokio::test]
async fn the_published_set_holds_no_private_member() {
    let house = House::new();
    let ring = house.ring_for(&Algorithm::SIGNING).await.unwrap();
    let set: serde_json::Value = serde_json::from_slice(&ring.published().json).unwrap();
    for key in set["keys"].as_array().unwrap() {
        let members: Vec<&String> = key.as_object().unwrap().keys().collect();
        for secret in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(!members.iter().any(|member| *member == secret), "{key}");
        }
        assert!(key["kid"].is_string() && key["alg"].is_string());
    }
}

#[tokio::test]
async fn a_rotation_leaves_a_line_in_the_audit_log() {
    let house = House::new();
    let ring = house.ring().await;
    ring.rotate(Algorithm::ES256, true, "cli").await.unwrap();
    let lines = house.store.audit("main", None, 10).await.unwrap().rows;
    assert!(
        lines
            .iter()
            .any(|line| line.action == "key.rotated" && line.actor == "cli")
    );
}
