//! The example realms of platforms: each is complete, loosens exactly what its platform needs, and can be tried as the
//! demo realm can.

use super::examples::EXAMPLES;
use crate::config::realm::{ClientKind, DemoClient};
use crate::config::{RealmConfig, load_realm};
use grantd_core::permission::Bounds;
use grantd_core::realm::ExcessScope;
use grantd_protocol::ScopeSet;
use std::path::{Path, PathBuf};

/// Every example and what it loosens.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("billing-mcp", &[]),
    ("crm-permissions", &["new_client_permissions"]),
    (
        "devices-tenants",
        &["dialects.json.infer_grant_type", "gate.routes[1].in_query"],
    ),
    (
        "payments-camelcase",
        &["pkce", "dialects.payments.scope_in_replies", "refresh_token.rotation"],
    ),
    (
        "payments-sandbox",
        &["pkce", "dialects.payments.scope_in_replies", "refresh_token.rotation"],
    ),
    ("projects-jwt", &["pkce", "access_token.typ"]),
];

fn directory() -> PathBuf {
    Path::new(EXAMPLES).join("platforms")
}

fn realm(name: &str) -> RealmConfig {
    load_realm(&directory().join(format!("{name}.toml"))).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn every_example_is_known_here_and_loosens_nothing_else() {
    let mut files: Vec<String> = std::fs::read_dir(directory())
        .unwrap()
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .strip_suffix(".toml")
                .map(str::to_owned)
        })
        .collect();
    files.sort();
    let mut known: Vec<&str> = PLATFORMS.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(files, known);
    for (name, loosenings) in PLATFORMS {
        let realm = realm(name);
        let keys: Vec<&str> = realm.loosenings.iter().map(|loosening| &*loosening.key).collect();
        assert_eq!(keys, *loosenings, "{name}");
    }
}

#[test]
fn every_example_has_two_users_of_whom_one_is_in_two_tenants() {
    for (name, _) in PLATFORMS {
        let users = realm(name).demo.users;
        assert!(users.len() >= 2, "{name}");
        assert!(users.iter().any(|user| user.tenants.len() >= 2), "{name}");
    }
}

#[test]
fn every_example_has_each_kind_of_client_with_both_loopback_redirects() {
    for (name, _) in PLATFORMS {
        for kind in [ClientKind::Web, ClientKind::Native, ClientKind::Machine] {
            let realm = realm(name);
            let client = realm.demo.clients.iter().find(|client| client.kind == kind);
            let client = client.unwrap_or_else(|| panic!("{name}: no {kind:?}"));
            assert_eq!(
                client.redirect_uris,
                ["http://localhost:3000/callback", "http://127.0.0.1:3000/callback"],
                "{name}"
            );
            assert!(!client.default_scopes.is_empty(), "{name}: {kind:?}");
        }
    }
}

#[test]
fn every_role_and_client_of_an_example_permits_every_permission_of_the_platform() {
    for (name, _) in PLATFORMS {
        let realm = realm(name);
        let catalogue = &realm.realm.catalogue;
        let everything: ScopeSet = catalogue
            .permissions()
            .iter()
            .map(|permission| &*permission.name)
            .collect();
        assert!(!everything.is_empty() && !realm.realm.roles.is_empty(), "{name}");
        for role in realm.realm.roles.values() {
            // The operators' own program has permissions of the server's alone.
            let is_platforms = |client: &&DemoClient| client.scopes.iter().any(|scope| !scope.starts_with("grantd:"));
            for client in realm.demo.clients.iter().filter(is_platforms) {
                let bounds = Bounds {
                    catalogue,
                    client: &client.scopes,
                    role: Some(role),
                    excess: ExcessScope::Refuse,
                };
                assert_eq!(
                    bounds.grant(&everything).unwrap(),
                    everything,
                    "{name}: {}",
                    client.name
                );
            }
        }
    }
}

#[test]
fn every_example_lives_on_loopback_origins_that_listen_can_move() {
    for (name, _) in PLATFORMS {
        let realm = realm(name).rewrite_localhost_port(9001);
        for route in realm.endpoints.routes() {
            assert!(
                ["localhost:9001", "127.0.0.1:9001"].contains(&&*route.host),
                "{name}: {}",
                route.host
            );
        }
        assert!(
            realm
                .realm
                .default_resource
                .split(' ')
                .all(|one| !one.contains(":8400")),
            "{name}"
        );
    }
}

/// The payments platform: ids are 19 digits, secrets 32 letters and digits.
#[test]
fn ids_and_secrets_of_the_payments_platform_have_its_shape() {
    for name in ["payments-camelcase", "payments-sandbox"] {
        for client in realm(name).demo.clients {
            let id = client.client_id.unwrap();
            assert!(id.len() == 19 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
            if let Some(secret) = client.client_secret {
                let secret = secret.expose();
                assert!(secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            }
        }
    }
}

#[test]
fn the_crms_catalogue_has_more_permissions_than_a_header_holds() {
    let realm = realm("crm-permissions");
    assert!(realm.realm.catalogue.permissions().len() >= 250);
    assert_eq!(
        realm.realm.starting_permissions().iter().count(),
        realm.realm.catalogue.permissions().len()
    );
}
