//! Roles of the database in a realm that is served, through changes and reloads.

use super::*;
use crate::app::stage::{Stage, scopes};
use crate::config::parse_realm;
use grantd_core::change::Write;
use grantd_core::realm::Realm;
use grantd_protocol::ScopeSet;

#[tokio::test]
async fn a_role_counts_once_it_was_taken_over_and_no_longer_when_it_is_gone() {
    let stage = Stage::with(|_| ()).await;
    stage.put_role("desk", "invoices:read").await;
    stage.app.take_roles().await.unwrap();
    assert_eq!(stage.realm().role("desk"), scopes("invoices:read"));
    stage.put_role("desk", "customers:read").await;
    stage.app.take_roles().await.unwrap();
    assert_eq!(stage.realm().role("desk"), scopes("customers:read"));
    let gone = Write::DeleteRole {
        realm: Arc::clone(&stage.realm().name),
        name: "desk".into(),
    };
    stage.write(vec![gone]).await;
    stage.app.take_roles().await.unwrap();
    assert_eq!(stage.realm().role("desk"), ScopeSet::empty());
}

#[tokio::test]
async fn the_realm_keeps_its_keys_and_what_changes_nothing_is_not_served_anew() {
    let stage = Stage::with(|_| ()).await;
    let before = stage.app.serving();
    stage.app.take_roles().await.unwrap();
    assert!(Arc::ptr_eq(&before, &stage.app.serving()));
    stage.put_role("desk", "invoices:read").await;
    stage.app.take_roles().await.unwrap();
    let after = stage.app.serving();
    assert!(Arc::ptr_eq(&before.realms[0].ring, &after.realms[0].ring));
}

#[tokio::test]
async fn a_reload_takes_the_roles_along_and_where_the_file_has_the_name_it_counts() {
    let stage = Stage::with(|_| ()).await;
    stage.put_role("desk", "*").await;
    let declare = |realm: &mut Realm| drop(realm.roles.insert("desk".into(), scopes("invoices:read")));
    stage.reload(declare).await;
    let realm = stage.realm();
    assert_eq!(realm.role("desk"), scopes("invoices:read"));
    assert!(realm.stored_roles.hidden.contains("desk") && realm.is_role_of_file("desk"));
    stage.reload(|_| ()).await;
    assert_eq!(stage.realm().role("desk"), scopes("*"));
    assert!(stage.realm().stored_roles.counting.contains("desk"));
}

#[tokio::test]
async fn the_first_role_that_makes_administrators_brings_the_consoles_addresses() {
    let without = |realm: &mut Realm| {
        realm.operators.clear();
        realm.roles.clear();
    };
    let stage = Stage::with(without).await;
    let has_console = || {
        let serving = stage.app.serving();
        let authority = serving.realms[0]
            .config
            .realm
            .issuer
            .split("//")
            .nth(1)
            .unwrap()
            .to_owned();
        serving.router.find(&authority, "/console").is_ok()
    };
    assert!(!has_console());
    stage.put_role("administrator", "grantd:members:*").await;
    stage.app.take_roles().await.unwrap();
    assert!(has_console());
}

/// Nobody runs this realm and no role of its file makes administrators, so that it has no console; userinfo has the address.
const TAKEN: &str = "
name = 'taken'
display_name = 'Taken'
issuer = 'https://id.example'
[endpoints]
userinfo = '/console'
[tenants]
enabled = true
";

#[tokio::test]
async fn a_role_that_would_bring_a_taken_address_counts_and_addresses_stay_also_at_a_start() {
    let realm = Arc::new(parse_realm(std::path::Path::new("realm.toml"), TAKEN).unwrap());
    let stage = Stage::of(Arc::clone(&realm)).await;
    let is_as_the_file_has_it = || {
        let router = Arc::clone(&stage.app.serving().router);
        let taken = router
            .find("id.example", "/console")
            .is_ok_and(|route| !route.place.is_page());
        taken && router.find("id.example", "/console/users").is_err()
    };
    assert!(is_as_the_file_has_it());
    stage.put_role("administrator", "grantd:members:*").await;
    stage.app.take_roles().await.unwrap();
    assert_eq!(stage.realm().role("administrator"), scopes("grantd:members:*"));
    assert!(is_as_the_file_has_it());
    stage.begin_again(realm).await;
    assert_eq!(stage.realm().role("administrator"), scopes("grantd:members:*"));
    assert!(is_as_the_file_has_it());
}
