//! API keys, tokens made by hand, and what is counted of both.

use super::lists::listed;
use super::sample::{REALM, Sample, at, scope};
use super::{Backend, print};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_core::record::{AccessRecord, ApiKeyFacts, ApiKeyRecord, Holder};
use grantd_protocol::id::ApiKeyId;
use grantd_store::{AccessFilter, ApiKeyFilter, Store};

fn insert(row: &ApiKeyRecord) -> Write {
    Write::InsertApiKey(Box::new(row.clone()))
}

async fn read(store: &impl Store, id: ApiKeyId) -> ApiKeyFacts {
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
        at: at(2),
    };
    sample.put(&store, vec![delete]).await;
    assert!(store.uses(REALM, &holders[0]).await.unwrap().is_empty());
    assert_eq!(store.uses(REALM, &holders[1]).await.unwrap().len(), 1);
}

/// A user with a place in a tenant, and two tokens that they made: in that tenant, and in none.
async fn made_by_hand(store: &impl Store, sample: &Sample) -> [AccessRecord; 2] {
    let place = sample.tenant("acme");
    let tokens = [Some("acme"), None].map(|tenant| sample.access_by_hand("ledger", "ada", tenant));
    let mut writes = vec![
        Write::InsertUser(Box::new(sample.user("ada"))),
        Write::PutTenant(Box::new(place.clone())),
        Write::PutMembership(Box::new(sample.membership("ada", &place, "admin"))),
    ];
    writes.extend(tokens.iter().map(|row| Write::InsertAccess(Box::new(row.clone()))));
    sample.put(store, writes).await;
    tokens
}

pub async fn a_token_made_by_hand_is_read_as_it_was_written(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    for token in made_by_hand(&store, &sample).await {
        let facts = store.access(token.id).await.unwrap().unwrap();
        assert_eq!(print::access(&facts.token), print::access(&token));
        assert!(!facts.user_disabled && !facts.tenant_lost && !facts.grant_ended && !facts.family_ended);
        sample.refused(&store, vec![Write::InsertAccess(Box::new(token))]).await;
    }
}

fn by_hand() -> AccessFilter {
    AccessFilter {
        made_by_hand: true,
        ..AccessFilter::default()
    }
}

pub async fn a_token_made_by_hand_ends_with_its_users_place(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let [token, nowhere] = made_by_hand(&store, &sample).await;
    let elsewhere = sample.access_by_hand("ledger", "ada", Some("globex"));
    let stranger = sample.access_by_hand("ledger", "bob", Some("acme"));
    let writes = vec![
        Write::PutTenant(Box::new(sample.tenant("globex"))),
        Write::InsertAccess(Box::new(elsewhere.clone())),
        Write::InsertAccess(Box::new(stranger.clone())),
    ];
    sample.put(&store, writes).await;
    let fate = async |row: &AccessRecord| {
        let facts = store.access(row.id).await.unwrap().unwrap();
        let live_at = Some(at(1));
        let is_listed = listed(&store, REALM, &AccessFilter { live_at, ..by_hand() }, 2)
            .await
            .contains(&row.id);
        assert_eq!(is_listed, !facts.user_disabled && !facts.tenant_lost);
        (facts.user_disabled, facts.tenant_lost)
    };
    assert_eq!(fate(&token).await, (false, false));
    assert_eq!(fate(&nowhere).await, (false, false));
    assert_eq!(fate(&elsewhere).await, (false, true), "no member there");
    assert_eq!(fate(&stranger).await, (true, true), "no such user");
    let mut tenant = sample.tenant("acme");
    for enabled in [false, true] {
        tenant.enabled = enabled;
        sample
            .put(&store, vec![Write::PutTenant(Box::new(tenant.clone()))])
            .await;
        assert_eq!(fate(&token).await, (false, !enabled));
    }
    let mut user = sample.user("ada");
    user.enabled = false;
    sample.put(&store, vec![Write::UpdateUser(Box::new(user))]).await;
    assert_eq!(fate(&token).await, (true, false));
    assert_eq!(fate(&nowhere).await, (true, false));
}

/// A token made by hand and one of the client itself every second, over tenants and clients in turns.
async fn mixed(store: &impl Store, sample: &Sample) -> Vec<AccessRecord> {
    let mut rows = Vec::new();
    for second in 0..12_u8 {
        let tenant = [Some("acme"), Some("globex"), None][usize::from(second) % 3];
        let client = ["ledger", "books"][usize::from(second) % 2];
        let mut own = sample.own_access_at(client, at(i64::from(second)));
        own.tenant = tenant.map(Into::into);
        let made = AccessRecord {
            id: sample.own_access_at(client, at(i64::from(second))).id,
            ..sample.access_by_hand(client, "ada", tenant)
        };
        rows.extend([made, own]);
    }
    for row in &rows {
        sample
            .put(store, vec![Write::InsertAccess(Box::new(row.clone()))])
            .await;
    }
    rows
}

fn filters() -> Vec<AccessFilter> {
    let mut filters = Vec::new();
    for tenant in [None, Some("acme"), Some("globex"), Some("nobody"), Some("a\0b")] {
        for client in [None, Some("ledger")] {
            for subject in [None, Some("ada"), Some("ledger")] {
                for made_by_hand in [false, true] {
                    filters.push(AccessFilter {
                        client_id: client.map(str::to_owned),
                        subject: subject.map(str::to_owned),
                        tenant: tenant.map(str::to_owned),
                        made_by_hand,
                        live_at: None,
                    });
                }
            }
        }
    }
    filters
}

fn matches(filter: &AccessFilter, row: &AccessRecord) -> bool {
    let is = |asked: &Option<String>, said: &str| asked.as_deref().is_none_or(|asked| asked == said);
    is(&filter.client_id, &row.client_id)
        && is(&filter.subject, &row.subject)
        && (filter.tenant.is_none() || filter.tenant.as_deref() == row.tenant.as_deref())
        && (!filter.made_by_hand || row.is_made_by_hand())
}

pub async fn tokens_are_listed_by_tenant_and_by_how_they_were_made(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = mixed(&store, &sample).await;
    for _ in 0..4 {
        for filter in filters() {
            let shown = rows.iter().filter(|row| matches(&filter, row));
            let mut expected: Vec<_> = shown.map(|row| row.id).collect();
            expected.sort_by(|left, right| right.cmp(left));
            assert_eq!(listed(&store, REALM, &filter, 3).await, expected, "{filter:?}");
        }
        store.index_behind(7).await.unwrap();
    }
}

pub async fn purged_tokens_leave_every_list(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = mixed(&store, &sample).await;
    while store.index_behind(7).await.unwrap() > 0 {}
    let (kind, before, limit) = (PurgeKind::Access, at(1000), 100);
    let removed = sample.put(&store, vec![Write::Purge { kind, before, limit }]).await;
    assert_eq!(removed, rows.len() as u64);
    for filter in filters() {
        assert!(listed(&store, REALM, &filter, 3).await.is_empty(), "{filter:?}");
    }
    // The same row may come again: nothing of it stayed behind.
    let token = &rows[0];
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(token.clone()))])
        .await;
    assert_eq!(listed(&store, REALM, &by_hand(), 2).await, [token.id]);
}
