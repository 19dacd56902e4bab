use super::*;
use crate::admin::Actor;
use crate::fixture::{NOW, SESSION, deed, grant_with, realm, scopes, session, user};
use crate::record::AuditRecord;
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::id::SessionId;

/// The change that `work` makes for the user themselves, and its line in the audit log.
fn done(work: impl FnOnce(&Deed<'_>) -> Change) -> (Change, AuditRecord) {
    let (realm, entropy) = (realm(), Counted::default());
    let actor = Actor::oneself(&user().id);
    let change = work(&deed(&realm, &actor, &entropy));
    let lines = change.writes.iter().filter_map(|write| match write {
        Write::Audit(line) => Some(AuditRecord::clone(line)),
        _ => None,
    });
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 1);
    (change, lines.into_iter().next().unwrap())
}

#[test]
fn what_was_shown_and_is_not_ticked_is_taken_away_and_nothing_else() {
    let grant = grant_with(|grant| grant.scope = scopes("openid orders:read orders:* later"));
    let shown = scopes("openid orders:read orders:*");
    let left = |ticked| left_of(&grant, &shown, &scopes(ticked));
    // A pattern that stays does not keep what it covers, nor the other way round: both were lines with a box.
    assert_eq!(left("openid orders:*"), scopes("openid orders:* later"));
    assert_eq!(left(""), scopes("later"));
    assert_eq!(left("openid orders:read orders:*"), grant.scope);
    // Nobody adds anything.
    assert_eq!(left("openid orders:read orders:* payments:write"), grant.scope);
}

#[test]
fn a_new_password_is_long_enough_new_and_typed_twice() {
    let user = user();
    let check = |old, new: &str, again: &str| check_password(&user, old, new, again);
    assert_eq!(
        check(Some("old one"), "seven.7", "seven.7"),
        Err(PasswordProblem::Short)
    );
    assert_eq!(check(None, "eight..8", "eight..8"), Ok(()));
    let long = "x".repeat(MAX_PASSWORD);
    assert_eq!(check(None, &long, &long), Ok(()));
    assert_eq!(check(None, &format!("{long}x"), ""), Err(PasswordProblem::Long));
    let accented = "\u{e9}".repeat(MAX_PASSWORD / 2 + 1);
    assert_eq!(check(None, &accented, &accented), Err(PasswordProblem::Long));
    assert_eq!(
        check(Some("the old one"), "the old one", "the old one"),
        Err(PasswordProblem::Known)
    );
    let named = UserRecord {
        username: "Ada@Example".into(),
        ..user.clone()
    };
    assert_eq!(
        check_password(&named, None, " ada@example", ""),
        Err(PasswordProblem::Known)
    );
    assert_eq!(
        check(Some("the old one"), "the new one", "the new on"),
        Err(PasswordProblem::Differ)
    );
}

#[test]
fn a_changed_password_ends_everything_but_the_browser_it_was_changed_in() {
    let fresh = SessionRecord {
        id: SessionId::from_bytes([9; 16]),
        created_at: NOW,
        ..session()
    };
    let (change, line) = done(|deed| change_password(&user(), "hash".into(), &session(), fresh, deed));
    assert!(change.guards.contains(&Guard::SessionLive(SESSION)));
    assert!(matches!(change.guards.as_slice(), [Guard::UserAt { version, .. }, _] if *version == user().version));
    let [
        Write::UpdateUser(after),
        Write::EndUser { .. },
        Write::InsertSession(session),
        ..,
    ] = &*change.writes
    else {
        panic!("{:?}", change.writes);
    };
    assert_eq!(after.password_hash.as_deref(), Some("hash"));
    assert_eq!(after.version, user().version + 1);
    // Made at the very instant of the change, it still counts.
    assert!(after.password_changed_at <= session.created_at);
    assert_eq!(line.actor, format!("user:{}", user().id));
    assert_eq!(line.action, "user.password_changed");
}

#[test]
fn a_reset_password_ends_everything_and_needs_the_user_that_was_looked_at() {
    let (change, line) = done(|deed| reset_password(&user(), "hash".into(), deed));
    assert!(matches!(change.guards.as_slice(), [Guard::UserAt { version, .. }] if *version == user().version));
    let [Write::UpdateUser(after), Write::EndUser { .. }, ..] = &*change.writes else {
        panic!("{:?}", change.writes);
    };
    assert_eq!(
        (after.password_hash.as_deref(), after.password_changed_at),
        (Some("hash"), NOW)
    );
    assert_eq!(line.action, "user.password_reset");
}

#[test]
fn letters_go_to_an_address_that_is_the_users_own() {
    let with = |username: &str, claims: serde_json::Value| {
        let user = UserRecord {
            username: username.into(),
            claims: claims.as_object().cloned().unwrap(),
            ..user()
        };
        mail_address(&user).map(str::to_owned)
    };
    assert_eq!(
        with("ada", json!({"email": "a@x.example"})).as_deref(),
        Some("a@x.example")
    );
    assert_eq!(
        with("ada", json!({"email": "a@x.example", "email_verified": false})),
        None
    );
    let own = with(
        "ada@y.example",
        json!({"email": "a@x.example", "email_verified": false}),
    );
    assert_eq!(own.as_deref(), Some("ada@y.example"));
    assert_eq!(with("ada", json!({})), None);
    assert_eq!(with("ada", json!({"email": 7})), None);
    assert_eq!(with("@", json!({})), None);
}

#[test]
fn users_end_their_sessions_under_their_own_name() {
    let (change, line) = done(|deed| end_session(&session(), deed));
    assert!(matches!(change.writes.first(), Some(Write::EndSession { id, .. }) if *id == SESSION));
    assert_eq!(line.actor, format!("user:{}", user().id));
}

#[test]
fn being_oneself_opens_nothing_of_the_admin_api() {
    let actor = Actor::oneself(&user().id);
    for permission in ["grantd:users:read", "*", "invoices:read"] {
        assert!(!actor.may(permission), "{permission}");
    }
}

#[test]
fn what_was_done_last_are_the_permissions_of_the_newest_use_and_nothing_where_nobody_saw_it() {
    let used = |permission: Option<&str>, second| UseRecord {
        realm: "main".into(),
        holder: crate::record::Holder::Grant(grant_with(|_| {}).id),
        permission: permission.map(Into::into),
        count: 1,
        first_used_at: NOW,
        last_used_at: NOW.plus(grantd_protocol::Seconds(second)),
    };
    // The same use is in the store and in memory.
    let uses = [
        used(Some("orders:write"), 7),
        used(Some("orders:read"), 7),
        used(Some("orders:read"), 7),
        used(Some("customers:read"), 6),
    ];
    let (at, permissions) = last_done(&uses).unwrap();
    assert_eq!(at, NOW.plus(grantd_protocol::Seconds(7)));
    assert_eq!(permissions, ["orders:read".into(), "orders:write".into()]);
    assert_eq!(last_done(&[]), None);
    assert_eq!(last_done(&[used(None, 9)]), None);
}
