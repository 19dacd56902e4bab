//! Where endpoints and documents are, and how an example realm moves to another port.

use crate::config::{Document, Endpoint, RealmConfig, Target, built_in_demo_realm, parse_realm};
use std::path::Path;

fn realm(text: &str) -> RealmConfig {
    let text = format!("name = 'acme'\ndisplay_name = 'Acme'\n{text}");
    parse_realm(Path::new("realm.toml"), &text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The addresses that lead to `target`.
fn addresses(realm: &RealmConfig, target: Target) -> Vec<String> {
    let routes = realm
        .endpoints
        .routes()
        .into_iter()
        .filter(|route| route.target == target);
    routes
        .map(|route| format!("{}{} as {}", route.origin, route.path, route.issuer))
        .collect()
}

#[test]
fn an_issuer_with_a_path_has_its_documents_in_all_three_forms() {
    let realm = realm("issuer = 'https://id.example/t1'");
    assert_eq!(
        addresses(&realm, Target::Document(Document::AuthorizationServer)),
        ["https://id.example/.well-known/oauth-authorization-server/t1 as https://id.example/t1"]
    );
    assert_eq!(
        addresses(&realm, Target::Document(Document::OpenidConfiguration)),
        [
            "https://id.example/.well-known/openid-configuration/t1 as https://id.example/t1",
            "https://id.example/t1/.well-known/openid-configuration as https://id.example/t1",
        ]
    );
}

#[test]
fn an_issuer_without_a_path_has_one_address_for_each_document() {
    let realm = realm("issuer = 'https://id.example'");
    for (document, path) in [
        (Document::AuthorizationServer, "oauth-authorization-server"),
        (Document::OpenidConfiguration, "openid-configuration"),
    ] {
        let expected = format!("https://id.example/.well-known/{path} as https://id.example");
        assert_eq!(addresses(&realm, Target::Document(document)), [expected]);
    }
}

#[test]
fn a_realm_without_openid_connect_has_no_configuration_to_discover() {
    let realm = realm("issuer = 'https://id.example'\nopenid = false");
    assert!(addresses(&realm, Target::Document(Document::OpenidConfiguration)).is_empty());
}

#[test]
fn keys_are_at_both_addresses_once_each() {
    let keys = Target::Endpoint(Endpoint::Jwks);
    let standard = realm("issuer = 'https://id.example'");
    assert_eq!(
        addresses(&standard, keys),
        [
            "https://id.example/jwks.json as https://id.example",
            "https://id.example/.well-known/jwks.json as https://id.example",
        ]
    );
    let well_known = realm("issuer = 'https://id.example'\n[endpoints]\njwks = '/.well-known/jwks.json'");
    assert_eq!(addresses(&well_known, keys).len(), 1);
}

#[test]
fn an_alias_has_the_realms_paths_below_its_own_on_the_same_hosts() {
    let realm = realm(
        "issuer = 'https://api.example'\naliases = ['https://api.example/mcp']\n[endpoints]\n\
         authorize = 'https://app.example/api/auth/authorize'\ntoken = '/api/auth/token'\n",
    );
    let url = |endpoint| realm.endpoints.url_for("https://api.example/mcp", endpoint);
    assert_eq!(
        url(Endpoint::Authorize),
        Some("https://app.example/mcp/api/auth/authorize")
    );
    assert_eq!(url(Endpoint::Token), Some("https://api.example/mcp/api/auth/token"));
    assert_eq!(
        realm.endpoints.url(Endpoint::Authorize),
        "https://app.example/api/auth/authorize"
    );
    assert!(
        addresses(&realm, Target::Document(Document::AuthorizationServer)).contains(
            &"https://api.example/.well-known/oauth-authorization-server/mcp as https://api.example/mcp".to_owned()
        )
    );
    assert_eq!(
        realm.endpoints.url_for("https://api.example/other", Endpoint::Token),
        None
    );
}

#[test]
fn an_alias_replaces_the_issuers_path() {
    let realm = realm("issuer = 'https://id.example/t1'\naliases = ['https://id.example/t2']");
    let token = realm.endpoints.url_for("https://id.example/t2", Endpoint::Token);
    assert_eq!(token, Some("https://id.example/t2/token"));
}

#[test]
fn another_port_moves_everything_of_the_realm_and_nothing_else() {
    let realm = built_in_demo_realm().unwrap().rewrite_localhost_port(9001);
    assert_eq!(&*realm.realm.issuer, "http://localhost:9001");
    assert_eq!(&*realm.realm.default_resource, "http://localhost:9001/api");
    assert_eq!(&*realm.realm.resources[0].identifier, "http://localhost:9001/api");
    assert!(
        realm
            .endpoints
            .routes()
            .iter()
            .all(|route| &*route.host == "localhost:9001")
    );
    assert!(
        realm
            .endpoints
            .issuers()
            .all(|issuer| &**issuer == "http://localhost:9001")
    );
    let clients = &realm.demo.clients;
    assert!(
        clients
            .iter()
            .flat_map(|client| &client.resources)
            .all(|uri| &**uri == "http://localhost:9001/api")
    );
    assert!(
        clients[0]
            .redirect_uris
            .contains(&"http://localhost:3000/callback".to_owned())
    );
}

#[test]
fn both_loopback_origins_of_a_realm_move_and_foreign_ones_stay() {
    let realm = realm(
        "issuer = 'http://localhost:8400'\naliases = ['http://localhost:8400/mcp']\n\
         [endpoints]\nauthorize = 'http://127.0.0.1:8400/authorize'\nuserinfo = 'https://id.example/userinfo'\n\
         [[resources]]\nidentifier = 'http://localhost:5000/api'\nname = 'Elsewhere'\n",
    )
    .rewrite_localhost_port(80);
    assert_eq!(&*realm.realm.issuer, "http://localhost");
    assert_eq!(&*realm.realm.aliases[0], "http://localhost/mcp");
    assert_eq!(realm.endpoints.url(Endpoint::Authorize), "http://127.0.0.1/authorize");
    assert_eq!(realm.endpoints.url(Endpoint::Userinfo), "https://id.example/userinfo");
    assert_eq!(&*realm.realm.resources[0].identifier, "http://localhost:5000/api");
}

#[test]
fn a_realm_on_a_real_host_does_not_move() {
    let realm = realm("issuer = 'https://localhost.example:8400'").rewrite_localhost_port(1);
    assert_eq!(&*realm.realm.issuer, "https://localhost.example:8400");
}

#[test]
fn a_resource_on_an_origin_of_the_realm_has_its_document_there_and_names_its_authorization_server() {
    let realm = realm(
        "issuer = 'https://api.example'\naliases = ['https://api.example/mcp']\n\
         [[resources]]\nidentifier = 'https://api.example/v1'\nname = 'API'\n\
         [[resources]]\nidentifier = 'https://api.example/mcp'\nname = 'MCP server'\n\
         [[resources]]\nidentifier = 'https://elsewhere.example/v1'\nname = 'Elsewhere'\n\
         [[resources]]\nidentifier = 'mqtts://broker.example'\nname = 'Broker'\n",
    );
    let document = |index| addresses(&realm, Target::Document(Document::ProtectedResource(index)));
    assert_eq!(
        document(0),
        ["https://api.example/.well-known/oauth-protected-resource/v1 as https://api.example"]
    );
    assert_eq!(
        document(1),
        ["https://api.example/.well-known/oauth-protected-resource/mcp as https://api.example/mcp"]
    );
    assert_eq!(document(2), [""; 0]);
    assert_eq!(document(3), [""; 0]);
}

#[test]
fn a_resource_that_is_a_whole_origin_has_its_document_at_the_root() {
    let realm =
        realm("issuer = 'https://api.example'\n[[resources]]\nidentifier = 'https://api.example/'\nname = 'API'\n");
    assert_eq!(
        addresses(&realm, Target::Document(Document::ProtectedResource(0))),
        ["https://api.example/.well-known/oauth-protected-resource as https://api.example"]
    );
}

#[test]
fn an_alias_is_a_resources_only_where_the_resource_is_at_or_below_it() {
    let realm = realm("issuer = 'https://api.example'\naliases = ['https://api.example/mcp']\n");
    assert_eq!(
        realm.endpoints.issuer_of("https://api.example/mcp/tools"),
        "https://api.example/mcp"
    );
    assert_eq!(
        realm.endpoints.issuer_of("https://api.example/mcp2"),
        "https://api.example"
    );
}

#[test]
fn tokens_can_be_for_several_resources_by_default() {
    let realm = realm(
        "issuer = 'http://localhost:8400'\n\
         default_resource = ['http://localhost:8400/v1/', 'mqtt://broker.example', 'http://localhost:8400/v1']\n\
         [[resources]]\nidentifier = 'http://localhost:8400/v1/'\nname = 'One'\n\
         [[resources]]\nidentifier = 'http://localhost:8400/v1'\nname = 'Two'\n\
         [[resources]]\nidentifier = 'mqtt://broker.example'\nname = 'Broker'\n",
    );
    assert_eq!(
        &*realm.rewrite_localhost_port(9001).realm.default_resource,
        "http://localhost:9001/v1/ mqtt://broker.example http://localhost:9001/v1"
    );
}
