//! Applications of developers, and what is kept of their refused requests.

use super::sample::{NOW, REALM, Sample, at};
use super::{Backend, print};
use grantd_core::change::{CounterKey, Guard, PurgeKind, Write};
use grantd_core::record::client::GrantType;
use grantd_core::record::refused::KEPT;
use grantd_core::record::{
    ClientRecord, Development, Holder, RefusalCount, RefusedRecord, Stage, TokenEndpointAuthMethod, Wish,
};
use grantd_protocol::ScopeSet;
use grantd_protocol::id::RefusedId;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_store::Store;
use std::sync::Arc;

pub fn application(sample: &Sample, client_id: &str, owner: &str) -> ClientRecord {
    ClientRecord {
        development: Some(Box::new(Development::begun_by(&owner.into()))),
        ..sample.client(client_id)
    }
}

async fn insert(store: &impl Store, sample: &Sample, clients: &[ClientRecord]) {
    let writes = clients.iter().map(|row| Write::InsertClient(Box::new(row.clone())));
    sample.put(store, writes.collect()).await;
}

/// The `number`th refused request of a client.
fn refused(client_id: &str, number: u32) -> RefusedRecord {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    id[15] = client_id.as_bytes()[0];
    RefusedRecord {
        id: RefusedId::from_bytes(id),
        realm: REALM.into(),
        client_id: client_id.into(),
        at: at(number.into()),
        request: "0123456789abcdef".to_owned(),
        endpoint: "token".to_owned(),
        error: "invalid_grant".to_owned(),
        says: "the 'code' was <used> already — twice".to_owned(),
        cause: "code".to_owned(),
        expected: number.is_multiple_of(2).then(|| "S256".to_owned()),
        got: None,
        more: number,
    }
}

async fn read(store: &impl Store, client_id: &str, step: u32) -> Vec<RefusedRecord> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = store.refused(REALM, client_id, before, step).await.unwrap();
        before = page.rows.last().map(|row| row.id);
        found.extend(page.rows);
        if !page.more {
            return found;
        }
    }
}

pub async fn a_developers_applications_are_listed_by_owner(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut clients: Vec<_> = (0..7)
        .map(|number| application(&sample, &format!("app{number}"), "ada"))
        .collect();
    clients.push(application(&sample, "app3b", "bob"));
    clients.push(sample.client("operators"));
    insert(&store, &sample, &clients).await;
    for step in [1, 3, 100] {
        let (mut found, mut after) = (Vec::new(), None::<Arc<str>>);
        loop {
            let page = store.clients_of(REALM, "ada", after.as_deref(), step).await.unwrap();
            found.extend(page.rows.iter().map(|row| row.client_id.to_string()));
            after = page.rows.last().map(|row| Arc::clone(&row.client_id));
            if !page.more {
                break;
            }
        }
        assert_eq!(
            found,
            ["app0", "app1", "app2", "app3", "app4", "app5", "app6"],
            "{step}"
        );
    }
    let of = async |realm, owner| store.clients_of(realm, owner, None, 10).await.unwrap().rows.len();
    assert_eq!((of(REALM, "bob").await, of(REALM, "cyd").await), (1, 0));
    assert_eq!(
        (of("other", "ada").await, of(REALM, "a\0b").await, of(REALM, "").await),
        (0, 0, 0)
    );
}

pub async fn an_application_remembers_how_far_it_has_come(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut client = application(&sample, "app", "ada");
    insert(&store, &sample, std::slice::from_ref(&client)).await;
    client.version = 2;
    client.development = Some(Box::new(Development {
        owner: "bob".into(),
        stage: Stage::Suspended,
        testers: vec!["cyd@example.com".to_owned(), "ümlaut".to_owned()],
        verified: ScopeSet::parse("invoices:*").unwrap(),
        wish: Wish {
            name: Some("Ledger 2".to_owned()),
            scopes: Some(ScopeSet::parse("a b").unwrap()),
            application_type: Some(ApplicationType::Native),
            grant_types: Some(vec![GrantType::DeviceCode]),
            auth_method: Some(TokenEndpointAuthMethod::None),
        },
        note: Some("spam".to_owned()),
        before_suspension: Some(Stage::Verified),
        submitted_at: Some(NOW),
    }));
    sample
        .put(&store, vec![Write::UpdateClient(Box::new(client.clone()))])
        .await;
    let found = store.client(REALM, "app").await.unwrap().unwrap();
    assert_eq!(print::client(&found), print::client(&client));
    // Whose it is follows.
    let of = async |owner| store.clients_of(REALM, owner, None, 10).await.unwrap().rows.len();
    assert_eq!((of("ada").await, of("bob").await), (0, 1));
}

pub async fn refused_requests_are_read_newest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    insert(&store, &sample, &[sample.client("app"), sample.client("other")]).await;
    let rows: Vec<_> = [3, 1, 5, 2, 4].map(|number| refused("app", number)).into();
    let beside = vec![refused("other", 9), refused("gone", 8)];
    sample.put(&store, vec![Write::NoteRefused(rows)]).await;
    sample.put(&store, vec![Write::NoteRefused(beside)]).await;
    let expected: Vec<_> = [5, 4, 3, 2, 1].map(|number| refused("app", number)).into();
    for step in [1, 2, 10] {
        assert_eq!(read(&store, "app", step).await, expected);
    }
    assert_eq!(read(&store, "other", 10).await, [refused("other", 9)]);
    assert!(read(&store, "gone", 10).await.is_empty(), "nobody could have read it");
    assert!(
        store
            .refused("elsewhere", "app", None, 10)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert!(store.refused(REALM, "a\0b", None, 10).await.unwrap().rows.is_empty());
}

