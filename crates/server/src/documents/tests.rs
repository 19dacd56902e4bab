//! How often a document is fetched, and for how long what was fetched counts.

use super::*;
use crate::outbound::tests::{Behaviour, FakeInternet, world};
use std::sync::atomic::Ordering;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

async fn documents(head: &str) -> (Arc<FakeInternet>, Arc<Documents>) {
    let says = format!("HTTP/1.1 {head}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}");
    let (internet, fetcher) = world(Behaviour::Says(says), &["93.184.216.34"], None).await;
    (internet, Arc::new(Documents::new(fetcher)))
}

fn url() -> WebUrl {
    WebUrl::parse("https://agent.example/client.json").unwrap()
}

fn asked(url: &WebUrl) -> Asked<'_> {
    Asked {
        owner: "main".into(),
        url,
        limit: MAX_DOCUMENT,
        content: Content::Json,
        not_before: Timestamp::default(),
    }
}

async fn body(documents: &Documents, now: Timestamp) -> Result<Option<bytes::Bytes>, Seconds> {
    documents.body(&asked(&url()), now, || Ok(())).await
}

#[tokio::test]
async fn a_document_is_asked_for_again_when_its_time_is_over_and_not_before() {
    let (internet, documents) = documents("200 OK\r\ncache-control: max-age=120").await;
    for (seconds, fetches) in [(0, 1), (119, 1), (120, 2), (121, 2)] {
        assert!(body(&documents, NOW.plus(Seconds(seconds))).await.unwrap().is_some());
        assert_eq!(
            internet.connections.load(Ordering::SeqCst),
            fetches,
            "after {seconds} s"
        );
    }
}

#[tokio::test]
async fn a_hundred_who_ask_at_once_cause_one_fetch_and_share_its_outcome() {
    for (head, found) in [("200 OK", true), ("404 Not Found", false)] {
        let (internet, documents) = documents(head).await;
        let racers: Vec<_> = (0..100)
            .map(|_| {
                let documents = Arc::clone(&documents);
                tokio::spawn(async move { body(&documents, NOW).await.unwrap().is_some() })
            })
            .collect();
        for racer in racers {
            assert_eq!(racer.await.unwrap(), found);
        }
        assert_eq!(internet.connections.load(Ordering::SeqCst), 1, "{head}");
        assert!(documents.under_way.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_failure_is_not_remembered_but_the_next_fetch_must_be_allowed() {
    let (internet, documents) = documents("404 Not Found").await;
    for fetches in 1..=3 {
        assert!(body(&documents, NOW).await.unwrap().is_none());
        assert_eq!(internet.connections.load(Ordering::SeqCst), fetches);
    }
    let refused = documents.body(&asked(&url()), NOW, || Err(Seconds(7))).await;
    assert_eq!(refused.unwrap_err(), Seconds(7));
    assert_eq!(internet.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_in_memory_needs_no_leave_to_fetch() {
    let (internet, documents) = documents("200 OK").await;
    assert!(body(&documents, NOW).await.unwrap().is_some());
    let again = documents.body(&asked(&url()), NOW, || Err(Seconds(7))).await;
    assert!(again.unwrap().is_some());
    assert_eq!(internet.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn whoever_gives_up_waiting_leaves_nothing_behind() {
    let (_, fetcher) = world(Behaviour::Silent(String::new()), &["93.184.216.34"], None).await;
    let documents = Documents::new(fetcher);
    tokio::select! {
        biased;
        _ = body(&documents, NOW) => panic!("nobody answers"),
        () = tokio::task::yield_now() => {}
    }
    assert!(documents.under_way.lock().unwrap().is_empty());
}

#[tokio::test]
async fn one_that_is_fresh_but_too_old_for_the_question_is_fetched_again() {
    let (internet, documents) = documents("200 OK\r\ncache-control: max-age=3600").await;
    let url = url();
    let ask = |not_before: Timestamp| Asked {
        not_before,
        ..asked(&url)
    };
    let (since, later) = (NOW.plus(Seconds(1)), NOW.plus(Seconds(20)));
    for (now, not_before, fetches) in [
        (NOW, Timestamp::default(), 1),
        (later, NOW, 1),
        (later, since, 2),
        (later, later, 2),
    ] {
        let found = documents.body(&ask(not_before), now, || Ok(())).await.unwrap();
        assert!(found.is_some());
        assert_eq!(internet.connections.load(Ordering::SeqCst), fetches);
    }
}

#[tokio::test]
async fn what_is_asked_for_in_another_way_is_another_document() {
    let (internet, documents) = documents("200 OK\r\ncache-control: max-age=3600").await;
    let url = url();
    for owner in ["main", "keys|main", "main"] {
        let ask = Asked {
            owner: owner.into(),
            ..asked(&url)
        };
        documents.body(&ask, NOW, || Ok(())).await.unwrap();
    }
    assert_eq!(internet.connections.load(Ordering::SeqCst), 2);
}
