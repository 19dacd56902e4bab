//! Dialects in a realm's file.

use crate::config::{Case, RealmConfig, Separator, parse_realm};
use std::path::Path;

fn read(text: &str) -> Result<RealmConfig, String> {
    let text = format!("name = 'pay'\ndisplay_name = 'Pay'\nissuer = 'https://pay.example'\n{text}");
    parse_realm(Path::new("realm.toml"), &text).map_err(|problems| problems.to_string())
}

#[test]
fn a_realm_without_dialects_has_the_standard_form_alone() {
    let realm = read("").unwrap();
    assert!(realm.dialects.is_empty() && realm.dialects.of_realm().is_none());
}

#[test]
fn every_option_of_a_dialect_is_off_unless_it_is_written() {
    let realm = read("dialect = 'd'\n[dialects.d]\njson_bodies = true\n").unwrap();
    let dialect = realm.dialects.of_realm().unwrap();
    assert_eq!((dialect.parameters, dialect.replies), (Case::Snake, Case::Snake));
    assert_eq!(dialect.scope_separator, Separator::Space);
    assert!(!dialect.infer_grant_type && !dialect.refresh_token_expires_in && dialect.scope_in_replies);
    assert!(realm.loosenings.is_empty());
}

#[test]
fn what_a_dialect_loosens_is_reported_by_its_key() {
    let realm = read("[dialects.d]\njson_bodies = true\ninfer_grant_type = true\nscope_in_replies = false\n").unwrap();
    let keys: Vec<&str> = realm.loosenings.iter().map(|loosening| &*loosening.key).collect();
    assert_eq!(keys, ["dialects.d.infer_grant_type", "dialects.d.scope_in_replies"]);
}

#[test]
fn a_dialect_that_nothing_tells_from_the_standard_is_a_mistake() {
    let error = read("[dialects.d]\nreplies = 'camelCase'\n").unwrap_err();
    assert!(error.contains("nothing tells this dialect's requests"), "{error}");
}

#[test]
fn the_realms_dialect_and_a_clients_must_be_there() {
    let error = read("dialect = 'paymnets'\n[dialects.payments]\njson_bodies = true\n").unwrap_err();
    assert!(
        error.contains("is not one of [dialects]") && error.contains("payments"),
        "{error}"
    );
    let client = |dialect: &str| {
        read(&format!(
            "[dialects.d]\njson_bodies = true\n[[demo.clients]]\nname = 'A'\nkind = 'machine'\ndialect = '{dialect}'\n"
        ))
    };
    assert!(client("e").unwrap_err().contains("is not one of [dialects]"));
    assert_eq!(
        client("standard").unwrap().demo.clients[0].dialect.as_deref(),
        Some("standard")
    );
    assert_eq!(client("d").unwrap().demo.clients[0].dialect.as_deref(), Some("d"));
}

#[test]
fn the_standard_form_is_no_dialects_name() {
    let error = read("[dialects.standard]\njson_bodies = true\n").unwrap_err();
    assert!(error.contains("cannot be the name of a dialect"), "{error}");
}

#[test]
fn a_permission_with_a_comma_cannot_stand_in_a_list_with_commas() {
    let error = read(
        "[dialects.d]\njson_bodies = true\nscope_separator = 'comma'\n\
         [[permissions]]\nname = 'a,b'\ndescription = 'A and b'\nrisk = 'read'\n",
    )
    .unwrap_err();
    assert!(error.contains("has a comma in its name"), "{error}");
}
