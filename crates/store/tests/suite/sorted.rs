//! Lists in another order than that of ids: the same in every store, in both directions, and whole while rows are added.

use super::Backend;
use super::sample::{REALM, Sample, at};
use grantd_core::change::Write;
use grantd_core::record::{ClientRecord, UserRecord};
use grantd_store::sort::{ClientColumn, Column, Place, Sorted, Sorting, UserColumn};
use grantd_store::{GrantFilter, Store};

/// Names in which only the letters from A to Z have two cases; several are alike.
const NAMES: [&str; 9] = [
    "ledger",
    "Äpfel",
    "Ledger",
    "äpfel",
    "LEDGER",
    "Zoo",
    "1st",
    "書籍",
    "book_keeper",
];

fn asked<C>(by: C, descending: bool, behind: Option<Place>, limit: u32) -> Sorted<C> {
    Sorted {
        realm: REALM.to_owned(),
        owner: None,
        sorting: Sorting { by, descending },
        behind,
        limit,
    }
}

fn clients(sample: &Sample) -> Vec<ClientRecord> {
    let named = NAMES.iter().enumerate();
    let rows = named.map(|(number, name)| ClientRecord {
        // One is longer than what an index takes.
        name: if number == 8 {
            "𝄞é".repeat(1_500)
        } else {
            (*name).to_owned()
        },
        // Several were made at the same instant.
        created_at: at(i64::try_from(number).unwrap() / 3),
        ..sample.client(&format!("client-{}", number * 7 % 10))
    });
    rows.collect()
}

async fn put_clients(store: &impl Store, sample: &Sample, rows: &[ClientRecord]) {
    let writes = rows.iter().map(|row| Write::InsertClient(Box::new(row.clone())));
    sample.put(store, writes.collect()).await;
}

/// The rows as they should stand.
fn expected<C: Column>(rows: &[C::Row], by: C, descending: bool) -> Vec<Place> {
    let mut places: Vec<Place> = rows.iter().map(|row| by.place(row)).collect();
    places.sort();
    if descending {
        places.reverse();
    }
    places
}

pub async fn clients_are_sorted_by_name_and_by_age_both_ways(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = clients(&sample);
    put_clients(&store, &sample, &rows).await;
    let elsewhere = ClientRecord {
        realm: "elsewhere".into(),
        ..sample.client("other")
    };
    put_clients(&store, &sample, &[elsewhere]).await;
    for by in [ClientColumn::Name, ClientColumn::Created] {
        for descending in [false, true] {
            for limit in [1, 2, 4, 9, 10] {
                let mut seen: Vec<Place> = Vec::new();
                loop {
                    let page = store
                        .clients_sorted(&asked(by, descending, seen.last().cloned(), limit))
                        .await
                        .unwrap();
                    seen.extend(page.rows.iter().map(|row| by.place(row)));
                    if !page.more {
                        break;
                    }
                    assert_eq!(page.rows.len(), limit as usize);
                }
                assert_eq!(seen, expected(&rows, by, descending), "{by:?} {descending} {limit}");
            }
        }
    }
}

pub async fn users_are_sorted_by_name_and_by_age_both_ways(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows: Vec<UserRecord> = ["Zoë", "ada", "Bob", "älfric", "eve"]
        .iter()
        .enumerate()
        .map(|(number, name)| UserRecord {
            username: (*name).to_owned(),
            created_at: at(i64::try_from(number).unwrap() % 2),
            // No text of PostgreSQL has this character.
            claims: std::iter::once(("nickname".to_owned(), "\0 \\u0000".into())).collect(),
            ..sample.user(&format!("user-{}", 9 - number))
        })
        .collect();
    let writes = rows.iter().map(|row| Write::InsertUser(Box::new(row.clone())));
    sample.put(&store, writes.collect()).await;
    for by in [UserColumn::Username, UserColumn::Created] {
        for descending in [false, true] {
            let mut seen: Vec<Place> = Vec::new();
            loop {
                let page = store
                    .users_sorted(&asked(by, descending, seen.last().cloned(), 2))
                    .await
                    .unwrap();
                seen.extend(page.rows.iter().map(|row| by.place(row)));
                if !page.more {
                    break;
                }
            }
            assert_eq!(seen, expected(&rows, by, descending), "{by:?} {descending}");
        }
    }
}

