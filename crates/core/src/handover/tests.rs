//! What the platform's app is told, and what it may answer.

use super::consent::{ConsentGiven, ConsentQuestion, accept};
use super::login::{Accepted, LoginAnswer, LoginQuestion};
use super::*;
use crate::admin::Actor;
use crate::admin::actor::actor;
use crate::authorize::Next;
use crate::authorize::consent::allow;
use crate::details::AuthorizationDetails;
use crate::fixture::authorization::{Screen, request};
use crate::fixture::{
    self, ISSUER, NOW, USER, after, client_with, membership, payment, realm_with, scopes, user, with_levels,
};
use crate::realm::Realm;
use crate::record::UserRecord;
use grantd_protocol::entropy::counted::Counted;

mod consent;

fn handed(back: Back) -> Handed {
    Handed::new(&ISSUER.into(), "browser".to_owned(), back, NOW, &Counted::default())
}

fn question(sent: &[(&str, &str)]) -> LoginQuestion {
    LoginQuestion::of_request(handed(Back::Request("q".to_owned())), &request(sent))
}

fn body(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn read(realm: &Realm, question: &LoginQuestion, value: Value) -> Result<Accepted, Refused> {
    Accepted::read(&body(value), question, realm, after(10))
}

/// What becomes of an answer by somebody with these permissions, about this user.
fn decided(
    by: &[&str],
    realm: &Realm,
    value: Value,
    found: Option<&UserRecord>,
) -> Result<Edit<Verdict<LoginAnswer>>, Refused> {
    let (actor, entropy): (Actor, _) = (actor(None, by), Counted::default());
    let question = question(&[]);
    read(realm, &question, value)?.decide(&question, found, &fixture::deed(realm, &actor, &entropy))
}

fn pointers(refused: &Refused) -> Vec<&str> {
    match refused {
        Refused::Invalid(wrong) => wrong.iter().map(|wrong| &*wrong.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

const ANSWERS: &[&str] = &["grantd:interaction:write"];

#[test]
fn the_app_is_told_everything_that_the_request_says_about_the_login() {
    let sent = [
        ("prompt", "login"),
        ("max_age", "60"),
        ("acr_values", "two one"),
        ("login_hint", "ada"),
        ("ui_locales", "de"),
    ];
    let view = question(&sent).view();
    assert_eq!(view["client"]["client_id"], "webapp");
    assert_eq!(view["scopes"], json!(["openid", "invoices:read"]));
    assert_eq!((&view["prompt"], &view["max_age"]), (&json!(["login"]), &json!(60)));
    assert_eq!(view["acr_values"], json!(["two", "one"]));
    assert_eq!(
        (&view["login_hint"], &view["ui_locales"]),
        (&json!("ada"), &json!("de"))
    );
    assert_eq!(
        (&view["fresh_login"], &view["for"]),
        (&json!(true), &json!("authorization"))
    );
    assert!(
        !view.to_string().contains("browser"),
        "what it is bound to is the browser's secret"
    );
}

#[test]
fn a_question_can_be_answered_for_an_hour_and_an_answer_used_for_ten_minutes() {
    let handed = handed(Back::Page("account".to_owned()));
    assert!(handed.is_open(NOW) && handed.is_open(after(3599)));
    assert!(!handed.is_open(after(3600)) && !handed.is_open(after(-61)));
    let given = Verdict::<LoginAnswer> {
        handed,
        answer: Err(Rejection::read(&Map::new()).unwrap()),
        given_at: NOW,
    };
    assert!(given.is_fresh(after(599)) && !given.is_fresh(after(600)) && !given.is_fresh(after(-61)));
}

#[test]
fn an_answer_is_given_once_and_used_once_and_the_two_are_different_things() {
    let edit = decided(ANSWERS, &fixture::realm(), json!({ "subject": USER }), Some(&user())).unwrap();
    let answered = edit.after.handed.answered("main");
    assert!(edit.change.guards.contains(&answered.guard()));
    assert_ne!(answered.guard(), edit.after.used("main").guard());
    assert_ne!(answered.guard(), edit.after.handed.answered("other").guard());
}

#[test]
fn a_login_of_before_counts_only_where_the_request_lets_it() {
    let realm = fixture::realm();
    let at = |offset: i64| json!({ "subject": USER, "auth_time": after(offset).secs() });
    let tried = |sent: &[(&str, &str)], offset| read(&realm, &question(sent), at(offset)).map(|_| ());
    assert_eq!(tried(&[], -100_000), Ok(()));
    assert_eq!(tried(&[("max_age", "60")], -60), Ok(()));
    assert_eq!(pointers(&tried(&[("max_age", "60")], -61).unwrap_err()), ["/auth_time"]);
    for fresh in ["login", "select_account"] {
        assert_eq!(tried(&[("prompt", fresh)], 0), Ok(()));
        assert_eq!(pointers(&tried(&[("prompt", fresh)], -1).unwrap_err()), ["/auth_time"]);
    }
    assert_eq!(pointers(&tried(&[], 100).unwrap_err()), ["/auth_time"], "the future");
}

#[test]
fn a_level_must_be_the_realms_and_reached_by_the_methods() {
    let realm = realm_with(|realm| {
        realm.openid = with_levels(&[("password", &["pwd"]), ("two", &["pwd", "otp"])]);
    });
    let tried = |more: Value| {
        let mut value = body(json!({ "subject": USER }));
        value.extend(body(more));
        read(&realm, &question(&[]), Value::Object(value)).map(|_| ())
    };
    assert_eq!(tried(json!({ "acr": "two", "amr": ["otp", "pwd"] })), Ok(()));
    assert_eq!(tried(json!({ "acr": "two" })), Ok(()), "its methods are meant");
    assert_eq!(
        pointers(&tried(json!({ "acr": "two", "amr": ["pwd"] })).unwrap_err()),
        ["/acr"]
    );
    assert_eq!(
        pointers(&tried(json!({ "acr": "two", "amr": [] })).unwrap_err()),
        ["/acr"]
    );
    assert_eq!(pointers(&tried(json!({ "acr": "gold" })).unwrap_err()), ["/acr"]);
    assert_eq!(pointers(&tried(json!({ "amr": ["two words"] })).unwrap_err()), ["/amr"]);
}

#[test]
fn an_old_login_that_does_not_reach_the_wish_is_refused_instead_of_asked_for_ever() {
    let realm = realm_with(|realm| realm.openid = with_levels(&[("password", &["pwd"]), ("two", &["pwd", "otp"])]));
    let tried = |offset: i64| {
        let value = json!({ "subject": USER, "amr": ["pwd"], "auth_time": after(offset).secs() });
        read(&realm, &question(&[("acr_values", "two")]), value).map(|_| ())
    };
    assert_eq!(pointers(&tried(-10).unwrap_err()), ["/auth_time"]);
    // A new one is what it is; the client is told what was reached.
    assert_eq!(tried(1), Ok(()));
}

#[test]
fn subjects_are_short_visible_ascii() {
    let realm = fixture::realm();
    for good in ["a", "customer-4711", "auth0|5f7c8ec7c33c6c004bbafe82"] {
        assert!(
            read(&realm, &question(&[]), json!({ "subject": good })).is_ok(),
            "{good}"
        );
    }
    for bad in ["", "a b", "\u{fc}", "a\u{0}", &"a".repeat(256)] {
        assert!(
            read(&realm, &question(&[]), json!({ "subject": bad })).is_err(),
            "{bad}"
        );
    }
    assert!(read(&realm, &question(&[]), json!({})).is_err());
    assert!(read(&realm, &question(&[]), json!({ "subject": "a", "sub": "a" })).is_err());
}

#[test]
fn who_does_not_exist_is_made_where_described_and_the_app_may_make_users() {
    let realm = fixture::realm();
    let described = || json!({ "subject": "customer-1", "user": { "username": "eve@example.com" } });
    let nobody = decided(ANSWERS, &realm, json!({ "subject": "customer-1" }), None);
    assert_eq!(pointers(&nobody.unwrap_err()), ["/subject"]);
    let beyond = decided(ANSWERS, &realm, described(), None).unwrap_err();
    assert_eq!(beyond, Refused::Beyond("grantd:users:write".to_owned()));
    let may = &["grantd:interaction:write grantd:users:write"];
    let edit = decided(may, &realm, described(), None).unwrap();
    let made = edit.change.writes.iter().find_map(|write| match write {
        Write::InsertUser(user) => Some(user),
        _ => None,
    });
    let made = made.unwrap();
    assert_eq!((&*made.id, &*made.username), ("customer-1", "eve@example.com"));
    assert!(made.password_hash.is_none());
    let no_client = Guard::ClientIdFree {
        realm: "main".into(),
        client_id: "customer-1".into(),
    };
    assert!(edit.change.guards.contains(&no_client), "sub names one or the other");
    let address = json!({ "subject": "https://rp.example/client", "user": { "username": "e" } });
    assert_eq!(
        pointers(&decided(may, &realm, address, None).unwrap_err()),
        ["/subject"]
    );
    let with_password = json!({ "subject": "x", "user": { "username": "e", "password": "long-enough-1" } });
    assert_eq!(
        pointers(&decided(may, &realm, with_password, None).unwrap_err()),
        ["/user/password"]
    );
    let unknown = json!({ "subject": "x", "user": { "username": "e", "id": "y" } });
    assert_eq!(
        pointers(&decided(may, &realm, unknown, None).unwrap_err()),
        ["/user/id"]
    );
    // Whoever exists is left as they are.
    let edit = decided(
        ANSWERS,
        &realm,
        json!({ "subject": USER, "user": { "username": "other" } }),
        Some(&user()),
    );
    assert!(
        !edit
            .unwrap()
            .change
            .writes
            .iter()
            .any(|write| matches!(write, Write::InsertUser(_) | Write::UpdateUser(_)))
    );
}

#[test]
fn nobody_is_logged_in_as_an_operator_who_may_do_more() {
    let realm = realm_with(|realm| {
        for name in [&*user().username, "boss"] {
            realm
                .operators
                .insert(UserRecord::key_of(name), scopes("grantd:*").into());
        }
    });
    let may = &["grantd:interaction:write grantd:users:write"];
    let tried = |by: &[&str], value: Value, found| decided(by, &realm, value, found).map(|_| ());
    let ada = user();
    let existing = tried(may, json!({ "subject": USER }), Some(&ada));
    assert!(matches!(existing, Err(Refused::Beyond(_))), "{existing:?}");
    let made = tried(may, json!({ "subject": "x", "user": { "username": " Boss" } }), None);
    assert!(matches!(made, Err(Refused::Beyond(_))), "{made:?}");
    assert_eq!(tried(&["grantd:*"], json!({ "subject": USER }), Some(&ada)), Ok(()));
}

#[test]
fn a_disabled_user_is_not_logged_in() {
    let mut disabled = user();
    disabled.enabled = false;
    let refused = decided(
        &["grantd:*"],
        &fixture::realm(),
        json!({ "subject": USER }),
        Some(&disabled),
    );
    assert_eq!(pointers(&refused.unwrap_err()), ["/subject"]);
}
