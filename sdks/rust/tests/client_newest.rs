//! The client's scenarios of `spec/vectors/scenarios.md` about which tokens are the newest: no clock says it, and a store that
//! failed is asked again.

use crate::client_tokens::{token, user};
use crate::support::{manager, until};
use grantd_sdk::client::{FileTokenStore, MemoryTokenStore, StoreLock, TokenStore};
use grantd_sdk::testing::{Endpoint, FakeClock, FakeIssuer};
use grantd_sdk::{BoxFuture, Cause, Clock as _, DpopKey, Error, Secret, TokenSource as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// The one key of a store in which one login was kept.
fn files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn newest_without_a_clock() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Arc::new(MemoryTokenStore::default());
    let builder = || manager(&issuer).store(Arc::clone(&store));
    // Clocks that go back each time, and clocks that are apart. By one that is an hour ahead all of the other's tokens have ended.
    for (back, ahead, is_shared) in [
        (-600_000, 0, true),
        (0, 600_000, true),
        (0, -600_000, true),
        (-3_600_000, 0, false),
        (0, 86_400_000, false),
        (0, -86_400_000, false),
    ] {
        let here = user(&issuer, builder()).await;
        let clock = FakeClock::at(issuer.clock().now() + ahead);
        let there = builder().clock(clock).for_user("ada", None).await.unwrap();
        token(&there).await;
        for _ in 0..3 {
            issuer.clock().advance(back);
            for (one, other) in [(&here, &there), (&there, &here)] {
                one.refused(&one.token().await.unwrap());
                let next = token(one).await;
                other.refused(&other.token().await.unwrap());
                assert!(token(other).await == next || !is_shared, "{back} {ahead}");
            }
        }
    }
    let spent: Vec<String> = issuer
        .seen()
        .into_iter()
        .filter_map(|seen| seen.form.get("refresh_token").cloned())
        .collect();
    let different: std::collections::HashSet<&String> = spent.iter().collect();
    assert_eq!(different.len(), spent.len(), "no refresh token is sent twice");
    // And the newest is what is ended.
    let ended = builder().for_user("ada", None).await.unwrap();
    let newest = ended.tokens().await.unwrap().refresh_token().unwrap().to_owned();
    issuer.clock().advance(-3_600_000);
    ended.revoke().await.unwrap();
    let seen = issuer.seen();
    assert_eq!(seen.last().unwrap().form["token"], newest);
}

/// Works, fails, panics, or panics when it is asked.
#[derive(Clone, Default)]
struct Moody {
    inner: Arc<MemoryTokenStore>,
    mood: Arc<AtomicU8>,
    puts: Arc<AtomicUsize>,
}

impl Moody {
    fn set(&self, mood: u8) {
        self.mood.store(mood, Ordering::SeqCst);
    }

    fn puts(&self) -> usize {
        self.puts.load(Ordering::SeqCst)
    }
}

