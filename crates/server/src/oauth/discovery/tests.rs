//! What metadata says has a row in `docs/standards.md`, with the tests that show it: no member and no value more, and none less.

use super::*;
use crate::config::{built_in_demo_realm, parse_realm};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const STANDARDS: &str = include_str!("../../../../../docs/standards.md");
const FAPI: &str = include_str!("../../../tests/blackbox/http/fapi.toml");

/// A realm with what the demo realm has not.
const OTHER: &str = r#"
name = "other"
issuer = "https://id.example"
display_name = "Other"
client_auth = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt", "self_signed_tls_client_auth"]
grant_types = ["authorization_code", "refresh_token", "client_credentials", "jwt_bearer"]
default_resource = "https://api.test/"
[mtls]
enabled = true
endpoint_origin = "https://mtls.id.example"
[[resources]]
identifier = "https://api.test/"
name = "The API"
[[permissions]]
name = "things:read"
group = "Things"
description = "See things"
risk = "read"
[[trusted_issuers]]
issuer = "https://idp.corp.example"
jwks = '{"keys":[{"kty":"EC","crv":"P-256","x":"K5bXp7lfxTPVM9hEwUWESR32Hg01z9SJYR-2hNxSEEE","y":"IsEt5yulX2XeiesDWgGHlhYlwra-qoK8-eOyJjJCuB8"}]}'
clients = ["agent"]
resources = ["https://api.test/"]
scopes = ["things:*"]
"#;

/// Members, each with the values that are said of it.
type Said = BTreeMap<String, BTreeSet<String>>;

fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// What the table says.
fn rows() -> Said {
    let (_, section) = STANDARDS.split_once("## What metadata advertises").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells = row.trim_start_matches("| ").split(" |");
        let member = quoted(cells.next().unwrap()).next().unwrap();
        (member, quoted(cells.next().unwrap()).collect())
    })
    .collect()
}

/// What the documents of these realms say, together.
fn said(realms: &[RealmConfig]) -> Said {
    let mut said = Said::new();
    for config in realms {
        let documents = documents(config, &config.realm.issuer);
        let both = [documents.authorization_server, documents.openid_configuration];
        for (member, value) in both.into_iter().flat_map(|document| document.members) {
            let of = said.entry(member).or_default();
            match value {
                Value::Array(values) => of.extend(values.iter().filter_map(Value::as_str).map(str::to_owned)),
                Value::Bool(value) => _ = of.insert(value.to_string()),
                _ => {}
            }
        }
    }
    said
}

fn with(config: RealmConfig, change: impl FnOnce(&mut Realm)) -> RealmConfig {
    let mut realm = Realm::clone(&config.realm);
    change(&mut realm);
    RealmConfig {
        realm: Arc::new(realm),
        ..config
    }
}

#[test]
fn what_metadata_says_has_its_row_among_the_standards_and_each_row_is_said() {
    let other = parse_realm(Path::new("other.toml"), OTHER).unwrap();
    let other = with(other, |realm| {
        // What takes files, or rows of a table, that say nothing here.
        realm.auth_methods.push(TokenEndpointAuthMethod::TlsClientAuth);
        realm.grant_types.push(GrantType::TokenExchange);
    });
    let fapi = parse_realm(Path::new("fapi.toml"), FAPI).unwrap();
    let said = said(&[built_in_demo_realm().unwrap(), other, fapi]);
    let rows = rows();
    assert_eq!(
        said.keys().collect::<Vec<_>>(),
        rows.keys().collect::<Vec<_>>(),
        "the members that are said, and those that have a row"
    );
    let named = rows.iter().filter(|(_, values)| !values.is_empty());
    let differ: Vec<_> = named.filter(|(member, values)| said[*member] != **values).collect();
    let instead: Vec<_> = differ.iter().map(|(member, _)| (member, &said[*member])).collect();
    assert!(differ.is_empty(), "the rows say {differ:?}, the documents {instead:?}");
}

/// Clients take its name there for leave to ask for a refresh token.
#[test]
fn where_nobody_gets_refresh_tokens_offline_access_is_not_advertised() {
    let supported = |config: &RealmConfig| {
        let members = documents(config, &config.realm.issuer).openid_configuration.members;
        members["scopes_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("offline_access"))
    };
    let demo = built_in_demo_realm().unwrap();
    assert!(supported(&demo));
    let without = with(demo, |realm| {
        realm.grant_types.retain(|one| *one != GrantType::RefreshToken);
    });
    assert!(!supported(&without));
}
