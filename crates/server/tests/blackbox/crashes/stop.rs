//! An orderly stop: who was let in is served.

use crate::stage::{Realm, Stage};
use tokio::net::TcpStream;

const REALM: Realm = Realm("stopping");

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_finish_when_the_server_is_asked_to_stop() {
    let stage = Stage::new(&[(REALM, "")], None);
    let mut node = stage.start().await;
    let mut under_way = Vec::new();
    for _ in 0..20 {
        under_way.push(REALM.client_credentials(&node).begin().await);
    }
    node.terminate();
    // Once nobody new is let in, the server is stopping.
    while TcpStream::connect(node.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // The internal listener still answers, so that balancers learn of it.
    let ready = node.metrics.replace("/metrics", "/readyz");
    let ready = reqwest::get(ready).await.expect("a reply");
    assert_eq!(ready.status().as_u16(), 503);
    assert_eq!(ready.text().await.expect("a text"), "stopping\n");
    let mut tokens = Vec::new();
    for request in under_way {
        let reply = request.finish().await.expect("a whole reply");
        assert_eq!(reply.status, 200, "{}", reply.body);
        tokens.push(reply.text("access_token"));
    }
    assert!(node.ended().await.success());
    let node = stage.start().await;
    for token in tokens {
        assert!(REALM.is_active(&node, crate::stage::MACHINE, &token).await);
    }
}
