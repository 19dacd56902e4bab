//! What realms start with, and what profiles admit.

use super::{NewClientPermissions, Profile};
use crate::fixture::realm_with;
use grantd_jose::Algorithm;
use std::collections::BTreeSet;

#[test]
fn fapi_admits_ps256_es256_and_eddsa_and_nothing_else() {
    let admitted = Algorithm::ALL.iter().filter(|one| Profile::Fapi2.admits(**one));
    let names: BTreeSet<&str> = admitted.map(|one| one.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["ES256", "EdDSA", "PS256"]));
    assert!(Algorithm::ALL.iter().all(|one| Profile::None.admits(*one)));
}

#[test]
fn a_new_client_starts_with_nothing_unless_the_realm_says_everything() {
    let none = realm_with(|_| {});
    assert!(none.starting_permissions().is_empty());
    let all = realm_with(|realm| realm.new_client_permissions = NewClientPermissions::All);
    let names: Vec<&str> = all
        .catalogue
        .permissions()
        .iter()
        .map(|permission| &*permission.name)
        .collect();
    assert_eq!(all.starting_permissions().iter().collect::<Vec<_>>(), names);
    assert!(!names.is_empty());
}
