//! An API key is ended while APIs ask about it: once the end is acknowledged, nobody is told that it is active.

use crate::harness::flow::post_as;
use crate::harness::own::Own;
use crate::harness::postgres::fresh_database;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// APIs that ask at the same time, and how often each asks after the end.
const APIS: usize = 8;
const AFTERWARDS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_end_is_never_followed_by_active_on_sqlite() {
    revoke_under_questions(Own::start(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_end_is_never_followed_by_active_on_postgres() {
    revoke_under_questions(Own::start(Some(fresh_database().await))).await;
}

async fn revoke_under_questions(own: Own) {
    for _ in 0..5 {
        let made = own.key();
        let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
        let ended = Arc::new(AtomicBool::new(false));
        let (seen_active, mut first) = tokio::sync::mpsc::channel(1);
        let apis = (0..APIS).map(|_| {
            let (realm, key) = (own.realm(), key.to_owned());
            let (ended, seen_active) = (Arc::clone(&ended), seen_active.clone());
            tokio::spawn(async move {
                let (api, url) = (realm.client("acme-api"), realm.endpoint("introspection_endpoint"));
                let mut afterwards = 0;
                while afterwards < AFTERWARDS {
                    // Looked at before the question is asked: only such answers are bound by it.
                    let was_ended = ended.load(Ordering::SeqCst);
                    let form = [("token", key.as_str()), ("scope", "invoices:read")];
                    let active = post_as(&api, &url, &form).await.expect(200).json()["active"] == true;
                    assert!(!(was_ended && active), "active after the end was acknowledged");
                    afterwards += usize::from(was_ended);
                    if active {
                        // Nobody listens after the first.
                        let _ = seen_active.try_send(());
                    }
                }
            })
        });
        let apis: Vec<_> = apis.collect();
        first.recv().await.unwrap();
        own.json(&["api-key", "revoke", id]);
        ended.store(true, Ordering::SeqCst);
        for api in apis {
            api.await.unwrap();
        }
    }
}
