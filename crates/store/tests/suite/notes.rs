//! The log by which caches, here and in other processes, learn what to forget.

use super::Backend;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_core::record::KeyState;
use grantd_protocol::id::GrantId;
use grantd_store::Store;

async fn position(store: &impl Store) -> i64 {
    let notes = store.changes_after(None).await.unwrap();
    assert_eq!(notes.len(), 1);
    assert_eq!(
        (notes[0].kind.as_str(), notes[0].realm.as_str(), notes[0].key.as_str()),
        ("", "", "")
    );
    notes[0].position
}

pub async fn the_log_names_what_caches_must_forget(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let from = position(&store).await;
    let realm = || REALM.into();
    let writes = vec![
        Write::InsertClient(Box::new(sample.client("ledger"))),
        Write::UpdateClient(Box::new(sample.client("ledger"))),
        Write::DeleteClient {
            realm: realm(),
            client_id: "ledger".into(),
            keeps_blocks: false,
            at: NOW,
        },
        Write::InsertUser(Box::new(sample.user("ada"))),
        Write::UpdateUser(Box::new(sample.user("ada"))),
        Write::EndUser {
            realm: realm(),
            user: "ada".into(),
            at: NOW,
        },
        Write::PutTenant(Box::new(sample.tenant("acme"))),
        Write::InsertKey(Box::new(sample.key("k", NOW))),
        Write::SetKeyState {
            realm: realm(),
            kid: "k".to_owned(),
            state: KeyState::Active,
            since: NOW,
            remove_at: None,
        },
        Write::DeleteKey {
            realm: realm(),
            kid: "k".to_owned(),
        },
    ];
    sample.put(&store, writes).await;
    let notes = store.changes_after(Some(from)).await.unwrap();
    assert!(notes.iter().all(|note| note.realm == REALM));
    let named: Vec<_> = notes
        .iter()
        .map(|note| (note.kind.as_str(), note.key.as_str()))
        .collect();
    let (client, user, key) = (("client", "ledger"), ("user", "ada"), ("key", "k"));
    assert_eq!(
        named,
        [
            client,
            client,
            client,
            user,
            user,
            user,
            ("tenant", "acme"),
            key,
            key,
            key
        ]
    );
    assert_eq!(position(&store).await, notes.last().unwrap().position);
}

pub async fn positions_only_grow(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut last = position(&store).await;
    for number in 0..5 {
        sample
            .put(
                &store,
                vec![Write::PutTenant(Box::new(sample.tenant(&number.to_string())))],
            )
            .await;
        let notes = store.changes_after(Some(last)).await.unwrap();
        assert_eq!(notes.len(), 1);
        assert!(notes[0].position > last);
        last = notes[0].position;
    }
    assert!(store.changes_after(Some(last)).await.unwrap().is_empty());
}

pub async fn a_refused_change_notes_nothing(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    let before = position(&store).await;
    sample
        .refused(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    let lost = Guard::GrantLive(GrantId::from_bytes([1; 16]));
    let write = Write::InsertUser(Box::new(sample.user("ada")));
    assert!(store.commit(sample.change(vec![lost], vec![write])).await.is_err());
    assert!(store.changes_after(Some(before)).await.unwrap().is_empty());
}

pub async fn purged_notes_do_not_move_the_position_back(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    sample
        .put(&store, vec![Write::PutTenant(Box::new(sample.tenant("acme")))])
        .await;
    let last = position(&store).await;
    let purge = Write::Purge {
        kind: PurgeKind::Applied,
        before: at(1),
        limit: 100,
    };
    sample.put(&store, vec![purge]).await;
    assert!(store.changes_after(Some(0)).await.unwrap().is_empty());
    assert_eq!(position(&store).await, last);
    sample
        .put(&store, vec![Write::PutTenant(Box::new(sample.tenant("zeta")))])
        .await;
    assert!(position(&store).await > last);
}

pub async fn tokens_are_not_noted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let before = position(&store).await;
    let consent = sample.consent("ada", "ledger");
    let writes = vec![
        Write::InsertSession(Box::new(consent.session.clone())),
        Write::InsertGrant(Box::new(consent.grant.clone())),
        Write::InsertFamily(Box::new(sample.family(&consent))),
        Write::InsertAccess(Box::new(sample.own_access("ledger"))),
    ];
    sample.put(&store, writes).await;
    assert!(store.changes_after(Some(before)).await.unwrap().is_empty());
}

pub async fn the_log_is_read_in_pieces(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let from = position(&store).await;
    let writes = (0..1100).map(|_| Write::PutTenant(Box::new(sample.tenant("acme"))));
    sample.put(&store, writes.collect()).await;
    let first = store.changes_after(Some(from)).await.unwrap();
    assert_eq!(first.len(), 1000);
    assert!(first.is_sorted_by_key(|note| note.position));
    let rest = store.changes_after(Some(first[999].position)).await.unwrap();
    assert_eq!(rest.len(), 100);
}
