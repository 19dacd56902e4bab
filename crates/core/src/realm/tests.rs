//! What realms start with, and what profiles admit.

use super::{NewClientPermissions, Profile};
use crate::fixture::realm_with;
use grantd_jose::Algorithm;

#[test]
fn fapi_admits_no_signature_of_rsa_with_the_first_padding() {
    let admitted = Algorithm::ALL.iter().filter(|one| Profile::Fapi2.admits(**one));
    assert!(admitted.clone().all(|one| !one.as_str().starts_with("RS")));
    assert!(admitted.count() >= 4);
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
