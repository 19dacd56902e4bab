//! A hundred copies of one program register at the same moment: they are one client, and in the end nobody manages it.

use super::{Arena, LENIENT, RACERS, STRICT};
use crate::stage::{Prepared, race};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn racing_registrations_of_one_program_are_one_client_on_sqlite() {
    register(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_registrations_of_one_program_are_one_client_across_three_processes() {
    register(&Arena::postgres(3).await).await;
}

async fn register(arena: &Arena) {
    for (round, realm) in [STRICT, LENIENT, STRICT].into_iter().enumerate() {
        let body = format!(
            r#"{{"client_name":"Agent {round}","redirect_uris":["http://localhost/callback"],"token_endpoint_auth_method":"none"}}"#
        );
        let replies =
            race(arena.racers(|node| Prepared::post_json(node.address, &realm.path("register"), &body))).await;
        assert_eq!(replies.len(), RACERS);
        for reply in &replies {
            assert_eq!(reply.status, 201, "{}", reply.body);
        }
        let ids: BTreeSet<String> = replies.iter().map(|reply| reply.text("client_id")).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let tokens: Vec<String> = replies
            .iter()
            .filter_map(|reply| reply.json()["registration_access_token"].as_str().map(str::to_owned))
            .collect();
        assert!(tokens.len() <= 1, "only who made the client ever had a token");
        for token in tokens {
            let path = format!("{}/{}", realm.path("register"), ids.first().expect("an id"));
            let reply = Prepared::get_as(arena.first().address, &path, &token)
                .send()
                .await
                .expect("a reply");
            assert_eq!(reply.status, 401, "{}", reply.body);
        }
    }
}