pub async fn rows_that_come_between_two_pages_repeat_and_hide_no_other(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = clients(&sample);
    for by in [ClientColumn::Name, ClientColumn::Created] {
        for descending in [false, true] {
            let mut known = rows.clone();
            for row in &mut known {
                row.client_id = format!("{}-{by:?}-{descending}", row.client_id).into();
            }
            put_clients(&store, &sample, &known).await;
            let is_known = |place: &Place| known.iter().any(|row| *row.client_id == *place.id);
            let mut seen: Vec<Place> = Vec::new();
            for round in 0..200 {
                let page = store
                    .clients_sorted(&asked(by, descending, seen.last().cloned(), 2))
                    .await
                    .unwrap();
                seen.extend(page.rows.iter().map(|row| by.place(row)));
                if !page.more {
                    break;
                }
                // One in front of what was read, one behind it.
                let new = |name: &str, seconds| ClientRecord {
                    name: name.to_owned(),
                    created_at: at(seconds),
                    ..sample.client(&format!("new-{by:?}-{descending}-{round}-{seconds}"))
                };
                let (low, high) = (new("!", -100 - round), new("\u{10ffff}", 1000 + round));
                let between = if round < 5 { vec![low, high] } else { Vec::new() };
                put_clients(&store, &sample, &between).await;
            }
            let found: Vec<Place> = seen.iter().filter(|place| is_known(place)).cloned().collect();
            assert_eq!(found, expected(&known, by, descending), "{by:?} {descending}");
            let mut all = seen.clone();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), seen.len(), "nothing comes twice");
        }
    }
}

pub async fn a_renamed_client_stands_where_its_new_name_does(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    put_clients(&store, &sample, &clients(&sample)).await;
    let renamed = ClientRecord {
        version: 2,
        name: "zzz".to_owned(),
        ..clients(&sample).remove(0)
    };
    sample
        .put(&store, vec![Write::UpdateClient(Box::new(renamed.clone()))])
        .await;
    let first = store
        .clients_sorted(&asked(ClientColumn::Name, true, None, 9))
        .await
        .unwrap();
    let ascii = first.rows.iter().find(|row| row.name.is_ascii());
    assert_eq!(ascii.map(|row| &row.client_id), Some(&renamed.client_id));
}

pub async fn grants_are_listed_the_newest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut grant = sample.consent(&format!("user-{number}"), "ledger").grant;
        grant.client_id = if number == 2 { "books" } else { "ledger" }.into();
        ids.push(grant.id);
        sample.put(&store, vec![Write::InsertGrant(Box::new(grant))]).await;
    }
    let books = ids[2];
    ids.sort();
    ids.reverse();
    for client in [None, Some("ledger")] {
        let filter = GrantFilter {
            client_id: client.map(str::to_owned),
            newest_first: true,
            ..GrantFilter::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = store.grants(REALM, &filter, seen.last().copied(), 2).await.unwrap();
            seen.extend(page.rows.iter().map(|row| row.id));
            if !page.more {
                break;
            }
        }
        let wanted: Vec<_> = ids
            .iter()
            .copied()
            .filter(|id| client.is_none() || *id != books)
            .collect();
        assert_eq!(seen, wanted, "{client:?}");
    }
}

pub async fn audit_lines_are_read_the_oldest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let lines: Vec<_> = (0..7)
        .map(|n| sample.audit_at(&format!("deed-{n}"), at(n * 5 % 7)))
        .collect();
    let writes = lines.iter().map(|line| Write::Audit(Box::new(line.clone())));
    sample.put(&store, writes.collect()).await;
    let mut ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    ids.sort();
    let mut seen = Vec::new();
    loop {
        let page = store.audit_from(REALM, seen.last().copied(), 3).await.unwrap();
        seen.extend(page.rows.iter().map(|line| line.id));
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, ids);
    assert!(store.audit_from("elsewhere", None, 3).await.unwrap().rows.is_empty());
}

pub async fn a_developers_applications_are_sorted_apart(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut rows = clients(&sample);
    for (number, row) in rows.iter_mut().enumerate() {
        let owner = if number % 2 == 0 { "ada" } else { "bob" };
        row.development = super::portal::application(&sample, "x", owner).development;
    }
    put_clients(&store, &sample, &rows).await;
    let own: Vec<ClientRecord> = rows.iter().step_by(2).cloned().collect();
    for descending in [false, true] {
        let (mut seen, by) = (Vec::new(), ClientColumn::Name);
        loop {
            let page = Sorted {
                owner: Some("ada".to_owned()),
                ..asked(by, descending, seen.last().cloned(), 2)
            };
            let page = store.clients_sorted(&page).await.unwrap();
            seen.extend(page.rows.iter().map(|row| by.place(row)));
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, expected(&own, by, descending));
    }
}
