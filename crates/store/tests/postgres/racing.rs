//! A hundred racers on two nodes: one wins, and of the others nothing is left.

use super::two_nodes;
use crate::suite::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Change, CounterKey, Guard, SeenKey, Write};
use grantd_core::record::KeyState;
use grantd_store::postgres::PostgresStore;
use grantd_store::{CommitError, Store};
use std::sync::Arc;
use tokio::task::JoinSet;

const RACERS: usize = 100;
const ROUNDS: usize = 5;

/// Commits all changes at once, spread over the nodes; how many were applied.
async fn race(nodes: &[Arc<PostgresStore>; 2], changes: Vec<Change>) -> usize {
    let mut racers = JoinSet::new();
    for (node, change) in nodes.iter().cycle().zip(changes) {
        let node = Arc::clone(node);
        racers.spawn(async move {
            match node.commit(change).await {
                Ok(_) => true,
                Err(CommitError::Conflict) => false,
                Err(fault) => panic!("{fault}"),
            }
        });
    }
    racers.join_all().await.into_iter().filter(|won| *won).count()
}

/// Each racer's change also writes an audit line: as many lines as winners means that no loser wrote anything.
async fn one_wins(nodes: &[Arc<PostgresStore>; 2], sample: &Sample, racer: impl Fn(usize) -> (Vec<Guard>, Vec<Write>)) {
    let lines = nodes[0].audit(REALM, None, 1000).await.unwrap().rows.len();
    let changes = (0..RACERS).map(|number| {
        let (guards, mut writes) = racer(number);
        writes.push(Write::Audit(Box::new(sample.audit("race.won"))));
        sample.change(guards, writes)
    });
    assert_eq!(race(nodes, changes.collect()).await, 1);
    let after = nodes[1].audit(REALM, None, 1000).await.unwrap().rows.len();
    assert_eq!(after - lines, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_redeemed_once() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let consent = sample.consent("ada", "ledger");
    sample.put(&*nodes[0], consent.writes()).await;
    for _ in 0..ROUNDS {
        let code = sample.code(&consent);
        let id = code.id;
        sample.put(&*nodes[0], vec![Write::InsertCode(Box::new(code))]).await;
        one_wins(&nodes, &sample, |_| {
            let family = sample.family(&consent);
            let access = sample.access(&family);
            let guards = vec![
                Guard::GrantLive(consent.grant.id),
                Guard::CodeUnspent(id),
                Guard::SessionLive(consent.session.id),
            ];
            let (at, keep_until) = (NOW, at(60));
            let writes = vec![
                Write::SpendCode { id, at, keep_until },
                Write::InsertFamily(Box::new(family)),
                Write::InsertAccess(Box::new(access)),
            ];
            (guards, writes)
        })
        .await;
        assert!(nodes[1].code(id).await.unwrap().unwrap().code.spent_at.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_is_rotated_once() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let id = family.id;
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family)));
    sample.put(&*nodes[0], writes).await;
    for round in 0..ROUNDS as u32 {
        let generation = Some(round);
        one_wins(&nodes, &sample, |_| {
            let rotation = Write::RotateFamily {
                id,
                to: round + 1,
                at: NOW,
                rotated_for: None,
                idle_expires_at: at(600),
            };
            (vec![Guard::FamilyAt { id, generation }], vec![rotation])
        })
        .await;
        let family = nodes[1].family(id).await.unwrap().unwrap().family;
        assert_eq!(family.generation, Some(round + 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_and_the_end_of_its_grant_never_both_win_late() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let consent = sample.consent("ada", "ledger");
    let (family, grant) = (sample.family(&consent), consent.grant.id);
    let id = family.id;
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family)));
    sample.put(&*nodes[0], writes).await;
    // Ends in the midst of rotations of all generations; each rotation that won must have won before the end.
    let ends = Write::EndGrant { id: grant, at: NOW };
    let mut changes: Vec<_> = (0..40)
        .map(|to| {
            let idle_expires_at = at(600);
            let rotation = Write::RotateFamily {
                id,
                to: to + 1,
                at: NOW,
                rotated_for: None,
                idle_expires_at,
            };
            sample.change(
                vec![Guard::FamilyAt {
                    id,
                    generation: Some(to),
                }],
                vec![rotation],
            )
        })
        .collect();
    changes.insert(20, sample.change(vec![Guard::GrantLive(grant)], vec![ends]));
    let won = race(&nodes, changes).await;
    let family = nodes[0].family(id).await.unwrap().unwrap().family;
    assert_eq!(family.generation, Some(u32::try_from(won).unwrap() - 1));
    assert!(family.ended_at.is_some());
    let late = sample.change(
        vec![Guard::FamilyAt {
            id,
            generation: family.generation,
        }],
        Vec::new(),
    );
    assert!(matches!(nodes[0].commit(late).await, Err(CommitError::Conflict)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_remembered_once() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    for round in 0..ROUNDS as u8 {
        let key = SeenKey([round; 32]);
        let expires_at = at(60);
        one_wins(&nodes, &sample, |_| {
            (vec![Guard::Unseen(key)], vec![Write::Remember { key, expires_at }])
        })
        .await;
    }
}

/// The racers share one value and have one of their own: of a loser not even its own may stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_values_both_are_remembered_or_none() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let own = |number: usize| SeenKey([u8::try_from(number).unwrap(); 32]);
    let shared = SeenKey([255; 32]);
    let expires_at = at(60);
    one_wins(&nodes, &sample, |number| {
        let mut keys = [own(number), shared];
        if number % 2 == 0 {
            keys.reverse();
        }
        let writes = keys.map(|key| Write::Remember { key, expires_at });
        (keys.map(Guard::Unseen).to_vec(), writes.to_vec())
    })
    .await;
    let mut remembered = 0;
    for number in 0..RACERS {
        if !sample.holds(&*nodes[0], Guard::Unseen(own(number))).await {
            remembered += 1;
        }
    }
    assert_eq!(remembered, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_not_remembered_when_another_guard_is_lost() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let key = SeenKey([1; 32]);
    let expires_at = at(60);
    let absent = Guard::GrantLive(sample.grant("ada", "ledger").id);
    let change = sample.change(
        vec![Guard::Unseen(key), absent],
        vec![Write::Remember { key, expires_at }],
    );
    assert!(matches!(nodes[0].commit(change).await, Err(CommitError::Conflict)));
    assert!(sample.holds(&*nodes[1], Guard::Unseen(key)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_taken_once() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let realm: Arc<str> = REALM.into();
    for round in 0..ROUNDS {
        let name = format!("user{round}@example.org");
        one_wins(&nodes, &sample, |number| {
            let mut user = sample.user(&format!("{round}-{number}"));
            user.username = name.clone();
            let guard = Guard::UsernameFree {
                realm: Arc::clone(&realm),
                key: name.clone(),
            };
            (vec![guard], vec![Write::InsertUser(Box::new(user))])
        })
        .await;
        one_wins(&nodes, &sample, |_| {
            let client = sample.client(&name);
            let guard = Guard::ClientIdFree {
                realm: Arc::clone(&realm),
                client_id: name.as_str().into(),
            };
            (vec![guard], vec![Write::InsertClient(Box::new(client))])
        })
        .await;
        one_wins(&nodes, &sample, |_| {
            let grant = sample.grant(&name, "ledger");
            let guard = Guard::NoGrant {
                realm: Arc::clone(&realm),
                user: Arc::clone(&grant.user),
                client_id: Arc::clone(&grant.client_id),
                tenant: None,
            };
            (vec![guard], vec![Write::InsertGrant(Box::new(grant))])
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_user_never_takes_a_name_that_was_taken_meanwhile() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let realm: Arc<str> = REALM.into();
    let users = (0..RACERS).map(|number| sample.user(&number.to_string()));
    for user in users {
        sample.put(&*nodes[0], vec![Write::InsertUser(Box::new(user))]).await;
    }
    one_wins(&nodes, &sample, |number| {
        let mut user = sample.user(&number.to_string());
        user.username = "ada".to_owned();
        let free = Guard::UsernameFree {
            realm: Arc::clone(&realm),
            key: "ada".to_owned(),
        };
        (vec![free], vec![Write::UpdateUser(Box::new(user))])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_are_counted_one_by_one() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    let key = CounterKey([7; 32]);
    let expires_at = at(60);
    let mut seen = None;
    for round in 0..ROUNDS as i64 {
        let next = at(round);
        one_wins(&nodes, &sample, |_| {
            let write = Write::SetAttempts {
                key,
                tat: next,
                expires_at,
            };
            (vec![Guard::AttemptsAt { key, tat: seen }], vec![write])
        })
        .await;
        seen = Some(next);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_make_one_key() {
    let (_database, nodes) = two_nodes().await;
    let sample = Sample::new();
    for state in [KeyState::Active, KeyState::Next] {
        one_wins(&nodes, &sample, |number| {
            let mut key = sample.key(&format!("{state:?}{number}"), NOW);
            key.state = state;
            let guard = Guard::NoKey {
                realm: REALM.into(),
                alg: key.alg.clone(),
                state,
            };
            (vec![guard], vec![Write::InsertKey(Box::new(key))])
        })
        .await;
    }
    assert_eq!(nodes[0].keys(REALM).await.unwrap().len(), 2);
}

/// Every position is seen, in order, by a reader that never looks back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_changes_has_no_gaps_that_fill_later() {
    let (_database, nodes) = two_nodes().await;
    let sample = Arc::new(Sample::new());
    let mut writers = JoinSet::new();
    for number in 0..RACERS {
        let (node, sample) = (Arc::clone(&nodes[number % 2]), Arc::clone(&sample));
        writers.spawn(async move {
            let client = sample.client(&format!("client{number}"));
            sample.put(&*node, vec![Write::InsertClient(Box::new(client))]).await;
        });
    }
    let mut position = 0;
    while position < RACERS as i64 {
        for note in nodes[0].changes_after(Some(position)).await.unwrap() {
            assert_eq!(note.position, position + 1);
            position = note.position;
        }
        // What a writer that failed did not write never comes.
        while let Some(written) = writers.try_join_next() {
            written.unwrap();
        }
    }
    writers.join_all().await;
}

/// Every racer has begun and waits for the row before the first of them can go on: a guard that was asked before the
/// wait and not again after it would hold for all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guards_that_waited_look_again() {
    let (backend, nodes) = two_nodes().await;
    let sample = Sample::new();
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let id = family.id;
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family)));
    sample.put(&*nodes[0], writes).await;
    let (holder, connection) = tokio_postgres::connect(&backend.database.url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let hold = "BEGIN; SELECT 1 FROM families FOR UPDATE; SELECT 1 FROM grants FOR UPDATE";
    holder.batch_execute(hold).await.unwrap();
    let idle_expires_at = at(600);
    let rotation = || Write::RotateFamily {
        id,
        to: 1,
        at: NOW,
        rotated_for: None,
        idle_expires_at,
    };
    let guard = || Guard::FamilyAt {
        id,
        generation: Some(0),
    };
    let changes = (0..6).map(|_| sample.change(vec![guard()], vec![rotation()])).collect();
    let racing = tokio::spawn(async move { race(&nodes, changes).await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock'";
    while holder.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) < 6 {
        // `pg_stat_activity` is read once for a transaction unless that is undone.
        holder.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    }
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(racing.await.unwrap(), 1);
}
