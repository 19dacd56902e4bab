//! Request objects by reference: only registered addresses are looked at, and what cannot be had stays on a page. Objects that
//! are there need an internet of their own; the fetcher's tests have one.

use crate::attack::stage::realm_file;
use crate::harness::{Flow, Launch, Server};

const CLIENT: &str = r#"
[[demo.clients]]
name = "Keeper"
kind = "web"
client_id = "keeper"
redirect_uris = ["https://keeper.example/cb"]
request_uris = ["https://keeper.invalid/request.jwt"]
scopes = ["openid"]
default_scopes = ["openid"]
"#;

#[tokio::test]
async fn no_address_but_a_registered_one_is_looked_at_and_no_mistake_leaves_the_page() {
    let file = realm_file("acme", "http://localhost:8400", &[]) + CLIENT;
    let server = Server::start(Launch::demo().realm(file));
    let realm = server.realm();
    let metadata = &realm.0["metadata"];
    assert_eq!(metadata["request_uri_parameter_supported"], true);
    assert_eq!(metadata["require_request_uri_registration"], true);
    for uri in [
        "https://keeper.invalid/request.jwt",
        "https://keeper.invalid/request.jwt?x=1",
        "https://keeper.invalid/request.jwt#x",
        "https://KEEPER.invalid/request.jwt",
        "https://127.0.0.1/request.jwt",
        "http://keeper.invalid/request.jwt",
        "file:///etc/passwd",
    ] {
        let page = Flow::new(&realm, "keeper")
            .with("request_uri", uri)
            .ask()
            .await
            .page(400);
        assert_eq!(page.error(), "invalid_request_uri", "{uri}");
    }
    // A client that registered none hears so.
    let mut flow = Flow::new(&realm, "rp").with("request_uri", "https://rp.example/r");
    let told = flow.ask().await.redirect(flow.redirect_uri());
    assert_eq!(told["error"], "request_uri_not_supported");
}
