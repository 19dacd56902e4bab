use super::*;
use crate::ambient::SystemEntropy;
use grantd_core::change::{Change, Write};
use grantd_protocol::id::ChangeId;
use grantd_store::memory::MemoryStore;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A record as the store keeps it.
fn client(name: &str) -> ClientRecord {
    serde_json::from_value(serde_json::json!({
        "realm": "main", "client_id": "web", "version": 1, "name": name, "application_type": "web", "origin": "console",
        "auth_method": "client_secret_basic", "secrets": [], "redirect_uris": [], "grant_types": [], "scopes": "",
        "default_scopes": "", "enabled": true, "created_at": START, "updated_at": START
    }))
    .unwrap()
}

async fn put(store: &MemoryStore, name: &str) -> (Arc<str>, Arc<str>) {
    let client = client(name);
    let key = (Arc::clone(&client.realm), Arc::clone(&client.client_id));
    let change = Change::new(
        ChangeId::draw(START, &SystemEntropy),
        vec![Write::UpdateClient(Box::new(client))],
    );
    store.commit(change).await.unwrap();
    key
}

async fn name(cache: &ClientCache, store: &MemoryStore, key: &(Arc<str>, Arc<str>), at: Timestamp) -> String {
    cache
        .get(store, &key.0, &key.1, at)
        .await
        .unwrap()
        .unwrap()
        .name
        .clone()
}

#[tokio::test]
async fn what_no_note_is_about_stays_good_while_notes_are_read() {
    let (cache, store) = (ClientCache::default(), MemoryStore::new());
    let key = put(&store, "before").await;
    name(&cache, &store, &key, START).await;
    // Nobody tells the cache, so that what it answers says whether it asked.
    put(&store, "after").await;
    let later = START.plus(Seconds(3600));
    cache.is_followed_until(later);
    assert_eq!(name(&cache, &store, &key, later).await, "before");
}

#[tokio::test]
async fn a_record_is_a_second_old_at_most_where_notes_are_not_read() {
    let (cache, store) = (ClientCache::default(), MemoryStore::new());
    let key = put(&store, "before").await;
    name(&cache, &store, &key, START).await;
    put(&store, "after").await;
    cache.is_followed_until(START);
    assert_eq!(
        name(&cache, &store, &key, Timestamp::from_millis(START.millis() + 999)).await,
        "before"
    );
    assert_eq!(name(&cache, &store, &key, START.plus(FRESH)).await, "after");
}

#[tokio::test]
async fn a_note_ends_what_was_known() {
    let (cache, store) = (ClientCache::default(), MemoryStore::new());
    for forget_all in [false, true] {
        let key = put(&store, "before").await;
        cache.forget_all();
        name(&cache, &store, &key, START).await;
        put(&store, "after").await;
        if forget_all {
            cache.forget_all();
        } else {
            cache.forget(&key.0, &key.1);
        }
        cache.is_followed_until(START);
        assert_eq!(name(&cache, &store, &key, START).await, "after");
    }
}

#[tokio::test]
async fn a_record_that_was_on_its_way_while_something_was_forgotten_is_not_followed() {
    let (cache, store) = (ClientCache::default(), MemoryStore::new());
    let key = put(&store, "before").await;
    let before = cache.forgotten.load(Ordering::SeqCst);
    let found = store.client(&key.0, &key.1).await.unwrap().unwrap();
    // The note passes after the record was read and before it is kept.
    put(&store, "after").await;
    cache.forget(&key.0, &key.1);
    assert_eq!(
        cache.keep(&key.0, &key.1, Arc::new(found), START, before).name,
        "before"
    );
    let later = START.plus(FRESH);
    cache.is_followed_until(later);
    assert_eq!(name(&cache, &store, &key, later).await, "after");
}
