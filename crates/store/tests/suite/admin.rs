//! What the admin API lists, removes and remembers.

use super::Backend;
use super::sample::{REALM, Sample, at};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{ClientRecord, IdempotencyRecord, MembershipRecord, TenantRecord};
use grantd_store::{GrantFilter, Store};
use serde_json::json;

fn tenant(id: &str, version: u64) -> TenantRecord {
    TenantRecord {
        version,
        name: format!("Tenant {id}"),
        ..Sample::new().tenant(id)
    }
}

fn put_tenant(id: &str) -> Write {
    Write::PutTenant(Box::new(tenant(id, 1)))
}

fn place(user: &str, tenant_id: &str, role: &str) -> Write {
    Write::PutMembership(Box::new(MembershipRecord {
        realm: REALM.into(),
        user: user.into(),
        tenant: tenant(tenant_id, 1),
        role: role.into(),
    }))
}

pub async fn paging_through_tenants_neither_skips_nor_repeats(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let ids: Vec<String> = (0..7).map(|n| format!("t{n}")).collect();
    sample.put(&store, ids.iter().map(|id| put_tenant(id)).collect()).await;
    for limit in [1, 3, 7, 8] {
        let (mut seen, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let page = store.tenants(REALM, after.as_deref(), limit).await.unwrap();
            seen.extend(page.rows.iter().map(|row| row.id.to_string()));
            after = seen.last().cloned();
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, ids, "{limit}");
    }
    assert!(store.tenants("other", None, 9).await.unwrap().rows.is_empty());
}

pub async fn members_are_listed_by_tenant_and_by_role(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut writes = vec![put_tenant("acme"), put_tenant("globex")];
    writes.extend((0..5).map(|n| place(&format!("u{n}"), "acme", if n % 2 == 0 { "owner" } else { "viewer" })));
    writes.push(place("u1", "globex", "owner"));
    sample.put(&store, writes).await;
    let users = |rows: Vec<MembershipRecord>| rows.iter().map(|row| row.user.to_string()).collect::<Vec<_>>();
    let first = store.members(REALM, "acme", None, None, 3).await.unwrap();
    assert!(first.more && first.rows.iter().all(|row| row.tenant == tenant("acme", 1)));
    assert_eq!(users(first.rows), ["u0", "u1", "u2"]);
    let rest = store.members(REALM, "acme", None, Some("u2"), 3).await.unwrap();
    assert!(!rest.more);
    assert_eq!(users(rest.rows), ["u3", "u4"]);
    let owners = store
        .members(REALM, "acme", Some("owner"), Some("u0"), 9)
        .await
        .unwrap();
    assert_eq!(users(owners.rows), ["u2", "u4"]);
    assert!(
        store
            .members("other", "acme", None, None, 9)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
}

pub async fn service_accounts_are_listed_by_tenant(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let account = |id: &str, tenant: Option<&str>| ClientRecord {
        tenant: tenant.map(Into::into),
        ..sample.client(id)
    };
    let rows = [
        account("a", Some("acme")),
        account("b", None),
        account("c", Some("acme")),
        account("d", Some("globex")),
    ];
    sample
        .put(
            &store,
            rows.into_iter().map(|row| Write::InsertClient(Box::new(row))).collect(),
        )
        .await;
    let ids = |rows: Vec<ClientRecord>| rows.iter().map(|row| row.client_id.to_string()).collect::<Vec<_>>();
    assert_eq!(
        ids(store.service_accounts(REALM, "acme", None, 9).await.unwrap().rows),
        ["a", "c"]
    );
    assert_eq!(
        ids(store.service_accounts(REALM, "acme", Some("a"), 9).await.unwrap().rows),
        ["c"]
    );
    let moved = ClientRecord {
        version: 2,
        ..account("c", Some("globex"))
    };
    sample.put(&store, vec![Write::UpdateClient(Box::new(moved))]).await;
    assert_eq!(
        ids(store.service_accounts(REALM, "acme", None, 9).await.unwrap().rows),
        ["a"]
    );
}

pub async fn grants_are_listed_by_user_client_and_tenant(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut all = Vec::new();
    for (user, client, tenant) in [
        ("ada", "ledger", "acme"),
        ("ada", "books", "acme"),
        ("bob", "ledger", "globex"),
    ] {
        let mut grant = sample.consent(user, client).grant;
        grant.tenant = Some(tenant.into());
        sample
            .put(&store, vec![Write::InsertGrant(Box::new(grant.clone()))])
            .await;
        all.push(grant);
    }
    all.sort_by_key(|grant| grant.id);
    let filters = |user: Option<&str>, client: Option<&str>, tenant: Option<&str>| GrantFilter {
        user: user.map(str::to_owned),
        client_id: client.map(str::to_owned),
        tenant: tenant.map(str::to_owned),
        newest_first: false,
    };
    for user in [None, Some("ada"), Some("bob")] {
        for client in [None, Some("ledger"), Some("books")] {
            for tenant in [None, Some("acme"), Some("globex")] {
                let filter = filters(user, client, tenant);
                let found = store.grants(REALM, &filter, None, 9).await.unwrap().rows;
                let wanted = all.iter().filter(|grant| {
                    user.is_none_or(|user| user == &*grant.user)
                        && client.is_none_or(|client| client == &*grant.client_id)
                        && tenant.is_none_or(|tenant| Some(tenant) == grant.tenant.as_deref())
                });
                let ids: Vec<_> = found.iter().map(|grant| grant.id).collect();
                assert_eq!(ids, wanted.map(|grant| grant.id).collect::<Vec<_>>(), "{filter:?}");
            }
        }
    }
    let every = GrantFilter::default();
    let page = store.grants(REALM, &every, Some(all[0].id), 1).await.unwrap();
    assert!(page.more && page.rows[0].id == all[1].id);
    sample
        .put(
            &store,
            vec![Write::EndGrant {
                id: all[0].id,
                at: at(1),
            }],
        )
        .await;
    assert_eq!(store.grants(REALM, &every, None, 9).await.unwrap().rows.len(), 2);
    assert_eq!(
        store.grant_by_id(all[0].id).await.unwrap().unwrap().ended_at,
        Some(at(1))
    );
}

pub async fn a_users_sessions_are_listed_newest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let other = sample.consent("bob", "ledger");
    sample.put(&store, consent.writes()).await;
    sample.put(&store, other.writes()).await;
    let mut second = sample.consent("ada", "books").session;
    second.user = consent.user.id.clone();
    sample
        .put(&store, vec![Write::InsertSession(Box::new(second.clone()))])
        .await;
    let mut wanted = vec![consent.session.id, second.id];
    wanted.sort();
    wanted.reverse();
    let found = store.sessions_of(REALM, &consent.user.id, None, 9).await.unwrap().rows;
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), wanted);
    let rest = store
        .sessions_of(REALM, &consent.user.id, Some(wanted[0]), 9)
        .await
        .unwrap()
        .rows;
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), wanted[1..]);
    let end = Write::EndUser {
        realm: REALM.into(),
        user: consent.user.id.clone(),
        at: at(5),
    };
    sample.put(&store, vec![end]).await;
    let ended = store.sessions_of(REALM, &consent.user.id, None, 9).await.unwrap().rows;
    assert!(ended.iter().all(|row| row.ended_at.is_some()));
}