impl TokenStore for Moody {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Cause>> {
        self.inner.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, text: Secret) -> BoxFuture<'a, Result<(), Cause>> {
        self.puts.fetch_add(1, Ordering::SeqCst);
        let mood = self.mood.load(Ordering::SeqCst);
        assert!(mood < 3, "on purpose");
        Box::pin(async move {
            match mood {
                0 => self.inner.put(key, text).await,
                1 => Err(Arc::new(std::fmt::Error) as Cause),
                _ => panic!("on purpose"),
            }
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Cause>> {
        self.inner.delete(key)
    }

    fn lock<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StoreLock, Cause>> {
        self.inner.lock(key)
    }
}

async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn unsaved_tokens() {
    for mood in 1..=3 {
        let issuer = FakeIssuer::new().unwrap();
        let store = Moody::default();
        let builder = || manager(&issuer).store(store.clone());
        let manager = user(&issuer, builder()).await;
        issuer.clock().advance(3_600_000);
        store.set(mood);
        assert!(matches!(manager.token().await, Err(Error::Store(_))), "{mood}");
        store.set(0);
        // From memory, and not saved before its time.
        let renewed = token(&manager).await;
        issuer.clock().advance(4_999);
        token(&manager).await;
        settle().await;
        assert_eq!(store.puts(), 2);
        // A failure of the next try is silent, and there is another after as long.
        store.set(mood);
        issuer.clock().advance(1);
        assert_eq!(token(&manager).await, renewed);
        until(|| store.puts() == 3).await;
        settle().await;
        store.set(0);
        token(&manager).await;
        settle().await;
        assert_eq!(store.puts(), 3);
        // A clock that went back is due.
        issuer.clock().advance(-60_000);
        token(&manager).await;
        until(|| store.puts() == 4).await;
        settle().await;
        let back = builder().for_user("ada", None).await.unwrap();
        assert_eq!(token(&back).await, renewed);
        assert_eq!(issuer.count(Endpoint::Token), 2, "the code and one refresh");
        token(&manager).await;
        settle().await;
        assert_eq!(store.puts(), 4, "it is saved");
    }
}

#[tokio::test]
async fn what_could_not_be_saved_does_not_replace_what_somebody_else_stored_or_ended() {
    for is_ended in [false, true] {
        let issuer = FakeIssuer::new().unwrap();
        let store = Moody::default();
        let builder = || manager(&issuer).store(store.clone());
        let manager = user(&issuer, builder()).await;
        issuer.clock().advance(3_600_000);
        store.set(1);
        assert!(matches!(manager.token().await, Err(Error::Store(_))));
        store.set(0);
        let other = user(&issuer, builder()).await;
        let theirs = token(&other).await;
        if is_ended {
            other.revoke().await.unwrap();
        }
        let puts = store.puts();
        issuer.clock().advance(5_000);
        token(&manager).await;
        settle().await;
        assert_eq!(store.puts(), puts);
        if is_ended {
            assert!(matches!(manager.token().await, Err(Error::LoginRequired(_))));
            assert!(store.inner.is_empty());
        } else {
            assert_eq!(token(&manager).await, theirs);
        }
    }
}

#[tokio::test]
async fn a_login_that_was_ended_is_not_saved_again() {
    let issuer = FakeIssuer::new().unwrap();
    let store = Moody::default();
    let manager = user(&issuer, manager(&issuer).store(store.clone())).await;
    issuer.clock().advance(3_600_000);
    store.set(1);
    assert!(matches!(manager.token().await, Err(Error::Store(_))));
    let unsaved = manager.tokens().await.unwrap().refresh_token().unwrap().to_owned();
    store.set(0);
    manager.revoke().await.unwrap();
    assert_eq!(issuer.seen().last().unwrap().form["token"], unsaved);
    issuer.clock().advance(5_000);
    assert!(matches!(manager.token().await, Err(Error::LoginRequired(_))));
    settle().await;
    assert!(store.inner.is_empty());
}

#[tokio::test]
async fn no_drafts_are_left() {
    let directory = std::env::temp_dir().join(format!("grantd-drafts-{}", DpopKey::generate().unwrap().thumbprint()));
    let store = FileTokenStore::new(&*directory);
    let put = async |key: &str| store.put(key, Secret::new("secret".to_owned())).await;
    // What is in the way of the last step.
    std::fs::create_dir_all(directory.join("key.json/in-the-way")).unwrap();
    for _ in 0..3 {
        assert!(put("key").await.is_err());
        assert_eq!(files(&directory), ["key.json"]);
    }
    std::fs::remove_dir_all(directory.join("key.json")).unwrap();
    // What a crash left, of this key and of others, and what is no draft.
    let (own, kept) = (
        ["key.AAAAAAAAAAAA.tmp", "key.-_9zBBBBBBBB.tmp"],
        [
            "key.tmp",
            "key2.AAAAAAAAAAAA.tmp",
            "my-key.AAAAAAAAAAAA.tmp",
            "key.note.tmp",
        ],
    );
    for ends in [false, true] {
        for name in own.iter().chain(&kept) {
            std::fs::write(directory.join(name), "secret").unwrap();
        }
        let mut expected: Vec<&str> = kept.to_vec();
        if ends {
            store.delete("key").await.unwrap();
        } else {
            put("key").await.unwrap();
            expected.push("key.json");
        }
        expected.sort_unstable();
        assert_eq!(files(&directory), expected);
    }
    // One that is being written is nobody else's to remove.
    let under_way = std::fs::File::create(directory.join(own[0])).unwrap();
    under_way.lock().unwrap();
    put("key").await.unwrap();
    assert!(files(&directory).contains(&own[0].to_owned()));
    drop(under_way);
    store.delete("key").await.unwrap();
    assert_eq!(files(&directory).len(), kept.len());
    std::fs::remove_dir_all(directory).unwrap();
}
