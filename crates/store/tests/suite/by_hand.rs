//! Access tokens that somebody made by hand.

use super::lists::listed;
use super::sample::{REALM, Sample, at};
use super::{Backend, print};
use grantd_core::change::{PurgeKind, Write};
use grantd_core::record::AccessRecord;
use grantd_store::{AccessFilter, Store};
use std::sync::Arc;

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

pub async fn a_token_made_by_hand_stays_ended_when_its_user_comes_back(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let [token, nowhere] = made_by_hand(&store, &sample).await;
    let stranger = sample.access_by_hand("ledger", "bob", Some("acme"));
    sample
        .put(&store, vec![Write::InsertAccess(Box::new(stranger.clone()))])
        .await;
    let ended = async |row: &AccessRecord| store.access(row.id).await.unwrap().unwrap().token.ended_at;
    let (realm, user, tenant): (Arc<str>, Arc<str>, Arc<str>) = (REALM.into(), "ada".into(), "acme".into());
    let leave = Write::DeleteMembership {
        realm: Arc::clone(&realm),
        user: Arc::clone(&user),
        tenant,
        at: at(5),
    };
    sample.put(&store, vec![leave]).await;
    let place = sample.membership("ada", &sample.tenant("acme"), "admin");
    sample.put(&store, vec![Write::PutMembership(Box::new(place))]).await;
    assert_eq!(ended(&token).await, Some(at(5)));
    assert_eq!((ended(&nowhere).await, ended(&stranger).await), (None, None));
    let gone = Write::DeleteUser {
        realm: Arc::clone(&realm),
        user,
        at: at(6),
    };
    sample.put(&store, vec![gone]).await;
    sample
        .put(&store, vec![Write::InsertUser(Box::new(sample.user("ada")))])
        .await;
    assert_eq!((ended(&token).await, ended(&nowhere).await), (Some(at(5)), Some(at(6))));
    let over = Write::DeleteTenant {
        realm,
        id: "acme".into(),
        at: at(7),
    };
    sample.put(&store, vec![over]).await;
    assert_eq!(ended(&stranger).await, Some(at(7)));
}

pub async fn tokens_made_by_hand_end_in_one_tenant_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let [token, nowhere] = made_by_hand(&store, &sample).await;
    let elsewhere = sample.access_by_hand("ledger", "ada", Some("globex"));
    let stranger = sample.access_by_hand("ledger", "bob", Some("acme"));
    let mut own = sample.own_access("ledger");
    (own.subject, own.tenant) = ("ada".into(), Some("acme".into()));
    let others = [elsewhere, stranger, own];
    let rows = others.iter().map(|row| Write::InsertAccess(Box::new(row.clone())));
    sample.put(&store, rows.collect()).await;
    let place = sample.membership("ada", &sample.tenant("acme"), "member");
    let end = |second| end_of_ada(Some("acme"), second);
    sample
        .put(&store, vec![Write::PutMembership(Box::new(place)), end(5)])
        .await;
    sample.put(&store, vec![end(6)]).await;
    let ended = async |row: &AccessRecord| store.access(row.id).await.unwrap().unwrap().token.ended_at;
    assert_eq!(ended(&token).await, Some(at(5)), "the first end stays");
    for other in others.iter().chain([&nowhere]) {
        assert_eq!(ended(other).await, None);
    }
    let places = store.memberships(REALM, "ada").await.unwrap();
    assert_eq!(&*places[0].role, "member");
}

fn end_of_ada(tenant: Option<&str>, second: i64) -> Write {
    Write::EndByHand {
        realm: REALM.into(),
        user: "ada".into(),
        tenant: tenant.map(Into::into),
        at: at(second),
    }
}

pub async fn all_tokens_made_by_hand_for_a_user_end_at_once(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let [token, nowhere] = made_by_hand(&store, &sample).await;
    let stranger = sample.access_by_hand("ledger", "bob", Some("acme"));
    let mut own = sample.own_access("ledger");
    own.subject = "ada".into();
    let mut abroad = sample.access_by_hand("ledger", "ada", None);
    abroad.realm = "elsewhere".into();
    let others = [stranger, own, abroad];
    let rows = others.iter().map(|row| Write::InsertAccess(Box::new(row.clone())));
    sample.put(&store, rows.collect()).await;
    let ended = async |row: &AccessRecord| store.access(row.id).await.unwrap().unwrap().token.ended_at;
    sample.put(&store, vec![end_of_ada(Some("acme"), 5)]).await;
    sample.put(&store, vec![end_of_ada(None, 6)]).await;
    assert_eq!((ended(&token).await, ended(&nowhere).await), (Some(at(5)), Some(at(6))));
    for other in &others {
        assert_eq!(ended(other).await, None, "{}", other.realm);
    }
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
