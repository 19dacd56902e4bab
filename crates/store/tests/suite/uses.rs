//! What is counted of clients and API keys.

use super::Backend;
use super::keys::{insert, read};
use super::races::all;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{PurgeKind, Write};
use grantd_core::record::Holder;
use grantd_protocol::id::ApiKeyId;
use grantd_store::{ApiKeyFilter, Store};

pub async fn uses_add_up(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let holder = Holder::Client("ledger".into());
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    let uses = |permission, second| sample.uses(holder.clone(), permission, second);
    let batch = vec![
        uses(Some("b"), 5),
        uses(Some("a"), 9),
        uses(Some("b"), 3),
        uses(None, 4),
    ];
    sample.put(&store, vec![Write::CountUses(batch)]).await;
    sample
        .put(&store, vec![Write::CountUses(vec![uses(Some("b"), 4)])])
        .await;
    let read = store.uses(REALM, &holder).await.unwrap();
    let read = read.iter().map(|row| {
        let permission = row.permission.as_deref();
        (permission, row.count, row.first_used_at, row.last_used_at)
    });
    let expected = [
        (None, 3, at(4), at(4)),
        (Some("a"), 3, at(9), at(9)),
        (Some("b"), 9, at(3), at(5)),
    ];
    assert_eq!(read.collect::<Vec<_>>(), expected);
    assert!(store.uses("other", &holder).await.unwrap().is_empty());
    let odd = Holder::Client("a\0b".into());
    assert!(store.uses(REALM, &odd).await.unwrap().is_empty());
}

pub async fn uses_of_what_is_gone_are_not_counted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let here = Holder::Client("ledger".into());
    sample
        .put(&store, vec![Write::InsertClient(Box::new(sample.client("ledger")))])
        .await;
    let gone = [
        Holder::Client("gone".into()),
        Holder::ApiKey(ApiKeyId::from_bytes([7; 16])),
    ];
    let holders = gone.iter().chain([&here]);
    let batch = holders.map(|holder| sample.uses(holder.clone(), Some("a"), 1));
    sample.put(&store, vec![Write::CountUses(batch.collect())]).await;
    for holder in &gone {
        assert!(store.uses(REALM, holder).await.unwrap().is_empty());
    }
    assert_eq!(store.uses(REALM, &here).await.unwrap().len(), 1);
}

pub async fn a_key_was_last_used_when_it_was_last_seen(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = sample.api_key(None);
    let holder = Holder::ApiKey(key.id);
    sample.put(&store, vec![insert(&key)]).await;
    let batch = vec![
        sample.uses(holder.clone(), None, 8),
        sample.uses(holder, Some("invoices:read"), 9),
    ];
    sample.put(&store, vec![Write::CountUses(batch)]).await;
    assert_eq!(read(&store, key.id).await.last_used_at, Some(at(8)));
    let page = store.api_keys(REALM, &ApiKeyFilter::default(), None, 5).await.unwrap();
    assert_eq!(page.rows[0].last_used_at, Some(at(8)));
    assert_eq!(page.rows[0].key.version, 1, "a use is no change");
}

pub async fn deleting_a_client_forgets_its_uses(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let clients = ["ledger", "books"];
    let writes = clients.map(|id| Write::InsertClient(Box::new(sample.client(id))));
    sample.put(&store, writes.into()).await;
    let holders = clients.map(|id| Holder::Client(id.into()));
    let uses = holders.iter().map(|holder| sample.uses(holder.clone(), Some("a"), 1));
    sample.put(&store, vec![Write::CountUses(uses.collect())]).await;
    let delete = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "ledger".into(),
        keeps_blocks: false,
        at: at(2),
    };
    sample.put(&store, vec![delete]).await;
    assert!(store.uses(REALM, &holders[0]).await.unwrap().is_empty());
    assert_eq!(store.uses(REALM, &holders[1]).await.unwrap().len(), 1);
}