pub async fn no_more_than_a_ring_of_refused_requests_is_kept(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    insert(&store, &sample, &[sample.client("app"), sample.client("other")]).await;
    let batch = |from: u32, to: u32| vec![Write::NoteRefused((from..to).map(|n| refused("app", n)).collect())];
    sample
        .put(&store, vec![Write::NoteRefused(vec![refused("other", 1)])])
        .await;
    sample.put(&store, batch(1, KEPT)).await;
    assert_eq!(read(&store, "app", 400).await.len() as u32, KEPT - 1);
    sample.put(&store, batch(KEPT, KEPT + 300)).await;
    let left = read(&store, "app", 400).await;
    assert_eq!(left.len() as u32, KEPT);
    assert_eq!(left.first(), Some(&refused("app", KEPT + 299)));
    assert_eq!(left.last(), Some(&refused("app", 300)));
    assert_eq!(
        read(&store, "other", 10).await.len(),
        1,
        "another's flood takes nothing away"
    );
}

pub async fn refused_requests_leave_with_their_client_and_with_time(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    insert(&store, &sample, &[sample.client("app"), sample.client("other")]).await;
    let rows = (1..=10).flat_map(|number| [refused("app", number), refused("other", number)]);
    sample.put(&store, vec![Write::NoteRefused(rows.collect())]).await;
    let purge = Write::Purge {
        kind: PurgeKind::Refused,
        before: at(5),
        limit: 5,
    };
    let mut removed = Vec::new();
    for _ in 0..3 {
        removed.push(sample.put(&store, vec![purge.clone()]).await);
    }
    assert_eq!(removed, [5, 3, 0]);
    let gone = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "app".into(),
        keeps_blocks: false,
        at: NOW,
    };
    sample.put(&store, vec![gone]).await;
    assert!(read(&store, "app", 100).await.is_empty());
    assert_eq!(read(&store, "other", 100).await.len(), 6);
}

pub async fn refusals_add_up_by_hour_place_and_reason(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let count = |realm: &str, hour: i64, endpoint: &str, error: &str, count| RefusalCount {
        realm: realm.into(),
        hour: at(3_600 * hour),
        endpoint: endpoint.into(),
        error: error.into(),
        count,
    };
    // Two of one batch, and two batches, as of two servers.
    let first = vec![
        count(REALM, 2, "token", "invalid_client", 2),
        count(REALM, 1, "token", "invalid_client", 5),
        count(REALM, 2, "token", "invalid_client", 3),
        count("elsewhere", 2, "token", "invalid_client", 9),
    ];
    let second = vec![
        count(REALM, 2, "token", "invalid_client", 10),
        count(REALM, 2, "token", "invalid_grant", 1),
        count(REALM, 2, "gate", "invalid_token", 4),
    ];
    sample.put(&store, vec![Write::CountRefused(first)]).await;
    sample.put(&store, vec![Write::CountRefused(second)]).await;
    let late = [
        count(REALM, 2, "gate", "invalid_token", 4),
        count(REALM, 2, "token", "invalid_client", 15),
        count(REALM, 2, "token", "invalid_grant", 1),
    ];
    assert_eq!(store.refusals(REALM, at(3_601)).await.unwrap(), late);
    let early = count(REALM, 1, "token", "invalid_client", 5);
    assert_eq!(store.refusals(REALM, at(3_600)).await.unwrap().first(), Some(&early));
    let purge = |limit| Write::Purge {
        kind: PurgeKind::RefusalCount,
        before: at(7_200),
        limit,
    };
    assert_eq!(sample.put(&store, vec![purge(10)]).await, 1);
    assert_eq!(store.refusals(REALM, at(0)).await.unwrap(), late);
}

pub async fn secrets_are_counted_apart(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    insert(&store, &sample, &[sample.client("app")]).await;
    let (secrets, gone) = (Holder::Secrets("app".into()), Holder::Secrets("gone".into()));
    let rows = vec![
        sample.uses(secrets.clone(), Some("1800000000000"), 3),
        sample.uses(gone.clone(), Some("1800000000000"), 3),
    ];
    sample.put(&store, vec![Write::CountUses(rows)]).await;
    assert_eq!(store.uses(REALM, &secrets).await.unwrap().len(), 1);
    assert!(store.uses(REALM, &gone).await.unwrap().is_empty());
    assert!(
        store
            .uses(REALM, &Holder::Client("app".into()))
            .await
            .unwrap()
            .is_empty()
    );
    let end = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "app".into(),
        keeps_blocks: false,
        at: NOW,
    };
    sample.put(&store, vec![end]).await;
    assert!(store.uses(REALM, &secrets).await.unwrap().is_empty());
}

/// Every creation of a developer passes by one counter, so that of many at once one sees the other.
pub async fn one_of_a_hundred_makes_the_last_application(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Arc::new(Sample::new()));
    let key = CounterKey([9; 32]);
    let racers = (0..100).map(|number| {
        let client = application(&sample, &format!("app{number}"), "ada");
        let turn = Write::SetAttempts {
            key,
            tat: at(1),
            expires_at: at(60),
        };
        let guards = vec![
            Guard::ClientIdFree {
                realm: REALM.into(),
                client_id: Arc::clone(&client.client_id),
            },
            Guard::AttemptsAt { key, tat: None },
        ];
        let change = sample.change(guards, vec![Write::InsertClient(Box::new(client)), turn]);
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.commit(change).await.is_ok() })
    });
    let racers: Vec<_> = racers.collect();
    let mut won = 0;
    for racer in racers {
        won += usize::from(racer.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(store.clients_of(REALM, "ada", None, 200).await.unwrap().rows.len(), 1);
}