pub async fn a_deleted_user_takes_everything_along(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (gone, stays) = (sample.consent("ada", "ledger"), sample.consent("bob", "ledger"));
    for consent in [&gone, &stays] {
        sample.put(&store, consent.writes()).await;
        sample
            .put(
                &store,
                vec![put_tenant("acme"), place(&consent.user.id, "acme", "owner")],
            )
            .await;
    }
    let (family, other) = (sample.family(&gone), sample.family(&stays));
    sample
        .put(
            &store,
            vec![
                Write::InsertFamily(Box::new(family.clone())),
                Write::InsertFamily(Box::new(other.clone())),
            ],
        )
        .await;
    let token = sample.access(&family);
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(token.clone()))])
        .await;
    let delete = Write::DeleteUser {
        realm: REALM.into(),
        user: gone.user.id.clone(),
        at: at(1),
    };
    sample.put(&store, vec![delete]).await;
    assert!(store.user(REALM, &gone.user.id).await.unwrap().is_none());
    assert!(store.memberships(REALM, &gone.user.id).await.unwrap().is_empty());
    assert!(store.grants_of(REALM, &gone.user.id).await.unwrap().is_empty());
    let facts = store.access(token.id).await.unwrap().unwrap();
    assert!(facts.user_disabled && facts.grant_ended && facts.family_ended);
    let session = store.session(gone.session.id).await.unwrap().unwrap();
    assert!(session.user.is_none() && session.session.ended_at.is_some());
    assert!(store.user(REALM, &stays.user.id).await.unwrap().is_some());
    assert!(store.family(other.id).await.unwrap().unwrap().family.ended_at.is_none());
    assert_eq!(store.memberships(REALM, &stays.user.id).await.unwrap().len(), 1);
}

pub async fn a_removed_member_loses_the_grants_in_that_tenant_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let consent = sample.consent("ada", "ledger");
    let user = consent.user.id.clone();
    let mut writes = vec![Write::InsertUser(Box::new(consent.user.clone()))];
    let mut ids = Vec::new();
    for tenant in ["acme", "globex"] {
        let mut grant = sample.consent("ada", "ledger").grant;
        grant.tenant = Some(tenant.into());
        ids.push(grant.id);
        writes.extend([
            put_tenant(tenant),
            place(&user, tenant, "owner"),
            Write::InsertGrant(Box::new(grant)),
        ]);
    }
    sample.put(&store, writes).await;
    let remove = Write::DeleteMembership {
        realm: REALM.into(),
        user: user.clone(),
        tenant: "acme".into(),
        at: at(1),
    };
    sample.put(&store, vec![remove]).await;
    let left = store.memberships(REALM, &user).await.unwrap();
    assert_eq!(left.iter().map(|row| &*row.tenant.id).collect::<Vec<_>>(), ["globex"]);
    assert!(store.grant_by_id(ids[0]).await.unwrap().unwrap().ended_at.is_some());
    assert!(store.grant_by_id(ids[1]).await.unwrap().unwrap().ended_at.is_none());
}

