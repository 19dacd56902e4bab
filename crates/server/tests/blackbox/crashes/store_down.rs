//! The database goes away and comes back under a running server. While it is away no question has an answer: 503, and
//! never a success that nothing stands behind, nor an `active: false` that is a guess.

use crate::stage::{MACHINE, Node, Prepared, Realm, Stage, own_postgres, race};
use std::time::Duration;

const OPAQUE: Realm = Realm("opaque");
const SIGNED: Realm = Realm("signed");
const BACK: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_the_server_answers_503_and_recovers() {
    let (postgres, url) = own_postgres().await;
    let realms = [
        (OPAQUE, "[access_token]\nformat = \"opaque\""),
        (SIGNED, "[access_token]\nformat = \"jwt\""),
    ];
    let stage = Stage::new(&realms, Some(url));
    let node = stage.start().await;
    let mut held = Vec::new();
    for realm in [OPAQUE, SIGNED] {
        let reply = realm.client_credentials(&node).send().await.expect("a reply");
        held.push((realm, reply.text("access_token")));
    }
    for _ in 0..3 {
        postgres.crash().expect("PostgreSQL stops");
        for (realm, token) in &held {
            for reply in race(questions(&node, *realm, token)).await {
                assert_eq!(reply.status, 503, "{}", reply.body);
            }
        }
        postgres.start_again().expect("PostgreSQL starts");
        for (realm, token) in &held {
            recovered(&node, *realm).await;
            assert!(
                realm.is_active(&node, MACHINE, token).await,
                "no revocation was acknowledged"
            );
        }
    }
    for (realm, token) in &held {
        let reply = realm.revoke(&node, MACHINE, token).send().await.expect("a reply");
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(!realm.is_active(&node, MACHINE, token).await);
    }
}

/// Each question several times: some meet a connection that died, others find no connection at all.
fn questions(node: &Node, realm: Realm, token: &str) -> Vec<Prepared> {
    let each = [
        realm.client_credentials(node),
        realm.introspect(node, MACHINE, token),
        realm.revoke(node, MACHINE, token),
        Prepared::get_as(node.address, &realm.path("gate/nginx?scope=things:read"), token),
    ];
    each.iter().cycle().take(12).cloned().collect()
}

async fn recovered(node: &Node, realm: Realm) {
    let again = async {
        while realm.client_credentials(node).send().await.expect("a reply").status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BACK, again).await.expect("back in service");
}
