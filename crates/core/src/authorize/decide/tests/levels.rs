//! Step-up: when the level of a login is looked at, and what becomes of a request whose wish cannot be met.

use super::*;
use crate::fixture::{realm, with_levels};
use crate::realm::Realm;

/// Password, and password with a second factor; `card` is one that nobody can log in by.
fn levels(realm: &mut Realm) {
    realm.openid = with_levels(&[("password", &["pwd"]), ("two", &["pwd", "otp"]), ("card", &["hwk"])]);
}

fn asking(sent: &[(&str, &str)]) -> Screen {
    let mut screen = remembered();
    screen.realm = realm();
    levels(&mut screen.realm);
    screen.request = request(sent);
    screen
}

fn essential(level: &str) -> String {
    format!(r#"{{"id_token":{{"acr":{{"essential":true,"value":"{level}"}}}}}}"#)
}

fn logged_in_by(screen: &mut Screen, methods: &[&str]) {
    session_of(screen).authentication.amr = methods.iter().map(|method| (*method).to_owned()).collect();
}

#[test]
fn a_login_that_is_strong_enough_needs_no_other() {
    let mut screen = asking(&[("acr_values", "two")]);
    logged_in_by(&mut screen, &["pwd", "otp"]);
    let change = approved(screen.next());
    let [Write::InsertCode(code)] = change.writes.as_slice() else {
        panic!("{:?}", change.writes);
    };
    assert_eq!(code.delegation.authentication.acr.as_deref(), Some("two"));
}

#[test]
fn a_login_that_is_too_weak_is_asked_for_again() {
    assert!(asks_for_login(&asking(&[("acr_values", "two")]).next()));
    assert!(asks_for_login(&asking(&[("claims", &essential("two"))]).next()));
}

#[test]
fn a_wish_that_the_new_login_does_not_meet_goes_unheard_unless_it_is_essential() {
    let mut wish = asking(&[("acr_values", "two")]);
    wish.facts.login_asked_at = Some(after(-100));
    let change = approved(wish.next());
    let [Write::InsertCode(code)] = change.writes.as_slice() else {
        panic!("{:?}", change.writes);
    };
    assert_eq!(code.delegation.authentication.acr.as_deref(), Some("password"));
    let mut must = asking(&[("claims", &essential("two"))]);
    must.facts.login_asked_at = Some(after(-100));
    assert_eq!(refusal(must.next()), ErrorCode::UnmetAuthenticationRequirements);
}

#[test]
fn an_essential_level_that_nobody_can_reach_is_refused_before_any_login() {
    for level in ["card", "unheard-of"] {
        let mut screen = asking(&[("claims", &essential(level))]);
        assert_eq!(refusal(screen.next()), ErrorCode::UnmetAuthenticationRequirements);
        screen.facts.session = None;
        assert_eq!(refusal(screen.next()), ErrorCode::UnmetAuthenticationRequirements);
        approved(asking(&[("acr_values", level)]).next());
    }
}

#[test]
fn without_a_page_an_essential_level_is_refused_and_a_wish_goes_unheard() {
    let silent = |sent: (&str, &str)| asking(&[sent, ("prompt", "none")]);
    let must = silent(("claims", &essential("two")));
    assert_eq!(refusal(must.next()), ErrorCode::UnmetAuthenticationRequirements);
    approved(silent(("acr_values", "two")).next());
    let mut nobody = silent(("claims", &essential("two")));
    nobody.facts.session = None;
    assert_eq!(refusal(nobody.next()), ErrorCode::LoginRequired);
}

#[test]
fn a_request_for_a_certain_user_is_not_answered_for_another() {
    let claims = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    approved(asking(&[("claims", &claims("ada"))]).next());
    assert!(asks_for_login(&asking(&[("claims", &claims("eve"))]).next()));
    let silent = asking(&[("claims", &claims("eve")), ("prompt", "none")]);
    assert_eq!(refusal(silent.next()), ErrorCode::LoginRequired);
}