pub async fn what_clients_would_break_is_counted_apart_and_listed_by_client(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let ids = ["ledger", "webapp", "z"];
    let clients = ids.map(|id| Write::InsertClient(Box::new(sample.client(id))));
    sample.put(&store, clients.into()).await;
    let breaks = |id: &str| Holder::Breaks(id.into());
    let mut expected = Vec::new();
    for id in ids {
        for rule in ["audience", "pkce"] {
            let rows = vec![
                sample.uses(breaks(id), Some(rule), 1),
                sample.uses(breaks(id), Some(rule), 9),
            ];
            sample.put(&store, vec![Write::CountUses(rows)]).await;
            expected.push((
                id.to_owned(),
                rule.to_owned(),
                2 * sample.uses(breaks(id), Some(rule), 1).count,
            ));
        }
        let beside = vec![sample.uses(Holder::Client(id.into()), Some("invoices:read"), 1)];
        sample.put(&store, vec![Write::CountUses(beside)]).await;
    }
    let list = async |step: u32| {
        let mut found = Vec::new();
        let mut last: Option<(String, String)> = None;
        loop {
            let after = last.as_ref().map(|(id, rule)| (id.as_str(), rule.as_str()));
            let page = store.findings(REALM, after, step).await.unwrap();
            for row in page.rows {
                let Holder::Breaks(id) = &row.holder else {
                    panic!("{row:?}")
                };
                let rule = row.permission.unwrap();
                last = Some((id.to_string(), rule.to_string()));
                found.push((id.to_string(), rule.to_string(), row.count));
            }
            if !page.more {
                return found;
            }
        }
    };
    for step in [1, 4, 100] {
        assert_eq!(list(step).await, expected);
    }
    assert!(store.findings("other", None, 10).await.unwrap().rows.is_empty());
    let uses = store.uses(REALM, &Holder::Client("ledger".into())).await.unwrap();
    assert_eq!(uses.len(), 1);
    // They leave with the client, and nobody counts of one that is gone.
    let gone = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "ledger".into(),
        keeps_blocks: false,
        at: NOW,
    };
    sample.put(&store, vec![gone]).await;
    let late = vec![sample.uses(breaks("ledger"), Some("pkce"), 20)];
    sample.put(&store, vec![Write::CountUses(late)]).await;
    assert_eq!(list(100).await, expected[2..]);
}

pub async fn what_was_done_with_a_grant_leaves_with_it(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let grants = [sample.grant("ada", "ledger"), sample.grant("bob", "ledger")];
    let holders = grants.each_ref().map(|grant| Holder::Grant(grant.id));
    let writes = grants.each_ref().map(|row| Write::InsertGrant(Box::new(row.clone())));
    let done = |second| {
        let rows = holders
            .iter()
            .map(|holder| sample.uses(holder.clone(), Some("invoices:read"), second));
        vec![Write::CountUses(rows.collect())]
    };
    sample.put(&store, done(1)).await;
    for holder in &holders {
        assert!(
            store.uses(REALM, holder).await.unwrap().is_empty(),
            "there is no such grant"
        );
    }
    sample.put(&store, writes.into()).await;
    sample.put(&store, done(7)).await;
    sample.put(&store, done(3)).await;
    let of = async |holder| {
        let rows = store.uses(REALM, holder).await.unwrap();
        rows.iter().map(|row| row.last_used_at).collect::<Vec<_>>()
    };
    assert_eq!(of(&holders[0]).await, [at(7)]);
    assert!(store.uses("other", &holders[0]).await.unwrap().is_empty());
    let end = Write::EndGrant {
        id: grants[0].id,
        at: at(8),
    };
    sample.put(&store, vec![end]).await;
    let purge = Write::Purge {
        kind: PurgeKind::Grant,
        before: at(9),
        limit: 10,
    };
    assert_eq!(sample.put(&store, vec![purge]).await, 1);
    assert!(of(&holders[0]).await.is_empty());
    assert_eq!(of(&holders[1]).await, [at(7)]);
}

pub async fn what_is_counted_while_it_is_removed_leaves_with_it(backend: &impl Backend) {
    const GRANTS: usize = 20;
    const ROUNDS: u32 = 10;
    let (store, sample) = (backend.open().await, Sample::new());
    let purge = || Write::Purge {
        kind: PurgeKind::Grant,
        before: at(9),
        limit: 100,
    };
    for round in 0..ROUNDS {
        let grants: Vec<_> = (0..GRANTS)
            .map(|number| sample.grant(&format!("user{round}.{number}"), "ledger"))
            .collect();
        let put = grants.iter().map(|row| Write::InsertGrant(Box::new(row.clone())));
        sample.put(&store, put.collect()).await;
        let end = grants.iter().map(|row| Write::EndGrant { id: row.id, at: at(8) });
        sample.put(&store, end.collect()).await;
        let holders: Vec<_> = grants.iter().map(|row| Holder::Grant(row.id)).collect();
        let counting = (0..8).map(|second| {
            let rows = holders
                .iter()
                .map(|holder| sample.uses(holder.clone(), Some("invoices:read"), second));
            vec![Write::CountUses(rows.collect())]
        });
        let changes: Vec<_> = counting.chain([vec![purge()], vec![purge()]]).collect();
        all(changes.into_iter().map(|writes| sample.put(&store, writes))).await;
        // One that somebody held stays for the next time.
        sample.put(&store, vec![purge()]).await;
        for (holder, grant) in holders.iter().zip(&grants) {
            let found = store.grant(REALM, &grant.user, "ledger", None).await.unwrap();
            assert!(found.is_none() && store.uses(REALM, holder).await.unwrap().is_empty());
        }
    }
}