pub async fn a_deleted_tenant_is_gone_and_grants_in_it_end(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut grant = sample.consent("ada", "ledger").grant;
    grant.tenant = Some("acme".into());
    let id = grant.id;
    sample
        .put(&store, vec![put_tenant("acme"), Write::InsertGrant(Box::new(grant))])
        .await;
    let delete = Write::DeleteTenant {
        realm: REALM.into(),
        id: "acme".into(),
        at: at(1),
    };
    sample.put(&store, vec![delete]).await;
    assert!(store.tenant(REALM, "acme").await.unwrap().is_none());
    assert!(store.grant_by_id(id).await.unwrap().unwrap().ended_at.is_some());
}

pub async fn a_tenant_is_at_its_version_alone_and_free_until_it_is_taken(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let free = || Guard::TenantFree {
        realm: REALM.into(),
        id: "acme".into(),
    };
    let at_version = |version| Guard::TenantAt {
        realm: REALM.into(),
        id: "acme".into(),
        version,
    };
    assert!(sample.holds(&store, free()).await && !sample.holds(&store, at_version(1)).await);
    let make = || sample.change(vec![free()], vec![put_tenant("acme")]);
    store.commit(make()).await.unwrap();
    assert!(store.commit(make()).await.is_err());
    assert!(sample.holds(&store, at_version(1)).await && !sample.holds(&store, at_version(2)).await);
    let bump = sample.change(vec![at_version(1)], vec![Write::PutTenant(Box::new(tenant("acme", 2)))]);
    store.commit(bump).await.unwrap();
    assert!(!sample.holds(&store, at_version(1)).await && sample.holds(&store, at_version(2)).await);
}

pub async fn a_users_row_is_at_its_version_enabled_or_not(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut user = sample.user("ada");
    user.enabled = false;
    sample
        .put(&store, vec![Write::InsertUser(Box::new(user.clone()))])
        .await;
    let row_at = |version| Guard::UserRowAt {
        realm: REALM.into(),
        id: user.id.clone(),
        version,
    };
    assert!(sample.holds(&store, row_at(user.version)).await);
    assert!(!sample.holds(&store, row_at(user.version + 1)).await);
}

fn answered(salt: u8, expires_in: i64) -> IdempotencyRecord {
    IdempotencyRecord {
        key: [7; 32],
        fingerprint: [8; 32],
        rights: [9; 32],
        salt: [salt; 16],
        body: json!({ "client_id": "x", "scopes": ["a"] }),
        secret_member: Some("client_secret".to_owned()),
        location: "/clients/x".to_owned(),
        etag: Some("\"1.5\"".to_owned()),
        expires_at: at(expires_in),
    }
}

pub async fn an_idempotency_key_is_remembered_until_it_expires(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    assert_eq!(store.idempotency([7; 32]).await.unwrap(), None);
    let put = |salt, expires_in, now| {
        let write = Write::PutIdempotency(Box::new(answered(salt, expires_in)));
        sample.change_at(at(now), vec![Guard::IdempotencyFree([7; 32])], vec![write])
    };
    store.commit(put(1, 60, 0)).await.unwrap();
    assert_eq!(store.idempotency([7; 32]).await.unwrap(), Some(answered(1, 60)));
    assert!(store.commit(put(2, 120, 59)).await.is_err());
    assert_eq!(store.idempotency([7; 32]).await.unwrap(), Some(answered(1, 60)));
    store.commit(put(3, 120, 60)).await.unwrap();
    assert_eq!(store.idempotency([7; 32]).await.unwrap(), Some(answered(3, 120)));
}

pub async fn one_of_a_hundred_answers_under_a_key_and_makes_the_client(backend: &impl Backend) {
    let (store, sample) = (std::sync::Arc::new(backend.open().await), Sample::new());
    let racers: Vec<_> = (0..100_u8)
        .map(|n| {
            let id = format!("client-{n}");
            let guards = vec![
                Guard::ClientIdFree {
                    realm: REALM.into(),
                    client_id: id.as_str().into(),
                },
                Guard::IdempotencyFree([7; 32]),
            ];
            let writes = vec![
                Write::InsertClient(Box::new(sample.client(&id))),
                Write::PutIdempotency(Box::new(answered(n, 60))),
            ];
            (sample.change(guards, writes), std::sync::Arc::clone(&store))
        })
        .map(|(change, store)| tokio::spawn(async move { store.commit(change).await.is_ok() }))
        .collect();
    let mut won = 0;
    for racer in racers {
        won += usize::from(racer.await.unwrap());
    }
    assert_eq!(won, 1);
    let made = store.clients(REALM, None, 200).await.unwrap().rows;
    let kept = store.idempotency([7; 32]).await.unwrap().unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(*made[0].client_id, format!("client-{}", kept.salt[0]));
}
