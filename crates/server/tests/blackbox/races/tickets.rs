//! A hundred connections present one connection ticket: one is let through.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::stage::{Prepared, race};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ticket_is_used_once_on_sqlite() {
    connect(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ticket_is_used_once_on_postgres() {
    connect(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ticket_is_used_once_across_three_processes() {
    connect(&Arena::postgres(3).await).await;
}

async fn connect(arena: &Arena) {
    let tokens = LENIENT.client_credentials(arena.first()).send().await.unwrap();
    let bearer = format!("Bearer {}", tokens.text("access_token"));
    for _ in 0..rounds() {
        let made = LENIENT.bare_form(arena.first(), "gate/ticket", &[]);
        let ticket = made
            .with_header("authorization", &bearer)
            .send()
            .await
            .unwrap()
            .text("ticket");
        let url = format!("https://api.example/hub?access_token={ticket}");
        let request = |node: &crate::stage::Node| {
            Prepared::get(
                node.address,
                &LENIENT.path("gate/nginx?scope=things:read&in_query=tickets"),
                "",
            )
            .with_header("x-original-method", "GET")
            .with_header("x-original-url", &url)
        };
        let replies = race(arena.racers(request)).await;
        assert_eq!(replies.len(), RACERS);
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        assert!(lost.iter().all(|reply| reply.status == 401), "{lost:?}");
        assert_eq!(won.len(), 1, "winners");
    }
}
