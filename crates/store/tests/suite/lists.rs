//! Lists: complete, in order, a page at a time, within their realm.

use super::Backend;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::Write;
use grantd_core::record::AccessRecord;
use grantd_protocol::id::AccessId;
use grantd_store::{AccessFilter, Store};
use std::collections::BTreeSet;

pub async fn paging_through_clients_neither_skips_nor_repeats(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let ids: BTreeSet<String> = (0..23).map(|n| format!("client-{}", n * 7919 % 101)).collect();
    let writes = ids.iter().map(|id| Write::InsertClient(Box::new(sample.client(id))));
    sample.put(&store, writes.collect()).await;
    for limit in [1, 2, 5, 22, 23, 24] {
        let (mut seen, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let page = store.clients(REALM, after.as_deref(), limit).await.unwrap();
            assert!(page.rows.len() <= limit as usize);
            seen.extend(page.rows.iter().map(|row| row.client_id.to_string()));
            after = seen.last().cloned();
            if !page.more {
                break;
            }
            assert_eq!(page.rows.len(), limit as usize);
        }
        assert_eq!(seen, ids.iter().cloned().collect::<Vec<_>>(), "{limit}");
    }
}

pub async fn paging_through_users_neither_skips_nor_repeats(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let ids: BTreeSet<String> = (0..9).map(|n| format!("user-{}", n * 31 % 17)).collect();
    let writes = ids.iter().map(|id| Write::InsertUser(Box::new(sample.user(id))));
    sample.put(&store, writes.collect()).await;
    let (mut seen, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let page = store.users(REALM, after.as_deref(), 4).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.id.to_string()));
        after = seen.last().cloned();
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, ids.into_iter().collect::<Vec<_>>());
}

/// Every page of a list, together.
pub async fn listed(store: &impl Store, realm: &str, filter: &AccessFilter, limit: u32) -> Vec<AccessId> {
    let mut seen: Vec<AccessId> = Vec::new();
    loop {
        let page = store
            .access_list(realm, filter, seen.last().copied(), limit)
            .await
            .unwrap();
        assert!(page.rows.len() <= limit as usize);
        seen.extend(page.rows.iter().map(|row| row.id));
        if !page.more {
            return seen;
        }
        assert!(!page.rows.is_empty(), "an empty page that says there are more");
    }
}

fn newest_first<'a>(rows: impl IntoIterator<Item = &'a AccessRecord>) -> Vec<AccessId> {
    let mut ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    ids.sort_by(|left, right| right.cmp(left));
    ids
}

/// Tokens of two users through two clients, and of the clients themselves, over 40 seconds.
async fn tokens(store: &impl Store, sample: &Sample) -> Vec<AccessRecord> {
    let mut rows = Vec::new();
    for (user, client) in [("ada", "ledger"), ("bob", "ledger"), ("ada", "books")] {
        let consent = sample.consent(user, client);
        let family = sample.family(&consent);
        let mut writes = vec![Write::InsertGrant(Box::new(consent.grant.clone()))];
        if client == "ledger" {
            writes.push(Write::InsertUser(Box::new(consent.user.clone())));
        }
        writes.push(Write::InsertFamily(Box::new(family.clone())));
        sample.put(store, writes).await;
        rows.extend((0..10).map(|second| AccessRecord {
            id: sample.own_access_at(client, at(second * 4)).id,
            ..sample.access(&family)
        }));
    }
    rows.extend((0..10).map(|second| sample.own_access_at("ledger", at(second * 4))));
    // Out of order, as commits come.
    for (place, row) in rows.iter().enumerate() {
        let row = rows.get(place * 7 % rows.len()).unwrap_or(row);
        sample
            .put(store, vec![Write::InsertAccess(Box::new(row.clone()))])
            .await;
    }
    rows
}

pub async fn paging_through_access_tokens_is_newest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = tokens(&store, &sample).await;
    for limit in [1, 7, 39, 40, 41] {
        let seen = listed(&store, REALM, &AccessFilter::default(), limit).await;
        assert_eq!(seen, newest_first(&rows), "{limit}");
    }
}

fn filters() -> Vec<AccessFilter> {
    let names = [
        None,
        Some("ledger"),
        Some("books"),
        Some("ada"),
        Some("bob"),
        Some("nobody"),
    ];
    let pairs = names
        .iter()
        .flat_map(|client| names.iter().map(move |subject| (client, subject)));
    pairs
        .map(|(client, subject)| AccessFilter {
            client_id: client.map(str::to_owned),
            subject: subject.map(str::to_owned),
            ..AccessFilter::default()
        })
        .collect()
}

fn matches(filter: &AccessFilter, row: &AccessRecord) -> bool {
    filter
        .client_id
        .as_deref()
        .is_none_or(|client| client == &*row.client_id)
        && filter.subject.as_deref().is_none_or(|subject| subject == &*row.subject)
}

pub async fn access_tokens_are_listed_by_client_and_by_subject(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = tokens(&store, &sample).await;
    for filter in filters() {
        let expected = newest_first(rows.iter().filter(|row| matches(&filter, row)));
        assert_eq!(listed(&store, REALM, &filter, 3).await, expected, "{filter:?}");
    }
}

