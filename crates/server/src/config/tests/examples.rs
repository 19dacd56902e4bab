//! The files that operators start from.

use crate::config::{
    DEMO_REALM, Endpoint, Environment, built_in_demo_realm, load_server,
    realm::{ClientKind, DemoClient},
};
use grantd_core::permission::{Bounds, Risk};
use grantd_core::realm::ExcessScope;
use grantd_core::record::TokenEndpointAuthMethod;
use std::path::Path;

pub(super) const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

fn demo() -> crate::config::RealmConfig {
    built_in_demo_realm().unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn the_built_in_demo_realm_is_valid_and_loosens_nothing() {
    let realm = demo();
    assert_eq!(realm.endpoints.url(Endpoint::Token), "http://localhost:8400/token");
    assert!(realm.loosenings.is_empty());
    assert_eq!(&*realm.realm.default_resource, "http://localhost:8400/api");
}

#[test]
fn the_example_server_file_serves_the_demo_realm() {
    let file = Path::new(EXAMPLES).join("grantd.toml");
    let config = load_server(&file, &Environment::new()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(&*config.realms[0].realm.name, "acme");
    assert!(config.loosenings.is_empty());
}

#[test]
fn the_demo_realm_has_one_user_in_two_tenants_and_one_in_one() {
    let places: Vec<usize> = demo().demo.users.iter().map(|user| user.tenants.len()).collect();
    assert_eq!(places, [2, 1]);
}

#[test]
fn the_demo_realm_has_each_kind_of_client_with_both_loopback_redirects() {
    let realm = demo();
    for (kind, method) in [
        (ClientKind::Web, TokenEndpointAuthMethod::ClientSecretBasic),
        (ClientKind::Native, TokenEndpointAuthMethod::None),
        (ClientKind::Machine, TokenEndpointAuthMethod::ClientSecretBasic),
    ] {
        let client = realm.demo.clients.iter().find(|client| client.kind == kind).unwrap();
        assert_eq!(client.auth_method, method);
        assert_eq!(
            client.redirect_uris,
            ["http://localhost:3000/callback", "http://127.0.0.1:3000/callback"]
        );
        assert!(!client.default_scopes.is_empty());
    }
    assert!(realm.demo.clients.iter().any(|client| !client.resources.is_empty()));
}

#[test]
fn every_demo_role_and_client_permits_every_permission_of_the_platform() {
    let realm = demo();
    let everything = realm
        .realm
        .catalogue
        .permissions()
        .iter()
        .map(|permission| &*permission.name)
        .collect();
    for role in realm.realm.roles.values() {
        let is_platforms = |client: &&DemoClient| client.scopes.covers("*");
        for client in realm.demo.clients.iter().filter(is_platforms) {
            let bounds = Bounds {
                catalogue: &realm.realm.catalogue,
                client: &client.scopes,
                role: Some(role),
                excess: ExcessScope::Refuse,
            };
            assert_eq!(
                bounds.grant(&everything).unwrap(),
                everything,
                "{} {role:?}",
                client.name
            );
            assert!(bounds.grant(&client.default_scopes).is_ok());
        }
    }
}

#[test]
fn the_demo_realm_shows_every_risk() {
    let realm = demo();
    for risk in [Risk::Read, Risk::Change, Risk::Delete, Risk::Money, Risk::Admin] {
        assert!(
            realm
                .realm
                .catalogue
                .permissions()
                .iter()
                .any(|permission| permission.risk == risk)
        );
    }
}

#[test]
fn the_embedded_realm_is_the_example_file() {
    let file = std::fs::read_to_string(Path::new(EXAMPLES).join("realms/demo.toml")).unwrap();
    assert_eq!(file, DEMO_REALM);
}
