//! `[portal]`: who may make applications, and the mistakes that would let in nobody, or let them have too much.

use crate::config::{Problems, parse_realm};
use grantd_core::realm::PortalAccess;
use std::path::Path;

const HEAD: &str = "name = 'acme'\ndisplay_name = 'Acme'\nissuer = 'https://id.example'\n\
    [[permissions]]\nname = 'orders:read'\ndescription = 'See orders'\nrisk = 'read'\n[portal]\n";

fn mistake(rest: &str) -> String {
    match parse_realm(Path::new("realm.toml"), &format!("{HEAD}{rest}")) {
        Ok(_) => panic!("nothing was wrong with\n{rest}"),
        Err(Problems(problems)) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

#[test]
fn there_is_no_portal_unless_the_realm_says_so() {
    let realm = parse_realm(Path::new("realm.toml"), HEAD).unwrap().realm;
    assert!(!realm.portal.is_on() && realm.portal.reviews);
    let text = format!("{HEAD}enabled = true\nwho = 'members'\ntenants = ['acme']\npermissions = ['orders:*']\n");
    let portal = parse_realm(Path::new("realm.toml"), &text)
        .unwrap()
        .realm
        .portal
        .clone();
    assert!(matches!(portal.open_to, PortalAccess::Members(tenants) if tenants.contains("acme")));
    assert!(portal.reviews && !portal.machines && portal.permissions.covers("orders:read"));
}

#[test]
fn a_portal_that_lets_in_nobody_or_permits_nothing_is_a_mistake() {
    let listed = mistake("enabled = true\npermissions = ['orders:read']\n");
    assert!(listed.contains("portal.users: is empty"), "{listed}");
    let nothing = mistake("enabled = true\nwho = 'everyone'\n");
    assert!(nothing.contains("portal.permissions: is empty"), "{nothing}");
    let unknown = mistake("enabled = true\nwho = 'everyone'\npermissions = ['order:read']\n");
    assert!(unknown.contains("order:read"), "{unknown}");
}

#[test]
fn the_servers_own_permissions_are_nothing_for_developers() {
    for own in ["grantd:clients:write", "grantd:*"] {
        let told = mistake(&format!("enabled = true\nwho = 'everyone'\npermissions = ['{own}']\n"));
        assert!(told.contains("not for developers"), "{told}");
    }
}

#[test]
fn machines_that_nobody_looks_at_are_named_as_a_loosening() {
    let text = format!(
        "{HEAD}enabled = true\nwho = 'everyone'\npermissions = ['orders:read']\nreviews = false\nmachines = true\n"
    );
    let config = parse_realm(Path::new("realm.toml"), &text).unwrap();
    assert!(
        config
            .loosenings
            .iter()
            .any(|loosening| loosening.key == "portal.machines")
    );
}
