//! What tenants decided about applications: kept for as long as tenant and application are there, and a block leaves nothing
//! alive, whoever allows something at the same instant.

use super::Backend;
use super::races::all;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{AppPolicy, AppState, GrantRecord, TenantAppRecord, TenantRecord};
use grantd_store::{CommitError, Store, TenantAppFilter};

fn row(tenant: &str, client_id: &str, state: AppState) -> TenantAppRecord {
    TenantAppRecord {
        realm: REALM.into(),
        tenant: tenant.into(),
        client_id: client_id.into(),
        name: "Ledger <1>".to_owned(),
        state,
        asked_by: Some("ada".into()),
        asked_at: Some(NOW),
        decided_at: None,
    }
}

fn put(row: &TenantAppRecord) -> Write {
    Write::PutTenantApp(Box::new(row.clone()))
}

/// The ids of a list, read in steps.
async fn listed(store: &impl Store, filter: &TenantAppFilter, step: u32) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None::<(String, String)>);
    loop {
        let behind = after.as_ref().map(|(tenant, client_id)| (&**tenant, &**client_id));
        let page = store.tenant_apps(REALM, filter, behind, step).await.unwrap();
        found.extend(page.rows.iter().map(|row| format!("{} {}", row.tenant, row.client_id)));
        after = page
            .rows
            .last()
            .map(|row| (row.tenant.to_string(), row.client_id.to_string()));
        if !page.more {
            return found;
        }
    }
}

pub async fn a_decision_is_read_as_it_was_written_and_replaced(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut one = row("acme", "https://app.example/m", AppState::Waiting);
    sample.put(&store, vec![put(&one)]).await;
    let read = async || {
        store
            .tenant_apps(REALM, &TenantAppFilter::default(), None, 9)
            .await
            .unwrap()
            .rows
    };
    assert_eq!(read().await, std::slice::from_ref(&one));
    one.state = AppState::Blocked;
    one.decided_at = Some(at(9));
    sample.put(&store, vec![put(&one)]).await;
    assert_eq!(read().await, std::slice::from_ref(&one));
    let gone = Write::DeleteTenantApp {
        realm: REALM.into(),
        tenant: "acme".into(),
        client_id: one.client_id.clone(),
    };
    sample.put(&store, vec![gone.clone(), gone]).await;
    assert!(read().await.is_empty());
}

pub async fn a_tenant_remembers_its_policy(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let strict = TenantRecord {
        apps: AppPolicy::Approval,
        ..sample.tenant("acme")
    };
    let place = sample.membership("ada", &strict, "owner");
    let writes = vec![
        Write::PutTenant(Box::new(sample.tenant("acme"))),
        Write::PutTenant(Box::new(strict.clone())),
        Write::PutTenant(Box::new(sample.tenant("globex"))),
        Write::PutMembership(Box::new(place.clone())),
    ];
    sample.put(&store, writes).await;
    assert_eq!(store.tenant(REALM, "acme").await.unwrap(), Some(strict));
    assert_eq!(
        store.tenant(REALM, "globex").await.unwrap().unwrap().apps,
        AppPolicy::Open
    );
    assert_eq!(
        store.memberships(REALM, "ada").await.unwrap(),
        std::slice::from_ref(&place)
    );
    let members = store.members(REALM, "acme", None, None, 9).await.unwrap().rows;
    assert_eq!(members, [place]);
    let policies = store.tenants(REALM, None, 9).await.unwrap().rows;
    let policies: Vec<_> = policies.iter().map(|row| row.apps).collect();
    assert_eq!(policies, [AppPolicy::Approval, AppPolicy::Open]);
}

pub async fn decisions_are_listed_by_tenant_client_and_state(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = [
        row("acme", "b", AppState::Waiting),
        row("acme", "a", AppState::Blocked),
        row("globex", "a", AppState::Waiting),
        row("globex", "c", AppState::Allowed),
        TenantAppRecord {
            realm: "other".into(),
            ..row("acme", "z", AppState::Waiting)
        },
    ];
    sample.put(&store, rows.iter().map(put).collect()).await;
    let of = |tenant: Option<&str>, client_id: Option<&str>, state| TenantAppFilter {
        tenant: tenant.map(str::to_owned),
        client_id: client_id.map(str::to_owned),
        state,
    };
    for step in [1, 2, 9] {
        let list = async |filter| listed(&store, &filter, step).await;
        assert_eq!(
            list(of(None, None, None)).await,
            ["acme a", "acme b", "globex a", "globex c"]
        );
        assert_eq!(list(of(Some("acme"), None, None)).await, ["acme a", "acme b"]);
        assert_eq!(list(of(None, Some("a"), None)).await, ["acme a", "globex a"]);
        let waiting = Some(AppState::Waiting);
        assert_eq!(list(of(None, None, waiting)).await, ["acme b", "globex a"]);
        assert_eq!(list(of(Some("globex"), None, waiting)).await, ["globex a"]);
        assert!(list(of(Some("globex"), Some("b"), None)).await.is_empty());
        assert!(list(of(Some("a\0b"), None, None)).await.is_empty());
    }
}

