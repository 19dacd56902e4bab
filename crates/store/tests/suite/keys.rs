//! API keys.

use super::sample::{REALM, Sample, at, scope};
use super::{Backend, print};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_core::record::{ApiKeyFacts, ApiKeyRecord, Holder};
use grantd_protocol::id::ApiKeyId;
use grantd_store::{ApiKeyFilter, Store};

pub fn insert(row: &ApiKeyRecord) -> Write {
    Write::InsertApiKey(Box::new(row.clone()))
}

pub async fn read(store: &impl Store, id: ApiKeyId) -> ApiKeyFacts {
    store.api_key(id).await.unwrap().unwrap()
}

async fn end(store: &impl Store, sample: &Sample, id: ApiKeyId, second: i64) {
    let at = at(second);
    sample.put(store, vec![Write::EndApiKey { id, at }]).await;
}

pub async fn an_api_key_is_read_as_it_was_written(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (mut key, mut bare) = (sample.api_key(Some("acme")), sample.api_key(None));
    key.name = "n\u{fc}ts & bolts \u{1f529}".into();
    (bare.expires_at, bare.ended_at) = (None, Some(at(5)));
    let tenant = Write::PutTenant(Box::new(sample.tenant("acme")));
    sample.put(&store, vec![tenant, insert(&key), insert(&bare)]).await;
    for row in [key, bare] {
        let id = row.id;
        let expected = ApiKeyFacts {
            key: row,
            tenant_disabled: false,
            last_used_at: None,
        };
        assert_eq!(print::api_key(&read(&store, id).await), print::api_key(&expected));
    }
    assert!(store.api_key(ApiKeyId::from_bytes([7; 16])).await.unwrap().is_none());
}

pub async fn a_changed_key_keeps_its_secret_and_its_tenant(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = sample.api_key(None);
    sample.put(&store, vec![insert(&key)]).await;
    let changed = ApiKeyRecord {
        version: 2,
        name: "renamed".into(),
        scope: scope("invoices:read"),
        expires_at: None,
        ..key.clone()
    };
    // Whatever else the row says is not taken over.
    let next = ApiKeyRecord {
        hash: sample.api_key(None).hash,
        tenant: Some("other".into()),
        created_by: "somebody".to_owned(),
        role: None,
        ..changed.clone()
    };
    sample.put(&store, vec![Write::UpdateApiKey(Box::new(next))]).await;
    let facts = read(&store, key.id).await;
    let expected = ApiKeyFacts {
        key: changed,
        ..facts.clone()
    };
    assert_eq!(print::api_key(&facts), print::api_key(&expected));
}

pub async fn a_key_is_at_its_version_until_it_is_ended(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = sample.api_key(None);
    let guard = |version| Guard::ApiKeyAt { id: key.id, version };
    assert!(!sample.holds(&store, guard(1)).await);
    sample.put(&store, vec![insert(&key)]).await;
    assert!(sample.holds(&store, guard(1)).await);
    assert!(!sample.holds(&store, guard(2)).await);
    end(&store, &sample, key.id, 1).await;
    assert!(!sample.holds(&store, guard(1)).await);
    assert!(!sample.holds(&store, guard(2)).await);
}

pub async fn the_first_end_of_a_key_stands(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = sample.api_key(None);
    sample.put(&store, vec![insert(&key)]).await;
    for second in [3, 9] {
        end(&store, &sample, key.id, second).await;
        let read = read(&store, key.id).await.key;
        assert_eq!((read.ended_at, read.version), (Some(at(3)), 2));
    }
    // What does not exist can be ended.
    end(&store, &sample, ApiKeyId::from_bytes([7; 16]), 1).await;
}

pub async fn an_ended_key_cannot_be_changed(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = sample.api_key(None);
    sample.put(&store, vec![insert(&key)]).await;
    end(&store, &sample, key.id, 1).await;
    let next = ApiKeyRecord {
        version: 7,
        scope: scope("*"),
        ..key.clone()
    };
    sample.put(&store, vec![Write::UpdateApiKey(Box::new(next))]).await;
    let read = read(&store, key.id).await.key;
    assert_eq!((read.scope, read.version, read.ended_at), (key.scope, 2, Some(at(1))));
}

pub async fn a_second_key_under_one_id_is_refused(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let key = sample.api_key(None);
    sample.put(&store, vec![insert(&key)]).await;
    let thief = ApiKeyRecord {
        scope: scope("*"),
        ..key.clone()
    };
    sample.refused(&store, vec![insert(&thief)]).await;
    assert_eq!(read(&store, key.id).await.key.scope, key.scope);
}

pub async fn a_key_of_a_disabled_tenant_says_so(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (key, bare) = (sample.api_key(Some("acme")), sample.api_key(None));
    sample.put(&store, vec![insert(&key), insert(&bare)]).await;
    assert!(
        read(&store, key.id).await.tenant_disabled,
        "a tenant that does not exist"
    );
    let mut tenant = sample.tenant("acme");
    for enabled in [true, false, true] {
        tenant.enabled = enabled;
        sample
            .put(&store, vec![Write::PutTenant(Box::new(tenant.clone()))])
            .await;
        assert_eq!(read(&store, key.id).await.tenant_disabled, !enabled);
        assert!(!read(&store, bare.id).await.tenant_disabled);
    }
}

