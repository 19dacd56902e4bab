use super::*;
use crate::admin::Actor;
use crate::admin::actor::actor;
use crate::fixture::{self, scopes};
use grantd_protocol::entropy::counted::Counted;

/// What becomes of a deed by somebody who may manage users and nothing else, where the fixture's user, or `boss`, runs
/// the realm.
fn tried<T>(by: &[&str], then: impl FnOnce(&UserRecord, &Deed<'_>) -> Result<T, Refused>) -> Result<(), Refused> {
    let user = fixture::user();
    let realm = fixture::realm_with(|realm| {
        for name in [&*user.username, "boss"] {
            realm
                .operators
                .insert(UserRecord::key_of(name), scopes("grantd:*").into());
        }
    });
    let (actor, entropy): (Actor, _) = (actor(None, by), Counted::default());
    then(&user, &fixture::deed(&realm, &actor, &entropy)).map(|_| ())
}

fn body(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn made(name: &str, deed: &Deed<'_>) -> Result<Edit<UserRecord>, Refused> {
    create(read(&body(json!({ "username": name })))?, None, deed)
}

#[test]
fn nobody_gets_hold_of_an_operator_who_may_do_more() {
    let less: &[&str] = &["grantd:users:*"];
    let beyond = |result| assert!(matches!(result, Err(Refused::Beyond(_))), "{result:?}");
    beyond(tried(less, |user, deed| set_password(user, String::new(), &[], deed)));
    beyond(tried(less, |_, deed| made(" BOSS ", deed)));
    beyond(tried(less, |user, deed| {
        let mut other = user.clone();
        other.username = "somebody".to_owned();
        update(&other, &body(json!({ "username": "Boss" })), &[], deed)
    }));
}

#[test]
fn nobody_locks_out_lets_in_or_deletes_who_may_do_more() {
    let less: &[&str] = &["grantd:users:*"];
    let beyond = |result| assert!(matches!(result, Err(Refused::Beyond(_))), "{result:?}");
    beyond(tried(less, |user, deed| delete(user, &[], deed)));
    for enabled in [false, true] {
        let switched = |user: &UserRecord, deed: &Deed<'_>| {
            let mut other = user.clone();
            other.enabled = !enabled;
            update(&other, &body(json!({ "enabled": enabled })), &[], deed)
        };
        beyond(tried(less, switched));
        assert_eq!(tried(&["grantd:*"], switched), Ok(()));
    }
    assert_eq!(tried(&["grantd:*"], |user, deed| delete(user, &[], deed)), Ok(()));
}

#[test]
fn a_password_is_as_long_as_the_hash_takes_whatever_it_is_written_in() {
    let read = |text: String| password(&body(json!({ "password": text })));
    // Letters of four bytes: the minimum is counted as people count.
    assert!(read("\u{1f600}".repeat(8)).is_ok());
    assert!(read("\u{1f600}".repeat(7)).is_err());
    assert!(read("\u{1f600}".repeat(MAX_PASSWORD / 4)).is_ok());
    assert!(read("\u{1f600}".repeat(MAX_PASSWORD / 4 + 1)).is_err());
}

#[test]
fn who_holds_as_much_as_an_operator_may_manage_them_and_others_are_anybodys() {
    let all: &[&str] = &["grantd:*"];
    assert_eq!(
        tried(all, |user, deed| set_password(user, String::new(), &[], deed)),
        Ok(())
    );
    assert_eq!(tried(all, |_, deed| made("boss", deed)), Ok(()));
    assert_eq!(tried(&["grantd:users:*"], |_, deed| made("somebody", deed)), Ok(()));
}
