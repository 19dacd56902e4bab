//! Many commits race for one fact: exactly one wins, the others learn that they lost.
//!
//! `GRANTD_RACE_ROUNDS` sets the number of rounds (20).

use super::Backend;
use super::sample::{REALM, Sample, at};
use grantd_core::change::{Change, CounterKey, Guard, SeenKey, Write};
use grantd_core::record::{AccessRecord, Holder, RefusalCount};
use grantd_protocol::id::AccessId;
use grantd_store::{CommitError, Store};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Barrier;

const RACERS: usize = 100;

#[expect(clippy::disallowed_methods, reason = "a flag of the test run, not configuration")]
fn rounds() -> u8 {
    std::env::var("GRANTD_RACE_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap())
}

/// Runs futures at once on one task, and gives their results in order.
pub async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, result) in &mut running {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if running.iter().all(|(_, result)| result.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    running.into_iter().map(|(_, result)| result.unwrap()).collect()
}

/// Lets every change race, each from a task of its own; the place of the winner.
pub async fn race<S: Store>(store: &Arc<S>, changes: Vec<Change>) -> usize {
    let start = Arc::new(Barrier::new(changes.len()));
    let racers = changes.into_iter().map(|change| {
        let (store, start) = (Arc::clone(store), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            store.commit(change).await
        })
    });
    let mut winners = Vec::new();
    for (place, racer) in racers.collect::<Vec<_>>().into_iter().enumerate() {
        match racer.await.unwrap() {
            Ok(_) => winners.push(place),
            Err(CommitError::Conflict) => {}
            Err(fault) => panic!("{fault}"),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    winners[0]
}

/// A hundred changes, each with a token by which the winner is known.
fn racers(sample: &Sample, guard: &Guard, write: impl Fn(usize) -> Write) -> (Vec<Change>, Vec<AccessId>) {
    let tokens: Vec<AccessRecord> = (0..RACERS).map(|_| sample.own_access("ledger")).collect();
    let ids = tokens.iter().map(|token| token.id).collect();
    let changes = tokens.into_iter().enumerate().map(|(place, token)| {
        let writes = vec![Write::InsertAccess(Box::new(token)), write(place)];
        sample.change(vec![guard.clone()], writes)
    });
    (changes.collect(), ids)
}

async fn only_the_winner_wrote(store: &impl Store, tokens: &[AccessId], winner: usize) {
    for (place, id) in tokens.iter().enumerate() {
        assert_eq!(store.access(*id).await.unwrap().is_some(), place == winner, "{place}");
    }
}

/// Races for `guard`, which `write` breaks.
async fn run<S: Store>(store: &Arc<S>, sample: &Sample, guard: Guard, write: impl Fn(usize) -> Write) -> usize {
    let (changes, tokens) = racers(sample, &guard, write);
    let winner = race(store, changes).await;
    only_the_winner_wrote(&**store, &tokens, winner).await;
    winner
}

pub async fn one_of_a_hundred_redeems_a_code(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for _ in 0..rounds() {
        let code = sample.code(&sample.consent("ada", "ledger"));
        let id = code.id;
        sample.put(&*store, vec![Write::InsertCode(Box::new(code))]).await;
        let (at, keep_until) = (at(1), at(60));
        run(&store, &sample, Guard::CodeUnspent(id), |_| Write::SpendCode {
            id,
            at,
            keep_until,
        })
        .await;
    }
}

pub async fn one_of_a_hundred_rotates_a_family(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let consent = sample.consent("ada", "ledger");
    let family = sample.family(&consent);
    let id = family.id;
    let mut writes = consent.writes();
    writes.push(Write::InsertFamily(Box::new(family)));
    sample.put(&*store, writes).await;
    for round in 0..u32::from(rounds()) {
        let guard = Guard::FamilyAt {
            id,
            generation: Some(round),
        };
        let write = |_| Write::RotateFamily {
            id,
            to: round + 1,
            at: at(1),
            rotated_for: None,
            idle_expires_at: at(600),
        };
        run(&store, &sample, guard, write).await;
        let family = store.family(id).await.unwrap().unwrap().family;
        assert_eq!(family.generation, Some(round + 1));
    }
}

pub async fn one_of_a_hundred_remembers_a_value(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for round in 0..rounds() {
        let key = SeenKey([round; 32]);
        let expires_at = at(60);
        run(&store, &sample, Guard::Unseen(key), |_| Write::Remember {
            key,
            expires_at,
        })
        .await;
    }
}

pub async fn one_of_a_hundred_counts_an_attempt(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let key = CounterKey([1; 32]);
    let mut tat = None;
    for round in 0..rounds() {
        let next = |place| at(i64::from(round) * 1000 + i64::try_from(place).unwrap() + 1);
        let write = |place| Write::SetAttempts {
            key,
            tat: next(place),
            expires_at: at(60),
        };
        let winner = run(&store, &sample, Guard::AttemptsAt { key, tat }, write).await;
        tat = Some(next(winner));
        assert_eq!(store.attempts(key).await.unwrap(), tat);
    }
}

pub async fn one_of_a_hundred_changes_a_client(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let client = sample.client("ledger");
    sample
        .put(&*store, vec![Write::InsertClient(Box::new(client.clone()))])
        .await;
    for version in 1..=u64::from(rounds()) {
        let guard = Guard::ClientAt {
            realm: REALM.into(),
            client_id: "ledger".into(),
            version,
        };
        let write = |place: usize| {
            let mut next = client.clone();
            next.version = version + 1;
            next.name = place.to_string();
            Write::UpdateClient(Box::new(next))
        };
        let winner = run(&store, &sample, guard, write).await;
        let read = store.client(REALM, "ledger").await.unwrap().unwrap();
        assert_eq!((read.version, read.name), (version + 1, winner.to_string()));
    }
}

pub async fn one_of_a_hundred_makes_the_grant(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for round in 0..rounds() {
        let user = format!("user-{round}");
        let guard = Guard::NoGrant {
            realm: REALM.into(),
            user: user.as_str().into(),
            client_id: "ledger".into(),
            tenant: None,
        };
        let write = |_| Write::InsertGrant(Box::new(sample.grant(&user, "ledger")));
        run(&store, &sample, guard, write).await;
        assert_eq!(store.grants_of(REALM, &user).await.unwrap().len(), 1);
    }
}

pub async fn one_of_a_hundred_takes_the_username(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for round in 0..rounds() {
        let key = format!("name-{round}");
        let guard = Guard::UsernameFree {
            realm: REALM.into(),
            key: key.clone(),
        };
        let id = |place: usize| format!("user-{round}-{place}");
        let write = |place| {
            let mut user = sample.user(&id(place));
            user.username.clone_from(&key);
            Write::InsertUser(Box::new(user))
        };
        let winner = run(&store, &sample, guard, write).await;
        let holder = store.user_by_key(REALM, &key).await.unwrap().unwrap();
        assert_eq!(&*holder.id, id(winner).as_str());
    }
}

pub async fn one_of_a_hundred_changes_an_api_key(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    let key = sample.api_key(None);
    let id = key.id;
    sample
        .put(&*store, vec![Write::InsertApiKey(Box::new(key.clone()))])
        .await;
    for version in 1..=u64::from(rounds()) {
        let write = |place: usize| {
            let mut next = key.clone();
            next.version = version + 1;
            next.name = place.to_string().into();
            Write::UpdateApiKey(Box::new(next))
        };
        let winner = run(&store, &sample, Guard::ApiKeyAt { id, version }, write).await;
        let read = store.api_key(id).await.unwrap().unwrap().key;
        assert_eq!((read.version, &*read.name), (version + 1, &*winner.to_string()));
    }
    // The last change of all is the end: one of a hundred makes it.
    let version = u64::from(rounds()) + 1;
    let end = |_| Write::EndApiKey { id, at: at(1) };
    run(&store, &sample, Guard::ApiKeyAt { id, version }, end).await;
    let read = store.api_key(id).await.unwrap().unwrap().key;
    assert_eq!((read.version, read.ended_at), (version + 1, Some(at(1))));
}

pub async fn uses_that_are_counted_at_once_are_all_counted(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    let keys = [sample.api_key(None), sample.api_key(None)];
    let ids = [keys[0].id, keys[1].id];
    let writes = keys.map(|row| Write::InsertApiKey(Box::new(row)));
    sample.put(&*store, writes.into()).await;
    let tasks = (0..8_usize).map(|task| {
        let (store, sample) = (Arc::clone(&store), Arc::clone(&sample));
        tokio::spawn(async move {
            for round in 0..10 {
                // In another order each time: two batches must not wait for each other in a circle.
                let uses = |place: usize| sample.uses(Holder::ApiKey(ids[(place + task) % 2]), None, round);
                let batch = Write::CountUses(vec![uses(0), uses(1)]);
                sample.put(&*store, vec![batch]).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for id in ids {
        let read = store.uses(REALM, &Holder::ApiKey(id)).await.unwrap();
        let [row] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((row.count, row.first_used_at, row.last_used_at), (240, at(0), at(9)));
    }
}

pub async fn an_ended_key_is_read_as_ended_at_once(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    let tasks = (0..8).map(|_| {
        let (store, sample) = (Arc::clone(&store), Arc::clone(&sample));
        tokio::spawn(async move {
            for _ in 0..10 {
                let key = sample.api_key(None);
                let id = key.id;
                sample.put(&*store, vec![Write::InsertApiKey(Box::new(key))]).await;
                // A use and the end at once: a use is soft and never brings the key back.
                let uses = Write::CountUses(vec![sample.uses(Holder::ApiKey(id), None, 1)]);
                let used = store.commit(sample.change(Vec::new(), vec![uses]));
                let ended = store.commit(sample.change(Vec::new(), vec![Write::EndApiKey { id, at: at(2) }]));
                let (used, ended) = tokio::join!(used, ended);
                used.unwrap();
                ended.unwrap();
                let facts = store.api_key(id).await.unwrap().unwrap();
                assert_eq!((facts.key.ended_at, facts.key.version), (Some(at(2)), 2));
                assert_eq!(facts.last_used_at, Some(at(1)));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

pub async fn what_was_acknowledged_is_read_at_once(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    let tasks = (0..8).map(|_| {
        let (store, sample) = (Arc::clone(&store), Arc::clone(&sample));
        tokio::spawn(async move {
            for _ in 0..25 {
                let token = sample.own_access("ledger");
                let id = token.id;
                sample.put(&*store, vec![Write::InsertAccess(Box::new(token))]).await;
                assert!(store.access(id).await.unwrap().is_some());
                sample.put(&*store, vec![Write::EndAccess { id, at: at(1) }]).await;
                assert!(store.access(id).await.unwrap().unwrap().token.ended_at.is_some());
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

pub async fn a_grant_that_ends_under_a_rotation_ends_its_family(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for round in 0..rounds() {
        let consent = sample.consent(&format!("user-{round}"), "ledger");
        let family = sample.family(&consent);
        let id = family.id;
        let mut writes = consent.writes();
        writes.push(Write::InsertFamily(Box::new(family)));
        sample.put(&*store, writes).await;
        let guard = Guard::FamilyAt {
            id,
            generation: Some(0),
        };
        let rotation = Write::RotateFamily {
            id,
            to: 1,
            at: at(1),
            rotated_for: None,
            idle_expires_at: at(600),
        };
        let end = Write::EndGrant {
            id: consent.grant.id,
            at: at(1),
        };
        let rotate = store.commit(sample.change(vec![guard], vec![rotation]));
        let end = store.commit(sample.change(Vec::new(), vec![end]));
        let (rotated, ended) = tokio::join!(rotate, end);
        ended.unwrap();
        // Either order is right; whichever it was, the family is dead and its generation is the one that was told.
        let family = store.family(id).await.unwrap().unwrap().family;
        assert_eq!(family.generation, Some(u32::from(rotated.is_ok())));
        assert!(family.ended_at.is_some());
    }
}

pub async fn refusals_of_many_servers_at_once_are_all_counted(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    let row = |error: &str, count| RefusalCount {
        realm: REALM.into(),
        hour: at(0),
        endpoint: "token".into(),
        error: error.into(),
        count,
    };
    for round in 1..=u64::from(rounds()) {
        let start = Arc::new(Barrier::new(RACERS));
        let racers = (0..RACERS).map(|racer| {
            let (store, sample, start) = (Arc::clone(&store), Arc::clone(&sample), Arc::clone(&start));
            // The same rows in every order, one of them twice: whoever held them in the order of its batch would wait in a circle.
            let mut batch = vec![
                row("invalid_client", 1),
                row("invalid_grant", 2),
                row("invalid_client", 3),
            ];
            batch.rotate_left(racer % 3);
            tokio::spawn(async move {
                start.wait().await;
                sample.put(&*store, vec![Write::CountRefused(batch)]).await;
            })
        });
        for racer in racers.collect::<Vec<_>>() {
            racer.await.unwrap();
        }
        let counted = store.refusals(REALM, at(0)).await.unwrap();
        let counted: Vec<_> = counted.iter().map(|row| (&*row.error, row.count)).collect();
        let all = round * RACERS as u64;
        assert_eq!(counted, [("invalid_client", 4 * all), ("invalid_grant", 2 * all)]);
    }
}
