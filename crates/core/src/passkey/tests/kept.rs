//! What becomes of the passkeys of a user: added, named, used, removed.

use super::Authenticator;
use crate::admin::Actor;
use crate::admin::deed::Deed;
use crate::change::{Change, Guard, Write};
use crate::fixture::{NOW, deed, realm, user};
use crate::passkey::kept::{self, MOST, Problem};
use crate::passkey::*;
use crate::record::{Factors, UserRecord};
use crate::single_use::SingleUse;
use grantd_protocol::entropy::counted::Counted;

/// What `work` makes for the user themselves.
fn with_deed<T>(work: impl FnOnce(&Deed<'_>) -> T) -> T {
    let (realm, entropy) = (realm(), Counted::default());
    let actor = Actor::oneself(&user().id);
    work(&deed(&realm, &actor, &entropy))
}

fn named(id: &str) -> Passkey {
    Passkey {
        id: id.into(),
        ..Authenticator::new().passkey()
    }
}

fn with(ids: &[&str]) -> UserRecord {
    let passkeys = ids.iter().map(|id| named(id)).collect();
    user().with_factors(Factors {
        passkeys,
        ..Factors::default()
    })
}

/// The user that a change leaves, which must be guarded by the version of `before`.
fn left_by(change: &Change, before: &UserRecord) -> UserRecord {
    let Some(Guard::UserAt { version, .. } | Guard::UserRowAt { version, .. }) = change.guards.first() else {
        panic!("{:?}", change.guards)
    };
    assert_eq!(*version, before.version);
    assert!(change.writes.iter().any(|write| matches!(write, Write::Audit(_))));
    match change.writes.first() {
        Some(Write::UpdateUser(after)) => UserRecord::clone(after),
        other => panic!("{other:?}"),
    }
}

fn ids(user: &UserRecord) -> Vec<&str> {
    user.passkeys().iter().map(|passkey| passkey.id.as_str()).collect()
}

#[test]
fn adding_one_spends_its_challenge_and_keeps_the_rest() {
    let challenge = SingleUse::passkey("main", "Y2hhbGxlbmdl", NOW);
    let before = with(&["a"]);
    let change = with_deed(|deed| kept::add(&before, named("b"), &challenge, deed)).unwrap();
    assert_eq!(ids(&left_by(&change, &before)), ["a", "b"]);
    assert!(change.guards.contains(&challenge.guard()));
    assert!(
        change
            .writes
            .iter()
            .any(|write| matches!(write, Write::Remember { .. }))
    );
    let again = with_deed(|deed| kept::add(&before, named("a"), &challenge, deed));
    assert_eq!(again.err(), Some(Problem::Known));
    let full: Vec<String> = (0..MOST).map(|number| number.to_string()).collect();
    let full = with(&full.iter().map(String::as_str).collect::<Vec<_>>());
    let one_more = with_deed(|deed| kept::add(&full, named("b"), &challenge, deed));
    assert_eq!(one_more.err(), Some(Problem::Many));
}

#[test]
fn the_last_way_in_cannot_be_removed_by_its_owner() {
    let remove = |user: &UserRecord, id: &str| with_deed(|deed| kept::remove(user, id, &[], deed));
    let two = with(&["a", "b"]);
    assert!(two.password_hash.is_none());
    let one = left_by(&remove(&two, "a").unwrap(), &two);
    assert_eq!(ids(&one), ["b"]);
    assert_eq!(remove(&one, "b").err(), Some(Problem::LastWayIn));
    assert_eq!(remove(&one, "a").err(), Some(Problem::Unknown));
    let with_password = UserRecord {
        password_hash: Some("hash".into()),
        ..one
    };
    let none = left_by(&remove(&with_password, "b").unwrap(), &with_password);
    assert!(none.factors.is_none());
}

#[test]
fn a_name_is_a_short_line_that_people_can_read() {
    assert_eq!(kept::read_name("  Phone \u{1f511} ").as_deref(), Ok("Phone \u{1f511}"));
    let long = "a".repeat(kept::MAX_NAME + 1);
    for bad in ["", "  ", "a\nb", "a\u{202e}b", "a\u{200b}b", &long] {
        assert_eq!(kept::read_name(bad), Err(Problem::Name), "{bad:?}");
    }
    let before = with(&["a"]);
    let change = with_deed(|deed| kept::rename(&before, "a", "Phone", deed)).unwrap();
    assert_eq!(left_by(&change, &before).passkeys()[0].name, "Phone");
    assert_eq!(
        with_deed(|deed| kept::rename(&before, "b", "x", deed)).err(),
        Some(Problem::Unknown)
    );
}

#[test]
fn a_login_keeps_the_counter_and_the_second_step() {
    let before = with(&["a"]);
    let after = kept::used(&before, "a", 9, NOW);
    assert_eq!((after.version, after.passkeys()[0].counter), (before.version + 1, 9));
    assert_eq!(after.passkeys()[0].used_at, Some(NOW));
    // Taking the second step away leaves the passkeys, and the other way round.
    let change = with_deed(|deed| crate::second_factor::take_away(&after, deed));
    assert_eq!(ids(&left_by(&change, &after)), ["a"]);
}

#[test]
fn an_operator_takes_all_of_them_and_what_was_begun_with_them() {
    let before = with(&["a", "b"]);
    let edit = with_deed(|deed| kept::remove_all(&before, &[], deed)).unwrap();
    assert!(left_by(&edit.change, &before).passkeys().is_empty());
    assert!(
        edit.change
            .writes
            .iter()
            .any(|write| matches!(write, Write::EndUser { .. }))
    );
}
