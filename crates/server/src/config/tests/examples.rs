//! The files that operators start from.

use crate::config::{Endpoint, built_in_demo_realm};

#[test]
fn the_built_in_demo_realm_is_valid_and_loosens_nothing() {
    let realm = built_in_demo_realm().unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(realm.endpoints.url(Endpoint::Token), "http://localhost:8400/token");
    assert!(realm.loosenings.is_empty());
}