pub async fn a_deleted_tenants_keys_stay_dead_when_its_id_is_taken_again(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (key, other) = (sample.api_key(Some("acme")), sample.api_key(Some("globex")));
    let tenant = || Write::PutTenant(Box::new(sample.tenant("acme")));
    sample.put(&store, vec![tenant(), insert(&key), insert(&other)]).await;
    let delete = Write::DeleteTenant {
        realm: REALM.into(),
        id: "acme".into(),
        at: at(1),
    };
    sample.put(&store, vec![delete]).await;
    sample.put(&store, vec![tenant()]).await;
    let dead = read(&store, key.id).await;
    assert_eq!((dead.key.ended_at, dead.key.version), (Some(at(1)), 2));
    assert_eq!(read(&store, other.id).await.key.ended_at, None);
}

async fn keys_listed(store: &impl Store, realm: &str, filter: &ApiKeyFilter, limit: u32) -> Vec<ApiKeyId> {
    let mut seen: Vec<ApiKeyId> = Vec::new();
    loop {
        let page = store
            .api_keys(realm, filter, seen.last().copied(), limit)
            .await
            .unwrap();
        assert!(page.rows.len() <= limit as usize);
        seen.extend(page.rows.iter().map(|row| row.key.id));
        if !page.more {
            return seen;
        }
        assert!(!page.rows.is_empty(), "an empty page that says there are more");
    }
}

fn of_tenant(tenant: Option<&str>, live_at: Option<i64>) -> ApiKeyFilter {
    ApiKeyFilter {
        tenant: tenant.map(str::to_owned),
        live_at: live_at.map(at),
    }
}

pub async fn paging_through_api_keys_is_newest_first(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let tenants = [Some("acme"), Some("globex"), None];
    let mut rows: Vec<_> = (0..23)
        .map(|n: usize| sample.api_key_at(tenants[n % 3], at(i64::try_from(n * 7 % 23).unwrap())))
        .collect();
    sample.put(&store, rows.iter().map(insert).collect()).await;
    let mut foreign = sample.api_key(Some("acme"));
    foreign.realm = "other".into();
    sample.put(&store, vec![insert(&foreign)]).await;
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    for limit in [1, 5, 22, 23, 24] {
        for tenant in [None, Some("acme"), Some("globex"), Some("nobody"), Some("a\0b")] {
            let shown = rows
                .iter()
                .filter(|row| tenant.is_none() || row.tenant.as_deref() == tenant);
            let expected: Vec<_> = shown.map(|row| row.id).collect();
            let seen = keys_listed(&store, REALM, &of_tenant(tenant, None), limit).await;
            assert_eq!(seen, expected, "{limit} {tenant:?}");
        }
    }
    assert_eq!(
        keys_listed(&store, "other", &ApiKeyFilter::default(), 9).await,
        [foreign.id]
    );
}

pub async fn live_keys_leave_out_the_dead(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut closed = sample.tenant("closed");
    closed.enabled = false;
    let (live, mut eternal) = (sample.api_key(Some("acme")), sample.api_key(None));
    eternal.expires_at = None;
    let (ended, mut expired) = (sample.api_key(Some("acme")), sample.api_key(Some("acme")));
    expired.expires_at = Some(at(100));
    let homeless = sample.api_key(Some("closed"));
    let mut writes: Vec<_> = [&live, &eternal, &ended, &expired, &homeless].map(insert).into();
    writes.push(Write::PutTenant(Box::new(sample.tenant("acme"))));
    writes.push(Write::PutTenant(Box::new(closed)));
    sample.put(&store, writes).await;
    end(&store, &sample, ended.id, 1).await;
    let seen = async |tenant, second| keys_listed(&store, REALM, &of_tenant(tenant, Some(second)), 1).await;
    assert_eq!(seen(None, 100).await, [eternal.id, live.id]);
    assert_eq!(seen(Some("acme"), 100).await, [live.id]);
    assert!(seen(Some("closed"), 100).await.is_empty());
    assert_eq!(seen(None, 600).await, [eternal.id]);
}

pub async fn ended_and_expired_keys_leave_with_their_uses(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (ended, expired, mut eternal) = (sample.api_key(None), sample.api_key(None), sample.api_key(None));
    eternal.expires_at = None;
    sample
        .put(&store, [&ended, &expired, &eternal].map(insert).into())
        .await;
    let holders = [&ended, &expired, &eternal].map(|row| Holder::ApiKey(row.id));
    let uses = holders.iter().map(|holder| sample.uses(holder.clone(), None, 1));
    sample.put(&store, vec![Write::CountUses(uses.collect())]).await;
    end(&store, &sample, ended.id, 5).await;
    let purge = async |before| {
        let (kind, limit) = (PurgeKind::ApiKey, 10);
        sample.put(&store, vec![Write::Purge { kind, before, limit }]).await
    };
    assert_eq!(purge(at(5)).await, 0);
    assert_eq!(purge(at(6)).await, 1);
    assert_eq!(purge(at(600)).await, 0);
    assert_eq!(purge(at(601)).await, 1);
    assert_eq!(purge(at(1_000_000)).await, 0);
    for (holder, stays) in holders.iter().zip([false, false, true]) {
        assert_eq!(store.uses(REALM, holder).await.unwrap().len(), usize::from(stays));
    }
    assert!(store.api_key(eternal.id).await.unwrap().is_some());
}
