//! What was acknowledged is there after the store was closed, and for others that open the same place.

use super::sample::{NOW, REALM, Sample};
use super::{Backend, print};
use grantd_core::change::{CounterKey, Guard, SeenKey, Write};
use grantd_store::Store;

pub async fn everything_is_found_again(backend: &impl Backend) {
    let sample = Sample::new();
    let consent = sample.consent("ada", "ledger");
    let (code, family, client) = (sample.code(&consent), sample.family(&consent), sample.client("ledger"));
    let (token, tenant, line) = (sample.access(&family), sample.tenant("acme"), sample.audit("deed"));
    let (seen, counter) = (SeenKey([1; 32]), CounterKey([1; 32]));
    let mut writes = consent.writes();
    writes.extend([
        Write::InsertClient(Box::new(client.clone())),
        Write::InsertCode(Box::new(code.clone())),
        Write::InsertFamily(Box::new(family.clone())),
        Write::InsertAccess(Box::new(token.clone())),
        Write::PutTenant(Box::new(tenant.clone())),
        Write::PutMembership(Box::new(sample.membership("ada", &tenant, "owner"))),
        Write::InsertKey(Box::new(sample.key("k", NOW))),
        Write::Remember {
            key: seen,
            expires_at: super::sample::at(60),
        },
        Write::SetAttempts {
            key: counter,
            tat: NOW,
            expires_at: NOW,
        },
        Write::Audit(Box::new(line.clone())),
    ]);
    let store = backend.open().await;
    sample.put(&store, writes).await;
    let family_before = print::family_facts(&store.family(family.id).await.unwrap().unwrap());
    drop(store);

    let store = backend.open().await;
    let read = store.client(REALM, "ledger").await.unwrap().unwrap();
    assert_eq!(print::client(&read), print::client(&client));
    let read = store.access(token.id).await.unwrap().unwrap();
    assert_eq!(print::access(&read.token), print::access(&token));
    let read = store.code(code.id).await.unwrap().unwrap();
    assert_eq!(print::code(&read.code), print::code(&code));
    let read = store.family(family.id).await.unwrap().unwrap();
    assert_eq!(print::family_facts(&read), family_before);
    assert!(store.session(consent.session.id).await.unwrap().is_some());
    assert_eq!(store.memberships(REALM, "ada").await.unwrap()[0].tenant, tenant);
    assert_eq!(store.keys(REALM).await.unwrap().len(), 1);
    assert_eq!(store.attempts(counter).await.unwrap(), Some(NOW));
    assert_eq!(store.audit(REALM, None, 10).await.unwrap().rows, [line]);
    assert!(!sample.holds(&store, Guard::Unseen(seen)).await);
    // And what is written now goes on from there.
    let next = sample.access(&family);
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(next.clone()))])
        .await;
    assert_eq!(store.access(next.id).await.unwrap().unwrap().token.scope, next.scope);
}

pub async fn the_log_goes_on_where_it_was(backend: &impl Backend) {
    let sample = Sample::new();
    let store = backend.open().await;
    sample
        .put(&store, vec![Write::PutTenant(Box::new(sample.tenant("acme")))])
        .await;
    let before = store.changes_after(None).await.unwrap();
    drop(store);
    let store = backend.open().await;
    assert_eq!(store.changes_after(None).await.unwrap(), before);
}

pub async fn a_second_store_sees_what_the_first_committed(backend: &impl Backend) {
    let sample = Sample::new();
    let (first, second) = (backend.open().await, backend.open().await);
    let from = second.changes_after(None).await.unwrap()[0].position;
    let mut client = sample.client("ledger");
    sample
        .put(&first, vec![Write::InsertClient(Box::new(client.clone()))])
        .await;
    assert!(second.client(REALM, "ledger").await.unwrap().is_some());
    assert_eq!(second.changes_after(Some(from)).await.unwrap()[0].key, "ledger");
    // Both write, to the same tables and with the same texts.
    client.version = 2;
    sample.put(&second, vec![Write::UpdateClient(Box::new(client))]).await;
    assert_eq!(first.client(REALM, "ledger").await.unwrap().unwrap().version, 2);
    for number in 0..20 {
        let token = sample.own_access("ledger");
        let id = token.id;
        let (writer, reader) = if number % 2 == 0 {
            (&first, &second)
        } else {
            (&second, &first)
        };
        sample
            .put(writer, vec![Write::InsertAccess(Box::new(token.clone()))])
            .await;
        let read = reader.access(id).await.unwrap().unwrap().token;
        assert_eq!(print::access(&read), print::access(&token));
    }
}