pub async fn a_list_by_client_is_the_same_however_far_its_index_is(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut rows = tokens(&store, &sample).await;
    for step in 0..12 {
        if step < 10 {
            store.index_behind(5).await.unwrap();
        } else {
            while store.index_behind(1000).await.unwrap() > 0 {}
        }
        // A row whose id is older than what was indexed already.
        let late = sample.own_access_at("books", at(step));
        sample
            .put(&store, vec![Write::InsertAccess(Box::new(late.clone()))])
            .await;
        rows.push(late);
        for filter in filters() {
            let expected = newest_first(rows.iter().filter(|row| matches(&filter, row)));
            assert_eq!(listed(&store, REALM, &filter, 4).await, expected, "{step} {filter:?}");
        }
    }
}

pub async fn live_access_tokens_leave_out_the_dead(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut alive = Vec::new();
    let mut ends = Vec::new();
    for user in ["ada", "bob", "cyd", "dee", "eve"] {
        let consent = sample.consent(user, "ledger");
        let family = sample.family(&consent);
        let token = sample.access(&family);
        let mut writes = consent.writes();
        writes.push(Write::InsertFamily(Box::new(family.clone())));
        writes.push(Write::InsertAccess(Box::new(token.clone())));
        sample.put(&store, writes).await;
        let mut disabled = consent.user.clone();
        disabled.enabled = false;
        match user {
            "ada" => alive.push(token),
            "bob" => ends.push(Write::EndAccess { id: token.id, at: NOW }),
            "cyd" => ends.push(Write::EndFamily { id: family.id, at: NOW }),
            "dee" => ends.push(Write::EndGrant {
                id: consent.grant.id,
                at: NOW,
            }),
            _ => ends.push(Write::UpdateUser(Box::new(disabled))),
        }
    }
    let own = sample.own_access("ledger");
    ends.push(Write::InsertAccess(Box::new(own.clone())));
    sample.put(&store, ends).await;
    alive.push(own);
    for client_id in [None, Some("ledger".to_owned())] {
        let mut filter = AccessFilter {
            client_id,
            live_at: Some(at(299)),
            ..AccessFilter::default()
        };
        assert_eq!(listed(&store, REALM, &filter, 1).await, newest_first(&alive));
        filter.live_at = Some(at(300));
        assert!(listed(&store, REALM, &filter, 1).await.is_empty());
    }
}

pub async fn paging_through_audit_lines_is_newest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let lines: Vec<_> = (0..7)
        .map(|n| sample.audit_at(&format!("deed-{n}"), at(n * 5 % 7)))
        .collect();
    let writes = lines.iter().map(|line| Write::Audit(Box::new(line.clone())));
    sample.put(&store, writes.collect()).await;
    let mut expected = lines;
    expected.sort_by_key(|line| std::cmp::Reverse(line.id));
    let mut seen = Vec::new();
    loop {
        let before = seen.last().map(|line: &grantd_core::record::AuditRecord| line.id);
        let page = store.audit(REALM, before, 3).await.unwrap();
        seen.extend(page.rows);
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, expected);
}

pub async fn a_users_grants_are_listed_while_they_last(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let grants = ["ledger", "books", "till"].map(|client| sample.grant("ada", client));
    let mut writes: Vec<_> = grants
        .iter()
        .map(|row| Write::InsertGrant(Box::new(row.clone())))
        .collect();
    writes.push(Write::InsertGrant(Box::new(sample.grant("bob", "ledger"))));
    writes.push(Write::EndGrant {
        id: grants[1].id,
        at: NOW,
    });
    sample.put(&store, writes).await;
    let mut seen: Vec<_> = store
        .grants_of(REALM, "ada")
        .await
        .unwrap()
        .iter()
        .map(|row| row.id)
        .collect();
    seen.sort();
    assert_eq!(seen, [grants[0].id, grants[2].id]);
    for (client, expected) in [
        ("ledger", vec![grants[0].id]),
        ("books", Vec::new()),
        ("none", Vec::new()),
    ] {
        let to: Vec<_> = store.grants_to(REALM, "ada", client).await.unwrap();
        assert_eq!(to.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{client}");
    }
}

pub async fn lists_stay_within_their_realm(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut token = sample.own_access("ledger");
    token.realm = "other".into();
    let (mut client, mut user, mut line) = (sample.client("ledger"), sample.user("ada"), sample.audit("deed"));
    client.realm = "other".into();
    user.realm = "other".into();
    line.realm = "other".into();
    let writes = vec![
        Write::InsertAccess(Box::new(token.clone())),
        Write::InsertAccess(Box::new(sample.own_access("ledger"))),
        Write::InsertClient(Box::new(client)),
        Write::InsertUser(Box::new(user)),
        Write::Audit(Box::new(line)),
    ];
    sample.put(&store, writes).await;
    assert!(store.clients(REALM, None, 10).await.unwrap().rows.is_empty());
    assert!(store.users(REALM, None, 10).await.unwrap().rows.is_empty());
    assert!(store.audit(REALM, None, 10).await.unwrap().rows.is_empty());
    assert!(store.client(REALM, "ledger").await.unwrap().is_none());
    assert!(store.user_by_key(REALM, "ada@example.org").await.unwrap().is_none());
    for client_id in [None, Some("ledger".to_owned())] {
        let filter = AccessFilter {
            client_id,
            ..AccessFilter::default()
        };
        assert_eq!(listed(&store, "other", &filter, 10).await, [token.id]);
        assert_eq!(listed(&store, REALM, &filter, 10).await.len(), 1);
    }
}
