//! What suites that know nothing of the code rely on: the start, the ready line, the forms, the exit codes, the
//! internal listener.

use crate::harness::realm::demo;
use crate::harness::{Agent, Flow, Launch, Server, postgres};

#[tokio::test]
async fn the_demo_realm_goes_from_login_to_tokens() {
    the_main_flow(&demo().realm()).await;
}

#[tokio::test]
async fn the_same_flow_works_on_postgresql() {
    let server = Server::start(Launch::demo().storage(&postgres::fresh_database().await));
    the_main_flow(&server.realm()).await;
}

async fn the_main_flow(realm: &crate::harness::Realm) {
    for client in ["ledger-web", "ledger-desktop"] {
        let mut flow = Flow::new(realm, client);
        let tokens = flow.tokens().await;
        assert_eq!(
            flow.introspect_if_confidential(tokens.access()).await,
            Some(true).filter(|_| client == "ledger-web")
        );
        let renewed = flow.refresh(tokens.refresh()).await.expect(200).json();
        assert!(renewed["access_token"].is_string() && renewed["scope"].is_string());
        let revoke = realm.endpoint("revocation_endpoint");
        let token = renewed["refresh_token"].as_str().unwrap();
        flow.post_as_client(&revoke, &[("token", token)]).await.expect(200);
        flow.refresh(token).await.refused(400, "invalid_grant");
    }
    let machine = realm.client("nightly-export");
    let form = [("grant_type", "client_credentials")];
    let reply = crate::harness::flow::post_as(&machine, &realm.token(), &form).await;
    assert_eq!(reply.expect(200).json()["token_type"], "Bearer");
}

#[test]
fn the_ready_line_has_the_published_members() {
    let ready = &demo().ready;
    assert!(ready["metrics"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(ready["pid"], demo().pid());
    assert!(ready.as_object().unwrap().contains_key("console"));
    let realm = &ready["realms"][0];
    for (list, members) in [
        ("users", &["username", "password", "tenants"][..]),
        (
            "clients",
            &[
                "name",
                "client_id",
                "client_secret",
                "redirect_uris",
                "grant_types",
                "scopes",
            ],
        ),
        (
            "service_accounts",
            &["name", "client_id", "client_secret", "tenant", "role"],
        ),
    ] {
        for entry in realm[list].as_array().unwrap() {
            for member in members {
                assert!(
                    entry.as_object().unwrap().contains_key(*member),
                    "{list}: {member} in {entry}"
                );
            }
        }
    }
    let keys = realm["api_keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        for member in ["name", "key", "tenant", "scopes"] {
            assert!(!key[member].is_null(), "{member} in {key}");
        }
    }
    assert_eq!(realm["metadata"]["issuer"], realm["issuer"]);
}

#[test]
fn every_demo_realm_has_two_users_and_the_clients_that_suites_need() {
    let realm = &demo().ready["realms"][0];
    let users = realm["users"].as_array().unwrap();
    assert!(users.len() >= 2);
    assert!(users.iter().any(|user| user["tenants"].as_array().unwrap().len() == 2));
    let clients = realm["clients"].as_array().unwrap();
    for kind in ["web", "native", "machine"] {
        let client = clients.iter().find(|client| client["kind"] == kind).unwrap();
        let uris = client["redirect_uris"].as_array().unwrap();
        for uri in ["http://localhost:3000/callback", "http://127.0.0.1:3000/callback"] {
            assert!(uris.iter().any(|known| known == uri), "{kind} has {uri}");
        }
        assert_eq!(client["client_secret"].is_string(), kind != "native");
    }
}

#[test]
fn nothing_else_is_printed_on_standard_output() {
    let mut server = Server::start(Launch::demo().data(":memory:"));
    assert_eq!(server.stop(), "");
}

#[test]
fn listen_moves_the_realms_localhost_addresses() {
    let server = demo();
    let issuer = format!("http://localhost:{}", server.port());
    assert_eq!(server.realm().issuer(), issuer);
    assert!(server.realm().token().starts_with(&issuer));
    assert_ne!(server.port(), 8400);
}

#[tokio::test]
async fn a_second_start_over_the_same_data_prints_the_same_secrets() {
    let before = Server::start(Launch::demo());
    let (clients, accounts) = (
        before.realm().0["clients"].clone(),
        before.realm().0["service_accounts"].clone(),
    );
    let after = before.restart_after_crash();
    assert_eq!(after.realm().0["clients"], clients);
    assert_eq!(after.realm().0["service_accounts"], accounts);
    let machine = after.realm().client("nightly-export");
    let form = [("grant_type", "client_credentials")];
    crate::harness::flow::post_as(&machine, &after.realm().token(), &form)
        .await
        .expect(200);
}

#[test]
fn memory_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let secret = |server: &Server| server.realm().client("nightly-export").secret;
    let launch = Launch::demo().data(":memory:");
    let first = Server::start(launch.clone());
    let second = Server::start(launch);
    assert_ne!(secret(&first), secret(&second));
    assert!(!folder.path().join(":memory:").exists());
    assert!(!std::path::Path::new(":memory:").exists());
}

#[test]
fn dev_refuses_any_address_that_is_not_loopback() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let failed = Launch::demo().listen(address).fail();
        assert_eq!(failed.code, 2, "{}", failed.error);
        assert!(failed.error.contains("loopback"), "{}", failed.error);
        assert_eq!(failed.output, "");
    }
}

#[test]
fn a_wrong_realm_file_ends_with_2_and_names_file_line_key_and_fix() {
    let failed = Launch::demo()
        .realm("name = \"x\"\ndisplay_name = \"X\"\nisuer = \"http://localhost:8400\"\n")
        .fail();
    assert_eq!(failed.code, 2, "{}", failed.error);
    for part in ["realm-0.toml", "3", "isuer", "issuer"] {
        assert!(failed.error.contains(part), "{part}: {}", failed.error);
    }
}

#[test]
fn an_unknown_flag_ends_with_2() {
    let failed = crate::harness::launch::finish(crate::harness::launch::grantd().args(["dev", "--nonsense"]));
    assert_eq!(failed.code, 2);
}

#[test]
fn a_store_that_cannot_be_reached_ends_with_3() {
    let failed = Launch::demo().storage("postgres://nobody@127.0.0.1:1/none").fail();
    assert_eq!(failed.code, 3, "{}", failed.error);
}

#[test]
fn a_taken_port_ends_with_4() {
    let failed = Launch::demo().listen(&format!("127.0.0.1:{}", demo().port())).fail();
    assert_eq!(failed.code, 4, "{}", failed.error);
    assert!(failed.error.contains(&demo().port().to_string()), "{}", failed.error);
}

#[tokio::test]
async fn the_internal_listener_tells_health_and_metrics_with_our_prefix() {
    let mut agent = Agent::new();
    let metrics = demo().ready["metrics"].as_str().unwrap();
    agent.get(&demo().realm().endpoint("jwks_uri")).await.expect(200);
    let reply = agent.get(metrics).await;
    reply.expect(200);
    let names: Vec<&str> = reply.body.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(names.len() > 5);
    assert!(names.iter().all(|line| line.starts_with("grantd_")), "{}", reply.body);
    for path in ["healthz", "readyz"] {
        agent.get(&metrics.replace("metrics", path)).await.expect(200);
        let public = format!("{}/{path}", demo().realm().issuer());
        agent.get(&public).await.expect(404);
    }
}