pub async fn a_users_tenants_are_asked_about_one_client(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut writes = Vec::new();
    for id in ["acme", "globex", "third"] {
        let tenant = sample.tenant(id);
        writes.push(Write::PutTenant(Box::new(tenant.clone())));
        if id != "third" {
            writes.push(Write::PutMembership(Box::new(
                sample.membership("ada", &tenant, "owner"),
            )));
        }
        writes.push(put(&row(id, "ledger", AppState::Blocked)));
    }
    writes.push(put(&row("acme", "other", AppState::Blocked)));
    sample.put(&store, writes).await;
    let of = async |user, client_id| {
        let rows = store.apps_of(REALM, user, client_id).await.unwrap();
        rows.iter().map(|row| row.tenant.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of("ada", "ledger").await, ["acme", "globex"]);
    assert_eq!(of("ada", "other").await, ["acme"]);
    assert!(of("bob", "ledger").await.is_empty() && of("ada", "a\0b").await.is_empty());
}

pub async fn decisions_leave_with_their_tenant_and_with_their_client(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let writes = vec![
        Write::InsertClient(Box::new(sample.client("ledger"))),
        Write::PutTenant(Box::new(sample.tenant("acme"))),
        put(&row("acme", "ledger", AppState::Blocked)),
        put(&row("acme", "other", AppState::Blocked)),
        put(&row("globex", "ledger", AppState::Blocked)),
        put(&row("globex", "other", AppState::Blocked)),
    ];
    sample.put(&store, writes).await;
    let end = Write::DeleteClient {
        realm: REALM.into(),
        client_id: "ledger".into(),
        keeps_blocks: false,
        at: at(1),
    };
    sample.put(&store, vec![end]).await;
    let everything = TenantAppFilter::default();
    assert_eq!(listed(&store, &everything, 9).await, ["acme other", "globex other"]);
    let end = Write::DeleteTenant {
        realm: REALM.into(),
        id: "acme".into(),
        at: at(2),
    };
    sample.put(&store, vec![end]).await;
    assert_eq!(listed(&store, &everything, 9).await, ["globex other"]);
}

pub async fn blocks_of_a_client_that_can_come_back_stay_and_nothing_else_does(backend: &impl Backend) {
    const ADDRESS: &str = "https://app.example/m";
    let (store, sample) = (backend.open().await, Sample::new());
    let grant = sample.grant("ada", ADDRESS);
    let rows = [
        row("acme", ADDRESS, AppState::Blocked),
        row("globex", ADDRESS, AppState::Allowed),
        row("third", ADDRESS, AppState::Waiting),
        row("acme", "other", AppState::Allowed),
    ];
    let elsewhere = TenantAppRecord {
        realm: "other".into(),
        ..row("acme", ADDRESS, AppState::Allowed)
    };
    let mut writes = vec![
        Write::InsertClient(Box::new(sample.client(ADDRESS))),
        Write::InsertGrant(Box::new(grant.clone())),
        put(&elsewhere),
    ];
    writes.extend(rows.iter().map(put));
    sample.put(&store, writes).await;
    let end = Write::DeleteClient {
        realm: REALM.into(),
        client_id: ADDRESS.into(),
        keeps_blocks: true,
        at: at(1),
    };
    sample.put(&store, vec![end]).await;
    let everything = TenantAppFilter::default();
    let left = listed(&store, &everything, 9).await;
    assert_eq!(left, [format!("acme {ADDRESS}"), "acme other".to_owned()]);
    assert!(store.client(REALM, ADDRESS).await.unwrap().is_none());
    assert!(!sample.holds(&store, Guard::GrantLive(grant.id)).await);
    let there = store.tenant_apps("other", &everything, None, 9).await.unwrap().rows;
    assert_eq!(there, [elsewhere]);
    // The tenant takes its block back itself, or along.
    let gone = Write::DeleteTenant {
        realm: REALM.into(),
        id: "acme".into(),
        at: at(2),
    };
    sample.put(&store, vec![gone]).await;
    assert!(listed(&store, &everything, 9).await.is_empty());
}

pub async fn what_a_blocked_application_has_in_a_tenant_ends_and_nothing_else(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let in_tenant = |user: &str, client_id: &str, tenant: Option<&str>| GrantRecord {
        tenant: tenant.map(Into::into),
        ..sample.grant(user, client_id)
    };
    let grants = [
        in_tenant("ada", "ledger", Some("acme")),
        in_tenant("bob", "ledger", Some("acme")),
        in_tenant("ada", "ledger", Some("globex")),
        in_tenant("ada", "other", Some("acme")),
        in_tenant("ada", "ledger", None),
    ];
    let tokens = [
        sample.access_by_hand("ledger", "ada", Some("acme")),
        sample.access_by_hand("ledger", "ada", Some("globex")),
        sample.access_by_hand("other", "ada", Some("acme")),
    ];
    let mut writes: Vec<_> = grants
        .iter()
        .map(|row| Write::InsertGrant(Box::new(row.clone())))
        .collect();
    writes.extend(tokens.iter().map(|row| Write::InsertAccess(Box::new(row.clone()))));
    sample.put(&store, writes).await;
    let position = store
        .changes_after(None)
        .await
        .unwrap()
        .last()
        .map_or(0, |note| note.position);
    sample.put(&store, vec![end("ledger")]).await;
    let mut ended = Vec::new();
    for grant in &grants {
        ended.push(store.grant_by_id(grant.id).await.unwrap().unwrap().ended_at.is_some());
    }
    assert_eq!(ended, [true, true, false, false, false]);
    let mut ended = Vec::new();
    for token in &tokens {
        ended.push(store.access(token.id).await.unwrap().unwrap().token.ended_at.is_some());
    }
    assert_eq!(ended, [true, false, false]);
    let notes = store.changes_after(Some(position)).await.unwrap();
    let told: Vec<_> = notes.iter().map(|note| (&*note.kind, &*note.key)).collect();
    assert_eq!(told, [("app", "acme ledger")]);
}

/// Tokens that an application exchanged are judged by what its tenant says of it: whoever keeps judgements hears of each word.
pub async fn whatever_a_tenant_says_of_an_application_is_noted(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let latest = async || {
        store
            .changes_after(None)
            .await
            .unwrap()
            .last()
            .map_or(0, |note| note.position)
    };
    let gone = Write::DeleteTenantApp {
        realm: REALM.into(),
        tenant: "acme".into(),
        client_id: "ledger".into(),
    };
    for write in [
        put(&row("acme", "ledger", AppState::Waiting)),
        put(&row("acme", "ledger", AppState::Allowed)),
        put(&row("acme", "ledger", AppState::Blocked)),
        gone,
    ] {
        let position = latest().await;
        sample.put(&store, vec![write]).await;
        let notes = store.changes_after(Some(position)).await.unwrap();
        let told: Vec<_> = notes
            .iter()
            .map(|note| (&*note.kind, &*note.realm, &*note.key))
            .collect();
        assert_eq!(told, [("app", REALM, "acme ledger")]);
    }
}

fn end(client_id: &str) -> Write {
    Write::EndTenantApp {
        realm: REALM.into(),
        tenant: "acme".into(),
        client_id: client_id.into(),
        at: at(5),
    }
}

pub async fn a_consent_and_a_block_at_once_never_leave_a_living_grant(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut tenant = sample.tenant("acme");
    sample
        .put(&store, vec![Write::PutTenant(Box::new(tenant.clone()))])
        .await;
    for round in 0..20 {
        let unchanged = Guard::TenantAt {
            realm: REALM.into(),
            id: tenant.id.clone(),
            version: tenant.version,
        };
        tenant.version += 1;
        let client_id = format!("app{round}");
        let grants: Vec<_> = (0..8)
            .map(|number| GrantRecord {
                tenant: Some("acme".into()),
                ..sample.grant(&format!("user{number}"), &client_id)
            })
            .collect();
        let mut changes: Vec<_> = grants
            .iter()
            .map(|grant| {
                let none = Guard::NoGrant {
                    realm: REALM.into(),
                    user: grant.user.clone(),
                    client_id: grant.client_id.clone(),
                    tenant: grant.tenant.clone(),
                };
                sample.change(
                    vec![unchanged.clone(), none],
                    vec![Write::InsertGrant(Box::new(grant.clone()))],
                )
            })
            .collect();
        let blocked = vec![
            Write::PutTenant(Box::new(tenant.clone())),
            put(&row("acme", &client_id, AppState::Blocked)),
            end(&client_id),
        ];
        changes.insert(4, sample.change(vec![unchanged], blocked));
        for (place, done) in all(changes.into_iter().map(|change| store.commit(change)))
            .await
            .into_iter()
            .enumerate()
        {
            match done {
                Ok(_) => {}
                Err(CommitError::Conflict) => assert_ne!(place, 4, "nothing that a consent writes stops a block"),
                Err(fault) => panic!("{fault}"),
            }
        }
        for grant in grants {
            let found = store.grant_by_id(grant.id).await.unwrap();
            assert!(found.is_none_or(|grant| grant.ended_at.is_some()), "round {round}");
        }
    }
}
