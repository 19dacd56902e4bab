//! Clients that want to hear of a session's end: their notes become due with it, in the same change, whatever ends it.

use super::Backend;
use super::races::all;
use super::sample::{Consent, REALM, Sample, at};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_core::record::SessionClient;
use grantd_store::{CommitError, Store};
use std::sync::Arc;

fn note(consent: &Consent, client_id: &str) -> SessionClient {
    SessionClient {
        session: consent.session.id,
        client_id: client_id.into(),
        realm: REALM.into(),
        issuer: "https://id.example".into(),
        user: Arc::clone(&consent.session.user),
        due_at: None,
        tries: 0,
        expires_at: consent.session.expires_at,
    }
}

/// A session of the user with two notes.
async fn set_up(store: &impl Store, sample: &Sample, user: &str) -> (Consent, SessionClient) {
    let consent = sample.consent(user, "ledger");
    let (one, other) = (note(&consent, "ledger"), note(&consent, "mail"));
    let mut writes = consent.writes();
    writes.extend([one.clone(), other].map(|row| Write::NoteSessionClient(Box::new(row))));
    sample.put(store, writes).await;
    (consent, one)
}

async fn due(store: &impl Store, seconds: i64) -> Vec<SessionClient> {
    store.logouts_due(at(seconds), 100, 100).await.unwrap()
}

pub async fn a_note_is_read_as_it_was_written_and_replaced(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, one) = set_up(&store, &sample, "ada").await;
    let read = store.session_clients(consent.session.id).await.unwrap();
    assert_eq!(read, [one.clone(), note(&consent, "mail")]);
    let later = SessionClient {
        issuer: "https://alias.example".into(),
        ..one
    };
    sample
        .put(&store, vec![Write::NoteSessionClient(Box::new(later.clone()))])
        .await;
    assert_eq!(store.session_clients(consent.session.id).await.unwrap()[0], later);
    assert_eq!(due(&store, 1_000_000).await, []);
}

pub async fn whatever_ends_a_session_makes_its_notes_due(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for (user, end) in [("ada", 0), ("bob", 1), ("eve", 2)] {
        let (consent, one) = set_up(&store, &sample, user).await;
        let (_, other) = set_up(&store, &sample, &format!("{user}-2")).await;
        let (realm, user, at) = (REALM.into(), user.into(), at(5));
        let write = match end {
            0 => Write::EndSession {
                id: consent.session.id,
                at,
            },
            1 => Write::EndUser { realm, user, at },
            _ => Write::DeleteUser { realm, user, at },
        };
        sample.put(&store, vec![write]).await;
        assert_eq!(due(&store, 4).await, []);
        let rows = due(&store, 5).await;
        assert_eq!(rows.len(), 2, "{end}: {rows:?}");
        assert!(
            rows.iter()
                .all(|row| row.session == one.session && row.due_at == Some(at))
        );
        let others = store.session_clients(other.session).await.unwrap();
        assert!(others.iter().all(|row| row.due_at.is_none()), "{others:?}");
        for row in rows {
            let (session, client_id) = (row.session, row.client_id);
            sample
                .put(&store, vec![Write::ForgetSessionClient { session, client_id }])
                .await;
        }
        assert_eq!(due(&store, 1_000_000).await, []);
    }
}

pub async fn one_of_many_claims_an_attempt(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (consent, one) = set_up(&store, &sample, "ada").await;
    let guard = |tries| Guard::LogoutDue {
        session: one.session,
        client_id: Arc::clone(&one.client_id),
        tries,
    };
    assert!(!sample.holds(&store, guard(0)).await, "it is not due yet");
    let end = Write::EndSession {
        id: consent.session.id,
        at: at(5),
    };
    sample.put(&store, vec![end]).await;
    let claims = (0..20).map(|_| {
        let write = Write::TryLogout {
            session: one.session,
            client_id: Arc::clone(&one.client_id),
            tries: 1,
            due_at: at(60),
        };
        store.commit(sample.change(vec![guard(0)], vec![write]))
    });
    let outcomes = all(claims).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|outcome| !matches!(outcome, Err(CommitError::Fault(_))))
    );
    // The other client of the session is still due, this one later.
    assert_eq!(due(&store, 59).await.len(), 1);
    assert_eq!(due(&store, 60).await.len(), 2);
    assert!(sample.holds(&store, guard(1)).await && !sample.holds(&store, guard(0)).await);
}

pub async fn first_attempts_come_before_those_that_are_repeated(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (tried, one) = set_up(&store, &sample, "ada").await;
    let (fresh, _) = set_up(&store, &sample, "bob").await;
    for (consent, second) in [(&tried, 5), (&fresh, 9)] {
        let (id, at) = (consent.session.id, at(second));
        sample.put(&store, vec![Write::EndSession { id, at }]).await;
    }
    let again = Write::TryLogout {
        session: one.session,
        client_id: Arc::clone(&one.client_id),
        tries: 1,
        due_at: at(6),
    };
    sample.put(&store, vec![again]).await;
    let order: Vec<_> = due(&store, 10)
        .await
        .iter()
        .map(|row| (row.session, row.tries))
        .collect();
    let (tried, fresh) = (tried.session.id, fresh.session.id);
    assert_eq!(order, [(tried, 0), (fresh, 0), (fresh, 0), (tried, 1)]);
}

pub async fn one_clients_many_notes_leave_room_for_the_others(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for second in 1..=5 {
        let consent = sample.consent(&format!("user-{second}"), "ledger");
        let mut writes = consent.writes();
        writes.push(Write::NoteSessionClient(Box::new(note(&consent, "ledger"))));
        if second == 5 {
            writes.push(Write::NoteSessionClient(Box::new(note(&consent, "mail"))));
        }
        sample.put(&store, writes).await;
        let (id, at) = (consent.session.id, at(second));
        sample.put(&store, vec![Write::EndSession { id, at }]).await;
    }
    let read = async |limit, of_one_client| {
        let rows = store.logouts_due(at(9), limit, of_one_client).await.unwrap();
        let row = |row: &SessionClient| (row.client_id.to_string(), row.due_at);
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let ledger = |second| ("ledger".to_owned(), Some(at(second)));
    let mail = ("mail".to_owned(), Some(at(5)));
    assert_eq!(read(3, 2).await, [ledger(1), ledger(2), mail]);
    assert_eq!(read(2, 2).await, [ledger(1), ledger(2)]);
    assert_eq!(read(9, 9).await.len(), 6);
}

pub async fn notes_of_sessions_that_are_over_by_themselves_leave_and_due_ones_stay(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (over, _) = set_up(&store, &sample, "ada").await;
    let (ended, _) = set_up(&store, &sample, "bob").await;
    let (renewed, _) = set_up(&store, &sample, "eve").await;
    let end = over.session.expires_at;
    let later = grantd_protocol::Timestamp::from_millis(end.millis() + 10_000);
    let renew = Write::RenewSession {
        id: renewed.session.id,
        hash: renewed.session.hash,
        authentication: renewed.session.authentication.clone(),
        expires_at: later,
    };
    let id = ended.session.id;
    sample
        .put(&store, vec![Write::EndSession { id, at: at(5) }, renew])
        .await;
    let purge = Write::Purge {
        kind: PurgeKind::SessionClient,
        before: grantd_protocol::Timestamp::from_millis(end.millis() + 1),
        limit: 100,
    };
    assert_eq!(sample.put(&store, vec![purge]).await, 2);
    for (consent, left) in [(over, 0), (ended, 2), (renewed, 2)] {
        assert_eq!(store.session_clients(consent.session.id).await.unwrap().len(), left);
    }
}
