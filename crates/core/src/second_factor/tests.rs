use super::*;
use crate::admin::Actor;
use crate::admin::actor::actor;
use crate::change::Guard;
use crate::fixture::{NOW, deed, realm, realm_with, scopes, user};
use grantd_protocol::entropy::counted::Counted;

const SECRET: &[u8] = b"12345678901234567890";

fn key() -> HmacKey {
    HmacKey::new(&[7; 32])
}

/// What `work` makes for the user themselves.
fn with_deed<T>(work: impl FnOnce(&Deed<'_>) -> T) -> T {
    let (realm, entropy) = (realm(), Counted::default());
    let actor = Actor::oneself(&user().id);
    work(&deed(&realm, &actor, &entropy))
}

/// The user that a change leaves, which must be guarded by the version of the one before.
fn left_by(change: &Change) -> UserRecord {
    assert!(matches!(change.guards.as_slice(), [Guard::UserAt { version, .. }] if *version == user().version));
    match change.writes.first() {
        Some(Write::UpdateUser(after)) => UserRecord::clone(after),
        other => panic!("{other:?}"),
    }
}

/// A user with an app, and their recovery codes.
fn enrolled() -> (UserRecord, Vec<String>) {
    let codes = draw_recovery_codes(&Counted::default());
    let change = with_deed(|deed| set_up(&user(), "sealed".into(), 5, &codes, &key(), deed));
    (left_by(&change), codes)
}

fn step() -> u64 {
    u64::try_from(NOW.secs()).unwrap() / 30
}

fn proved(user: &UserRecord, typed: &str) -> Option<(UserRecord, Proof)> {
    with_deed(|deed| prove(user, Some(SECRET), typed, &key(), deed))
}

#[test]
fn a_code_of_the_app_is_good_once() {
    let (user, _) = enrolled();
    let code = totp::code(SECRET, step());
    let (after, proof) = proved(&user, &code).unwrap();
    assert_eq!(proof, Proof::App);
    assert_eq!(after.version, user.version + 1);
    assert!(proved(&after, &code).is_none());
    assert!(proved(&after, &totp::code(SECRET, step() + 1)).is_some());
    assert_eq!(after.factors.unwrap().recovery.len(), RECOVERY_CODES);
}

#[test]
fn a_recovery_code_is_good_once_however_it_is_typed() {
    let (user, codes) = enrolled();
    let typed = format!(" {} ", shown(&codes[3]).to_uppercase());
    let (after, proof) = proved(&user, &typed).unwrap();
    assert_eq!(proof, Proof::RecoveryCode);
    assert!(proved(&after, &typed).is_none());
    assert!(proved(&after, &codes[4]).is_some());
    // It is the user's own, and the server's own.
    let other = UserRecord {
        id: "eve".into(),
        ..user.clone()
    };
    assert!(proved(&other, &codes[4]).is_none());
    assert!(with_deed(|deed| prove(&user, None, &codes[4], &HmacKey::new(&[8; 32]), deed)).is_none());
}

#[test]
fn what_is_kept_of_recovery_codes_shows_none_of_them() {
    let (user, codes) = enrolled();
    let kept = serde_json::to_string(&user).unwrap();
    assert!(
        codes
            .iter()
            .all(|code| code.len() == 12 && !kept.contains(code.as_str()))
    );
    let mut different = codes.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), RECOVERY_CODES);
}

#[test]
fn new_recovery_codes_make_those_of_before_worthless() {
    let (before, codes) = enrolled();
    let fresh = vec!["abcdefghjkmn".to_owned()];
    let change = with_deed(|deed| new_recovery_codes(&before, &fresh, &key(), deed));
    let Some(Write::UpdateUser(after)) = change.writes.first() else {
        panic!()
    };
    assert!(proved(after, &codes[0]).is_none());
    assert!(proved(after, &fresh[0]).is_some());
}

#[test]
fn without_a_second_factor_nothing_proves_it() {
    assert!(proved(&user(), &totp::code(SECRET, step())).is_none());
    let (user, _) = enrolled();
    let Some(Write::UpdateUser(after)) = with_deed(|deed| take_away(&user, deed)).writes.into_iter().next() else {
        panic!()
    };
    assert!(after.factors.is_none());
    for hostile in ["", "000000", "------------", &"a".repeat(5000), "\u{130}bcdefghjkmn"] {
        assert!(proved(&user, hostile).is_none(), "{hostile}");
    }
}

#[test]
fn a_lost_second_step_is_taken_away_by_who_may_do_what_the_user_may() {
    let (user, _) = enrolled();
    let realm = realm_with(|realm| {
        realm
            .operators
            .insert(UserRecord::key_of(&user.username), scopes("grantd:*").into());
    });
    let tried = |by: &[&str]| {
        let (actor, entropy) = (actor(None, by), Counted::default());
        reset(&user, &[], &deed(&realm, &actor, &entropy)).map(|edit| edit.change)
    };
    assert!(matches!(tried(&["grantd:users:*"]), Err(Refused::Beyond(_))));
    let change = tried(&["grantd:*"]).unwrap();
    assert!(matches!(change.guards.as_slice(), [Guard::UserRowAt { version, .. }] if *version == user.version));
    let [Write::UpdateUser(after), Write::EndUser { .. }, Write::Audit(line)] = &*change.writes else {
        panic!("{:?}", change.writes);
    };
    assert_eq!((after.factors.is_none(), after.version), (true, user.version + 1));
    assert_eq!(line.action, "user.two_step_reset");
}
